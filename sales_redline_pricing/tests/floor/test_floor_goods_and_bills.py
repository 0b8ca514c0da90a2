from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestGoodsFlows(FloorCommon):
    """What warehouse and expenses add to orders never raises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._create_product("Goods", type="consu", is_storable=True, list_price=50)
        cls.extra = cls._create_product(
            "Extra", type="consu", is_storable=True, list_price=5, invoice_policy="delivery"
        )
        cls.floor = cls._create_floor(applied_on="all", product_tmpl_id=False, fixed_price=40, enforcement="block")

    def _deliver_extra(self):
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 50})
        order.action_confirm()
        picking = order.sudo().picking_ids
        picking.move_ids.quantity = 1
        self.env["stock.move"].create(
            {
                "product_id": self.extra.id,
                "product_uom_qty": 2,
                "product_uom": self.extra.uom_id.id,
                "quantity": 2,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return order

    def test_extra_goods_leave_and_their_order_goes_on_hold(self):
        # Who is told of what no approval helps against: this company has no administrator.
        self.company.review_default_reviewer_ids = self.user_m
        for enforcement in ("block", "review", "warn"):
            self.floor.enforcement = enforcement
            order = self._deliver_extra()
            line = order.order_line.filtered(lambda line: line.product_id == self.extra)
            self.assertEqual((line.product_uom_qty, line.qty_delivered, line.price_unit), (0, 2, 5))
            self.assertEqual((line.floor_state, line.net_price, line.sudo().given_away), ("below", 5, 70))
            self.assertEqual(order.on_hold, enforcement != "warn")
            self.assertEqual(bool(self._get_reviewers(order)), enforcement != "warn")
            if enforcement != "warn":
                line.price_unit = 40
                self.assertFalse(order.on_hold)

    def test_extra_goods_for_nothing(self):
        """What is billed by the order gets a price of 0.00 from Odoo."""
        self.floor.enforcement = "review"
        self.extra.invoice_policy = "order"
        order = self._deliver_extra()
        self.assertEqual((order.order_line[1].price_unit, order.on_hold), (0, True))
        self._approve_all(order)
        self.assertFalse(order.on_hold)

    def test_more_delivered_than_ordered(self):
        """At the price that was approved: more is given away."""
        self.floor.enforcement = "review"
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 30})
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual(order.order_line.sudo().given_away, 10)
        picking = order.sudo().picking_ids
        picking.move_ids.write({"quantity": 3, "picked": True})
        picking.button_validate()
        self.assertEqual((picking.state, order.order_line.sudo().given_away), ("done", 30))

    def test_what_was_ordered_keeps_its_marks(self):
        """Those of the confirmation, whatever red line came meanwhile; what leaves besides is judged by the present one."""
        self.floor.enforcement = "review"
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 50, "product_uom_qty": 2})
        order.action_confirm()
        self.env.flush_all()
        self.floor.fixed_price = 60
        picking = order.sudo().picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual((order.order_line.qty_delivered, order.order_line.floor_state), (1, "ok"))
        picking = order.sudo().picking_ids - picking
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.button_validate()
        self.assertEqual((order.order_line.qty_delivered, order.order_line.floor_state), (3, "below"))

    def test_goods_on_the_line_of_a_return(self):
        self.floor.enforcement = "review"
        order = self._create_lines(
            {"product_id": self.goods.id, "price_unit": 50},
            {"product_id": self.extra.id, "price_unit": 0, "product_uom_qty": -1},
        )
        self._assert_floor(order, "none", index=1)
        order.action_confirm()
        order.order_line[1].qty_delivered = 2
        self._assert_floor(order, "below", 40, 40, index=1)
        self.assertTrue(order.on_hold)

    def test_goods_that_come_back(self):
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 50, "product_uom_qty": 2})
        order.action_confirm()
        picking = order.sudo().picking_ids
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.button_validate()
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking")
        wizard = wizard.create({"picking_id": picking.id})
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = wizard._create_return()
        back.move_ids.write({"quantity": 1, "picked": True})
        back.button_validate()
        self.assertEqual((back.state, order.order_line.qty_delivered, order.on_hold), ("done", 1, False))

    def test_a_returned_line_lowers_no_price(self):
        self._create_lines({"product_id": self.extra.id, "price_unit": 45}).action_confirm()
        order = self._create_lines(
            {"product_id": self.goods.id, "price_unit": 50},
            {"product_id": self.extra.id, "price_unit": 45, "product_uom_qty": -1},
        )
        self._assert_floor(order, "ok", 40)
        self.assertEqual(order.amount_untaxed, 5)

    def test_reinvoiced_expense(self):
        """Core adds it at cost, with no way to ask."""
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 50})
        order.action_confirm()
        values = {
            "order_id": order.id,
            "product_id": self.extra.id,
            "name": "Taxi",
            "price_unit": 12,
            "product_uom_qty": 1,
            "is_expense": True,
            "tax_ids": [Command.clear()],
        }
        self.env["sale.order.line"].sudo().create(values)
        self.assertEqual((order.state, order.on_hold), ("sale", True))
        order.order_line[-1].price_unit = 40
        self.assertFalse(order.on_hold)


@tagged("post_install", "-at_install")
class TestInvoiceFlows(FloorCommon):
    """Units, taxes, currencies and raised prices on invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.company.currency_id = cls.cny  # the chart brings its own
        cls.floor = cls._create_floor(fixed_price=80)
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.usd.id, "company_id": cls.company.id, "name": "2020-01-01", "rate": 0.125}
        )

    def _post(self, price, **line):
        values = {key[5:]: line.pop(key) for key in list(line) if key.startswith("move_")}
        line = {"product_id": self.product.id, "price_unit": price, "tax_ids": [Command.clear()], **line}
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        move.action_post()
        return move

    def _assert_limit(self, low, passing, **values):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._post(low, **values)
        self.assertEqual(self._post(passing, **values).state, "posted")

    def test_another_unit(self):
        self._assert_limit(959.99, 960, product_uom_id=self.env.ref("uom.product_uom_dozen").id)

    def test_included_taxes(self):
        domain = [("company_id", "=", self.company.id), ("type_tax_use", "=", "sale"), ("amount", "=", 15)]
        tax = self.env["account.tax"].search(domain, limit=1).copy({"price_include_override": "tax_included"})
        self._assert_limit(91.99, 92, tax_ids=[Command.set(tax.ids)])

    def test_another_currency_at_the_rate_of_today(self):
        """Whatever date is written into the invoice."""
        self._assert_limit(9.99, 10, move_currency_id=self.usd.id)
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": "2020-06-01", "rate": 0.25}
        )
        self._assert_limit(19.99, 20, move_currency_id=self.usd.id)
        past = fields.Date.to_date("2020-03-01")
        self._assert_limit(19.99, 20, move_currency_id=self.usd.id, move_invoice_date=past)

    def test_delivered_quantity_after_the_price_was_raised(self):
        """Sold at 80, the red line rises to 90 meanwhile: what was confirmed is billed at its price."""
        self.product.invoice_policy = "delivery"
        order = self._create_lines({"price_unit": 80, "product_uom_qty": 10})
        order.action_confirm()
        self.floor.fixed_price = 90
        order.order_line.qty_delivered = 4
        invoice = order.sudo()._create_invoices()
        self.assertEqual((invoice.invoice_line_ids.quantity, invoice.invoice_line_ids.price_unit), (4, 80))
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        order.order_line.qty_delivered = 10
        invoice = order.sudo()._create_invoices()
        invoice.invoice_line_ids.price_unit = 79
        with self.assertRaises(UserError), self.env.cr.savepoint():
            invoice.action_post()

    def test_invoice_of_an_order_in_another_currency_after_the_rate_moved(self):
        usd_list = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        order = self._create_lines({"price_unit": 10}, pricelist_id=usd_list.id)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": fields.Date.today(), "rate": 0.5}
        )
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 10))

    def test_invoice_in_another_unit_than_its_order(self):
        self.floor.fixed_price = 100
        order = self._create_lines({"price_unit": 90, "product_uom_qty": 24})
        order.action_confirm()
        self._approve_all(order)
        invoice = order.sudo()._create_invoices()
        line = invoice.invoice_line_ids
        line.write({"product_uom_id": self.env.ref("uom.product_uom_dozen").id, "quantity": 2, "price_unit": 1080})
        line.tax_ids = False
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 2160))
        self.assertEqual(order.order_line.qty_invoiced, 24)

    def test_discount_line_of_the_order_on_its_invoice(self):
        self.company.sale_discount_product_id = self._create_product("Discount")
        order = self._create_lines({"price_unit": 100, "product_uom_qty": 2})
        wizard = self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.25}
        )
        wizard.action_apply_discount()
        order.action_confirm()
        self._approve_all(order)
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 150))
