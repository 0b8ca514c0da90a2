"""Customers who sign, choose options and pay below the red line, as superuser in Odoo."""

from review_http import FloorHttpCommon, PaymentHttpCommon, PortalHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPortalRedLine(FloorHttpCommon, PortalHttpCommon):
    """Signature and options."""

    def _assert_signing(self, order, mode):
        """Expect a signature without a red line only, and an answer that does not tell it."""
        result, error = self._sign(order)
        self.assertFalse(error)
        self.assertEqual("error" in result, bool(mode), result)
        self.assertEqual(bool(order.signature), not mode)
        self.assertEqual(self._is_sold_too_low(order), not mode)
        self._assert_order(order, "sent" if mode else "sale", "clear")
        for secret in ("80", "red line", "Red Line"):
            self.assertNotIn(secret, result.get("error", ""))

    def test_signing(self):
        for mode in self.MODES:
            with self.subTest(mode=mode):
                self._set_mode(mode)
                self._assert_signing(self._create_offer(price=79), mode)

    def test_an_option_pulls_the_price_down(self):
        """A free unit that the customer adds shares the price of the others."""
        for mode in self.MODES:
            with self.subTest(mode=mode):
                self._set_mode(mode)
                order = self._create_offer(price=100)
                section = {"display_type": "line_section", "name": "Options", "is_optional": True, "sequence": 50}
                option = {"product_id": self.product.id, "product_uom_qty": 0, "sequence": 51, "discount": 100}
                order.write({"order_line": [Command.create(section), Command.create(option)]})
                option = order.order_line[-1]
                params = {"line_id": option.id, "access_token": order.sudo()._portal_ensure_token()}
                _result, error = self._call_route(
                    f"/my/orders/{order.id}/update_line_dict", input_quantity=10, **params
                )
                self.assertFalse(error)
                self.assertEqual((option.product_uom_qty, option.price_subtotal), (10, 0))
                self._assert_signing(order, mode)

    def test_the_page_tells_no_red_line(self):
        self._set_mode("block")
        self.floor.fixed_price = 83.17
        order = self._create_offer(price=79)
        page = self.url_open(order.sudo().get_portal_url()).text
        self.assertIn(order.name, page)
        for secret in ("83.17", "4.17", "red line", "#modalaccept"):
            self.assertNotIn(secret, page)

    def test_customers_read_neither_red_lines_nor_marks(self):
        self._set_mode("review")
        order = self._create_offer(price=79)
        order.action_confirm()
        self.authenticate(self.buyer.login, self.buyer.login)
        for model, ids, name in (
            ("sale.order.line", order.order_line.ids, "price_floor"),
            ("sale.order.line", order.order_line.ids, "floor_gap"),
            ("sale.order.line", order.order_line.ids, "floor_state"),
            ("sale.order.line", order.order_line.ids, "floor_cost_missing"),
            ("sale.order.line", order.order_line.ids, "net_price"),
            ("sale.order", order.ids, "has_price_below_floor"),
            ("sale.order", order.ids, "has_price_floor"),
            ("sale.price.floor", self.floor.ids, "fixed_price"),
            ("sale.order.review", order.sudo().order_review_ids.ids, "measure"),
        ):
            result, error = self._call_web(model, "read", ids, [name])
            self.assertTrue(error, f"{name}: {result}")
        self.company.price_floor_tell_passing = True
        for model, method in (("price.board", "get_board_data"), ("sale.order.line", "action_explain_floor")):
            result, error = self._call_web(model, method, *([] if model == "price.board" else [order.order_line.ids]))
            self.assertFalse(result)
            self.assertTrue(error["name"].endswith("AccessError"), error["name"])
        for domain in ([("floor_state", "=", "below")], [("order_id.has_price_below_floor", "=", True)]):
            self.assertTrue(self._call_web("sale.order.line", "search", domain)[1])


@tagged("post_install", "-at_install")
class TestPaymentRedLine(FloorHttpCommon, PaymentHttpCommon):
    """A payment that arrives is booked, the order stays where it is."""

    def _pay(self, order, mode):
        """Pay an offer that was fine when the payment began."""
        self._set_mode(None)
        transaction, error = self._start(order)
        self.assertFalse(error)
        self._set_mode(mode)
        self._finish(transaction)
        self._assert_booked(transaction, 790)

    def test_paying(self):
        states = {"block": ("sent", "clear"), "review": ("sent", "pending"), None: ("sale", "clear")}
        for mode in self.MODES:
            with self.subTest(mode=mode):
                order = self._create_offer(price=79)
                self._pay(order, mode)
                self._assert_order(order, *states[mode])
                self.assertEqual(self._is_sold_too_low(order), not mode)
                if mode == "block":
                    activity = order.sudo().activity_ids
                    self.assertEqual(activity.user_id, self.user_s)
                    self.assertIn("Machine", str(activity.note))
                    self.assertNotRegex(str(activity.note), r"\b80\b")

    def test_no_payment_starts(self):
        for mode in self.MODES:
            with self.subTest(mode=mode):
                self._set_mode(mode)
                order = self._create_offer(price=79)
                transaction, error = self._start(order)
                self.assertEqual((bool(transaction), bool(error)), (not mode, bool(mode)))
                if mode:
                    self.assertNotRegex(error["message"], r"\b80\b")
