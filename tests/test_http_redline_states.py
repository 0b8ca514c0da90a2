"""Orders below their red line that are born confirmed, loaded or copied, over HTTP."""

from review_http import FloorHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestStateRoads(FloorHttpCommon):
    """Orders that are born confirmed."""

    def _get_values(self, **values):
        line = {"product_id": self.product.id, "price_unit": 79, "tax_ids": [Command.clear()]}
        return {"partner_id": self.customer.id, "order_line": [Command.create(line)], **values}

    def _iterate_births(self):
        orders = self.env["sale.order"]
        yield lambda: self._post(self.user_s, orders, "create", vals_list=[self._get_values(state="sale")])
        yield lambda: self._post(
            self.user_s, orders, "create", vals_list=[self._get_values()], context={"default_state": "sale"}
        )
        yield lambda: self._post(self.user_s, orders, "web_save", vals=self._get_values(state="sale"), specification={})
        yield lambda: self._post(
            self.user_s,
            orders,
            "create",
            vals_list=[
                self._get_values(state="sale", locked=True, confirmed_on="2019-01-01", has_price_below_floor=False)
            ],
        )

    def test_creating_confirmed_orders(self):
        for mode in self.MODES:
            self._set_mode(mode)
            for birth in self._iterate_births():
                before = self.env["sale.order"].search([])
                response = birth()
                self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                created = self.env["sale.order"].search([]) - before
                self.assertEqual(len(created), 0 if mode else 1)
                if created:
                    self.assertTrue(self._is_sold_too_low(created))
                else:
                    self.assertIn("Machine", response.json()["message"])
                    self.assertNotRegex(response.json()["message"], r"\b80\b")

    def test_loading_confirmed_orders(self):
        names = [
            "partner_id/.id",
            "state",
            "order_line/product_id/.id",
            "order_line/price_unit",
            "order_line/tax_ids/.id",
        ]
        row = [str(self.customer.id), "sale", str(self.product.id), "79", ""]
        for mode in self.MODES:
            self._set_mode(mode)
            for context in ({}, {"import_file": True, "tracking_disable": True}):
                arguments = {"fields": names, "data": [row], "context": context}
                result = self._call(self.user_s, self.env["sale.order"], "load", **arguments)
                self.assertEqual(bool(result["ids"]), not mode)
                if mode:
                    self.assertIn("Machine", result["messages"][0]["message"])
                else:
                    self.assertTrue(self._is_sold_too_low(self.env["sale.order"].browse(result["ids"])))

    def test_loading_prices_into_confirmed_orders(self):
        for mode in self.MODES:
            self._set_mode(mode)
            order = self._create_lines({"price_unit": 100})
            order.action_confirm()
            rows = [[str(order.id), str(order.order_line.id), "79"]]
            arguments = {"fields": [".id", "order_line/.id", "order_line/price_unit"], "data": rows}
            result = self._call(self.user_s, self.env["sale.order"], "load", **arguments)
            self.assertEqual(bool(result["ids"]), mode != "block")
            self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_copies_of_approved_orders(self):
        self._set_mode("review")
        order = self._create_lines({"price_unit": 79})
        order.action_confirm()
        self._approve_all(order)
        self._assert_order(order, "sale", "approved")
        for mode in self.MODES:
            self._set_mode(mode)
            [copied] = self._call(self.user_s, order, "copy")
            copy = self.env["sale.order"].browse(copied)
            self.assertEqual(copy.order_line.price_unit, 79)
            self._post(self.user_s, copy, "action_confirm")
            self.assertEqual(self._is_sold_too_low(copy), not mode)
            response = self._post(self.user_s, order, "copy", default={"state": "sale"})
            self.assertEqual(response.status_code, 422 if mode else 200)

    def test_an_approval_of_the_asking_red_line_opens_no_refusing_one(self):
        self._set_mode("review")
        order = self._create_lines({"price_unit": 79})
        order.action_request_review()
        self._approve_all(order)
        self._assert_order(order, "draft", "approved")
        self._set_mode("block")
        self._assert_refused(self.user_s, order, "action_confirm", 422, "Machine")
        self._assert_refused(self.user_s, order, "write", 422, "Machine", vals={"state": "sale"})
        self.assertEqual(order.state, "draft")
        self._set_mode("review")
        self._call(self.user_s, order, "action_confirm")
        self.assertTrue(self._is_sold_too_low(order), "the same call succeeds with its approval")
