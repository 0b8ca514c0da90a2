"""Every way to a lower price and every road to a confirmed order, fired over HTTP at a red line."""

from review_http import FloorHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


class LoweringCommon(FloorHttpCommon):
    """Ways to lower the price of the one line of an order, of 100 without taxes, below 80."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.included = cls._create_vat()
        cls.included.price_include_override = "tax_included"
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.jpy_list = cls.env["product.pricelist"].create(
            {"name": "JPY", "currency_id": cls.jpy.id, "company_id": cls.company.id}
        )
        cls.company.sale_discount_product_id = cls._create_product("Discount")
        cls.goods = cls._create_product("Goods", type="consu")

    def _get_line_values(self):
        """Return what is written into the line, by name of the attack."""
        low = {"price_unit": 79.99}
        return {
            "price": low,
            "price by more digits": {"price_unit": 79.994},
            "discount": {"discount": 20.01},
            "price and negative discount": {"price_unit": 50, "discount": -59.9},
            "included tax": {"price_unit": 90, "tax_ids": [Command.set(self.included.ids)]},
            "larger unit": {"product_uom_id": self.dozen.id, "price_unit": 100},
            "expense": {"is_expense": True, **low},
            "down payment": {"is_downpayment": True, **low},
            "technical price": {"technical_price_unit": 79.99, **low},
            "reduced prices": {"price_reduce_taxexcl": 100, "price_reduce_taxinc": 100, **low},
            "amounts": {"price_subtotal": 100, "price_total": 100, **low},
            "net price": {"net_price": 100, "floor_state": "ok", **low},
            "custom values": {"name": "Screw", "sequence": 99, "customer_lead": 9, **low},
            "delivered": {"qty_delivered": 1, **low},
            "currency of the line": {"currency_id": self.jpy.id, **low},
            "state of the line": {"state": "sale", **low},
            "product as text": {"product_template_id": self.product.product_tmpl_id.id, **low},
        }

    def _get_new_lines(self):
        """Return the values of a line that is added."""
        negative = {"price_unit": -30, "tax_ids": [Command.clear()]}
        cheap = {"product_id": self.product.id, "price_unit": 70, "tax_ids": [Command.clear()]}
        return {
            "second line": cheap,
            "second line as down payment": {"is_downpayment": True, **cheap},
            "second line as expense": {"is_expense": True, **cheap},
            "free unit": dict(cheap, price_unit=0),
            "free unit by discount": dict(cheap, price_unit=100, discount=100),
            "negative price": dict(cheap, price_unit=-0.01),
            "negative price by discount": dict(cheap, price_unit=100, discount=100.01),
            "goods that come back dear": dict(cheap, product_id=self.goods.id, product_uom_qty=-1, price_unit=30),
            "negative product": {"product_id": self.other.id, **negative},
            "negative expense": {"product_id": self.other.id, "is_expense": True, **negative},
            "negative down payment": {"product_id": self.other.id, "is_downpayment": True, **negative},
            "negative with data": {"product_id": self.other.id, "extra_tax_data": {"computation_key": "x"}, **negative},
            "negative quantity of a service": {
                "product_id": self.other.id,
                "product_uom_qty": -1,
                "price_unit": 30,
                "tax_ids": [Command.clear()],
            },
        }

    def _get_order_values(self):
        """Return what is written into the order."""
        line = self.product.id
        return {
            "currency": {"currency_id": self.jpy.id},
            "currency and old date": {"currency_id": self.jpy.id, "date_order": "2019-06-01 08:00:00"},
            "currency and rate": {"currency_id": self.jpy.id, "currency_rate": 1},
            "line by the form": lambda order: {
                "order_line": [Command.update(order.order_line[0].id, {"price_unit": 79})]
            },
            "line created by the form": {
                "order_line": [Command.create({"product_id": line, "price_unit": 70, "tax_ids": [Command.clear()]})]
            },
            "lines set anew": {
                "order_line": [
                    Command.clear(),
                    Command.create({"product_id": line, "price_unit": 70, "tax_ids": [Command.clear()]}),
                ]
            },
        }

    def _iterate_lowerings(self):
        """Yield (name, function): what salesperson S does to an order; the function returns the response."""
        lines = self.env["sale.order.line"]
        for name, vals in self._get_line_values().items():
            yield name, lambda order, vals=vals: self._post(self.user_s, order.order_line, "write", vals=vals)
        for name, vals in self._get_new_lines().items():
            yield (
                name,
                lambda order, vals=vals: self._post(
                    self.user_s, lines, "create", vals_list=[{"order_id": order.id, **vals}]
                ),
            )
        for name, vals in self._get_order_values().items():
            yield (
                name,
                lambda order, vals=vals: self._post(
                    self.user_s, order, "write", vals=vals(order) if callable(vals) else vals
                ),
            )
        yield "line moved in", self._move_in
        yield "product changed", self._change_product
        yield "form", self._save_form
        for kind, values in (
            ("sol_discount", {"discount_percentage": 0.21}),
            ("so_discount", {"discount_percentage": 0.21}),
            ("amount", {"discount_amount": 21}),
        ):
            yield f"discount wizard {kind}", lambda order, kind=kind, values=values: self._discount(order, kind, values)

    def _move_in(self, order):
        other = self._create_lines({"price_unit": 70})
        return self._post(self.user_s, other.order_line, "write", vals={"order_id": order.id})

    def _change_product(self, order):
        vals = {"order_id": order.id, "product_id": self.other.id, "price_unit": 1, "tax_ids": [Command.clear()]}
        [line] = self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[vals])
        line = self.env["sale.order.line"].browse(line)
        return self._post(self.user_s, line, "write", vals={"product_id": self.product.id, "price_unit": 1})

    def _save_form(self, order):
        commands = [Command.update(order.order_line[0].id, {"price_unit": 79})]
        return self._post(self.user_s, order, "web_save", vals={"order_line": commands}, specification={})

    def _discount(self, order, kind, values):
        model = self.env["sale.order.discount"]
        values = {"sale_order_id": order.id, "discount_type": kind, **values}
        [wizard] = self._call(self.user_s, model, "create", vals_list=[values])
        return self._post(self.user_s, model.browse(wizard), "action_apply_discount")


@tagged("post_install", "-at_install")
class TestLoweredQuotations(LoweringCommon):
    """A quotation whose price is lowered, whatever the way, does not confirm, whatever the road."""

    def _lower(self, lower):
        order = self._create_lines({"price_unit": 100})
        response = lower(order)
        self.assertEqual(response.status_code, 200, response.text[:300])
        return order

    def test_the_button(self):
        for mode in self.MODES:
            self._set_mode(mode)
            for name, lower in self._iterate_lowerings():
                with self.subTest(mode=mode, way=name):
                    order = self._lower(lower)
                    response = self._post(self.user_s, order, "action_confirm")
                    self.assertEqual(response.status_code, 422 if mode == "block" else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)
                    expected = {"block": ("draft", "clear"), "review": ("draft", "pending"), None: ("sale", "clear")}
                    self._assert_order(order, *expected[mode])
                    if mode == "review":
                        self.assertEqual(order.sudo().order_review_ids.kind, "price")
                        self.assertGreater(order.sudo().order_review_ids.measure, 0)

    def test_the_state(self):
        for mode in self.MODES:
            self._set_mode(mode)
            for name, lower in self._iterate_lowerings():
                with self.subTest(mode=mode, way=name):
                    order = self._lower(lower)
                    response = self._post(self.user_s, order, "write", vals={"state": "sale"})
                    self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)
                    self._assert_order(order, "draft" if mode else "sale", "clear")

    def test_a_pricelist_of_another_currency(self):
        for mode in self.MODES:
            self._set_mode(mode)
            order = self._lower(
                lambda order: self._post(self.user_s, order, "write", vals={"pricelist_id": self.jpy_list.id})
            )
            self._post(self.user_s, order, "action_confirm")
            self.assertEqual(self._is_sold_too_low(order), not mode)
            self._post(self.user_s, order, "write", vals={"state": "sale"})
            self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_lines_without_product_are_discounts(self):
        for vals in (
            {"price_unit": -30},
            {"price_unit": -30, "is_downpayment": True},
            {"price_unit": 30, "product_uom_qty": -1},
            {"price_unit": 30, "product_uom_qty": -1, "is_downpayment": True},
        ):
            for mode in self.MODES:
                with self.subTest(mode=mode, vals=vals):
                    self._set_mode(mode)
                    order = self._create_lines({"price_unit": 100})
                    new = {"order_id": order.id, "name": "Thanks", "tax_ids": [Command.clear()], **vals}
                    self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[new])
                    response = self._post(self.user_s, order, "write", vals={"state": "sale"})
                    self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_tax_data_that_lower_the_amounts(self):
        tax = self.included.copy({"name": "VAT 13 on top", "price_include_override": "tax_excluded"})
        data = self._prepare_forged_tax_data(tax, 100, 1)
        for mode in self.MODES:
            self._set_mode(mode)
            order = self._create_lines({"price_unit": 100})
            vals = {"tax_ids": [Command.set(tax.ids)], "extra_tax_data": data}
            self._call(self.user_s, order.order_line, "write", vals=vals)
            self.assertEqual(order.amount_untaxed, 10)
            self._post(self.user_s, order, "write", vals={"state": "sale"})
            self.assertEqual(self._is_sold_too_low(order), not mode, mode)

    def test_fields_of_the_red_line_cannot_be_written(self):
        order = self._create_lines({"price_unit": 79})
        readers = self.env.ref("sales_redline_pricing.sales_redline_pricing_group_reader")
        forged = {
            "floor_state": "ok",
            "net_price": 100,
            "price_floor": 1,
            "floor_gap": 0,
            "given_away": 0,
            "price_floor_rule_id": False,
        }
        for groups in (readers.browse(), readers):
            self.user_s.group_ids |= groups
            for name, value in forged.items():
                self._post(self.user_s, order.order_line, "write", vals={name: value})
            new = {"order_id": order.id, "product_id": self.product.id, "price_unit": 79, **forged}
            self._post(self.user_s, order.order_line.browse(), "create", vals_list=[new])
            self._post(self.user_s, order, "write", vals={"has_price_below_floor": False})
            order.invalidate_recordset()
            for line in order.sudo().order_line:
                self.assertEqual((line.floor_state, line.net_price, line.price_floor), ("below", 79, 80))
                self.assertEqual((line.floor_gap, line.given_away, line.price_floor_rule_id), (1, 1, self.floor))
            self.assertTrue(order.has_price_below_floor, "the report of breaches reads these marks")


@tagged("post_install", "-at_install")
class TestLoweredOrders(LoweringCommon):
    """A confirmed order keeps its price, or goes on hold."""

    def _create_confirmed(self):
        order = self._create_lines({"price_unit": 100})
        order.action_confirm()
        self._assert_order(order, "sale", "clear")
        return order

    def test_every_way(self):
        for mode in self.MODES:
            self._set_mode(mode)
            for name, lower in self._iterate_lowerings():
                if name == "lines set anew":
                    continue  # core deletes no lines of confirmed orders
                with self.subTest(mode=mode, way=name):
                    order = self._create_confirmed()
                    response = lower(order)
                    self.assertEqual(response.status_code, 422 if mode == "block" else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)
                    if mode == "review":
                        self._assert_order(order, "sale", "pending", on_hold=True)
                    else:
                        self._assert_order(order, "sale", "clear")
                        self.assertEqual(round(self._get_sold_price(order), 2) == 100, mode == "block")

    def test_locked_orders(self):
        vals = {"product_id": self.product.id, "price_unit": 70, "tax_ids": [Command.clear()]}
        lines = self.env["sale.order.line"]
        for mode in self.MODES:
            self._set_mode(mode)
            for name, lower in (
                (
                    "create",
                    lambda order: self._post(self.user_s, lines, "create", vals_list=[{"order_id": order.id, **vals}]),
                ),
                ("move", self._move_in),
                ("unlock", self._unlock_and_lower),
            ):
                with self.subTest(mode=mode, way=name):
                    order = self._create_confirmed()
                    self._call(self.user_s, order, "action_lock")
                    response = lower(order)
                    if mode == "block":
                        self.assertEqual(response.status_code, 422)
                    self.assertFalse(mode and self._is_sold_too_low(order))
                    if name != "move" or response.status_code == 200:
                        self.assertEqual(self._is_sold_too_low(order), not mode)

    def _unlock_and_lower(self, order):
        self._call(self.user_s, order, "action_unlock")
        return self._post(self.user_s, order.order_line, "write", vals={"price_unit": 70})

    def test_quantity_cut_below_its_step(self):
        for mode in self.MODES:
            self._set_mode(mode)
            step = self._create_floor(fixed_price=60, min_quantity=100, enforcement=mode or "warn", active=bool(mode))
            order = self._create_lines({"price_unit": 60, "product_uom_qty": 100})
            order.action_confirm()
            self._assert_order(order, "sale", "clear")
            response = self._post(self.user_s, order.order_line, "write", vals={"product_uom_qty": 1, "price_unit": 60})
            self.assertEqual(response.status_code, 422 if mode == "block" else 200)
            self.assertEqual(order.on_hold, mode == "review")
            self.assertEqual(order.order_line.product_uom_qty, 100 if mode == "block" else 1)
            step.active = False

    def test_a_line_taken_away_from_a_discount(self):
        """Two lines share a discount of 30; when one goes, the other bears it alone."""
        for mode in self.MODES:
            self._set_mode(mode)
            order = self._create_lines(
                {"price_unit": 100},
                {"product_id": self.other.id, "price_unit": 100},
                {"product_id": self.other.id, "price_unit": -30},
            )
            order.action_confirm()
            self._assert_order(order, "sale", "clear")
            vals = {"product_uom_qty": 0}
            response = self._post(self.user_s, order.order_line[1], "write", vals=vals)
            self.assertEqual(response.status_code, 422 if mode == "block" else 200)
            self.assertEqual(self._is_sold_too_low(order), not mode)
