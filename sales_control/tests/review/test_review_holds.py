from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestHeldOrders(ReviewCommon):
    """An order with an uncovered finding ships nothing and bills nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.goods = cls._create_product("Goods", type="consu", is_storable=True, invoice_policy="order")
        cls.user_stock = cls._create_salesperson("stock", "Wu Warehouse", "stock.group_stock_user")
        cls.user_account = cls._create_salesperson("account", "An Accountant", "account.group_account_invoice")

    def _create_confirmed(self, **values):
        order = self._create_order(4000, quantity=10, **values)
        order.order_line.write({"product_id": self.goods.id, "price_unit": 4000})
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        return order

    def _hold(self, order):
        order.order_line.price_unit = 6000
        self.assertTrue(order.on_hold)

    def _ship(self, picking):
        picking = picking.with_user(self.user_stock)
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        return picking.button_validate()

    def test_delivery_waits_and_leaves_after_approval(self):
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        self._hold(order)
        with self.assertRaises(UserError) as refusal:
            self._ship(picking)
        self.assertIn("60,000.00", str(refusal.exception))
        self.assertIn("Ma Manager", str(refusal.exception))
        with self.assertRaises(UserError):
            picking.sudo().move_ids._action_done()
        self._approve_all(order)
        self._ship(picking)
        self.assertEqual(picking.state, "done")

    def _get_transit(self):
        """Return the transit between companies, in which Odoo takes goods for delivered."""
        transit = self.env.ref("stock.stock_location_inter_company")
        transit.active = True
        return transit

    def _assert_stopped(self, picking):
        with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
            self._ship(picking)
        self.assertIn("60,000.00", str(refusal.exception))
        picking.invalidate_recordset()
        self.assertNotEqual(picking.state, "done")

    def test_the_transit_between_companies_is_delivered(self):
        """By the location of the delivery, or by that of the customer."""
        transit = self._get_transit()
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        self._hold(order)
        picking.with_user(self.user_stock).location_dest_id = transit
        picking.move_ids.with_user(self.user_stock).location_dest_id = transit
        self._assert_stopped(picking)
        self.customer.property_stock_customer = transit
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        self.assertEqual(picking.move_ids.location_dest_id, transit)
        self._hold(order)
        self._assert_stopped(picking)
        self._approve_all(order)
        self._ship(picking)
        self.assertEqual((picking.state, order.order_line.qty_delivered), ("done", 10))

    def test_wherever_the_goods_come_from(self):
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        self._hold(order)
        for location in (self._get_transit(), picking.location_dest_id):
            picking.location_id = location
            picking.move_ids.location_id = location
            self._assert_stopped(picking)

    def test_done_moves_that_become_deliveries(self):
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        customers, stock = picking.location_dest_id, picking.location_id
        self._hold(order)
        picking.move_ids.location_dest_id = stock.child_ids[:1] or stock.create(
            {"name": "Shelf", "location_id": stock.id, "usage": "internal"}
        )
        picking.move_ids.write({"quantity": 10, "picked": True})
        picking.move_ids._action_done()
        self.assertEqual((picking.move_ids.state, order.order_line.qty_delivered), ("done", 0))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            picking.move_ids.location_dest_id = customers

    def test_the_lines_of_a_move_say_where_goods_go(self):
        """A move into the stock whose lines go to the customer, from the start or once it is done."""
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        customers, stock = picking.location_dest_id, picking.location_id
        self._hold(order)
        picking.location_dest_id = picking.move_ids.location_dest_id = stock.create(
            {"name": "Shelf", "location_id": stock.id, "usage": "internal"}
        )
        picking.move_ids.write({"quantity": 10, "picked": True})
        lines = picking.move_ids.move_line_ids
        shelf = lines.location_dest_id
        lines.location_dest_id = customers
        with self.assertRaises(UserError), self.env.cr.savepoint():
            picking.with_user(self.user_stock).button_validate()
        lines.location_dest_id = shelf
        picking.with_user(self.user_stock).button_validate()
        self.assertEqual(picking.state, "done")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            lines.with_user(self.user_stock).location_dest_id = customers

    def test_goods_are_not_taken_off_a_held_order(self):
        order, other = self._create_confirmed(), self._create_confirmed()
        picking = order.sudo().picking_ids.with_user(self.user_stock)
        self._hold(order)
        for record, values in (
            (picking, {"sale_id": False}),
            (picking, {"sale_id": other.id}),
            (picking.move_ids, {"sale_line_id": False}),
            (picking.move_ids, {"sale_line_id": other.order_line.id}),
        ):
            with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
                record.write(values)
        self._approve_all(order)
        picking.sale_id = other
        self.assertEqual(picking.move_ids.sale_line_id, other.order_line)

    def test_returns_are_not_stopped(self):
        order = self._create_confirmed()
        picking = order.sudo().picking_ids
        self._ship(picking)
        self._hold(order)
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking")
        wizard = wizard.create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._ship(returned)
        self.assertEqual(returned.state, "done")

    def test_goods_added_by_the_warehouse_put_the_order_on_hold_without_an_error(self):
        # Core lets the warehouse add to orders only where it may sell.
        self.user_stock.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        extra = self._create_product("Extra", type="consu", invoice_policy="delivery", list_price=20000)
        order = self._create_confirmed()
        picking = order.sudo().picking_ids.with_user(self.user_stock)
        self.env["stock.move"].with_user(self.user_stock).create(
            {
                "product_id": extra.id,
                "product_uom_qty": 1,
                "product_uom": extra.uom_id.id,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        self._ship(picking)
        self.assertEqual(picking.state, "done")
        self.assertIn(extra, order.sudo().order_line.product_id)
        self.assertTrue(order.on_hold)
        self.assertEqual(order.sudo().order_review_ids.measure, 60000)

    def test_invoice_waits_on_every_road(self):
        order = self._create_confirmed()
        invoice = order.sudo()._create_invoices()
        self._hold(order)
        for post in (
            lambda: invoice.with_user(self.user_account).action_post(),
            lambda: invoice.sudo().write({"state": "posted"}),
        ):
            with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
                post()
            self.assertIn(order.name, str(refusal.exception))
        invoice.invalidate_recordset()
        self.assertEqual(invoice.state, "draft")
        self._approve_all(order)
        invoice.with_user(self.user_account).action_post()
        self.assertEqual(invoice.state, "posted")

    def test_invoice_of_a_quotation_under_review_is_refused(self):
        order = self._create_order(60000)
        order.action_confirm()
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": 60000,
                            "tax_ids": [Command.clear()],
                            "sale_line_ids": [Command.set(order.order_line.ids)],
                        }
                    )
                ],
            }
        )
        with self.assertRaises(UserError):
            invoice.action_post()

    def test_credit_notes_are_not_stopped(self):
        order = self._create_confirmed()
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self._hold(order)
        refund = invoice._reverse_moves()
        refund.action_post()
        self.assertEqual(refund.state, "posted")

    def test_invoices_without_orders_are_untouched(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "Advice", "price_unit": 1000000, "tax_ids": False})],
            }
        )
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
