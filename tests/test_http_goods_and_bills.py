"""Goods and invoices of orders that wait for a decision, over HTTP as warehouse and accounting people."""

from review_http import ReviewHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


class GoodsHttpCommon(ReviewHttpCommon):
    """Wu of the warehouse and An of accounting, neither of whom sells."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.goods = cls._create_product("Goods", type="consu", is_storable=True)
        cls.user_stock = cls._create_salesperson("stock", "Wu Warehouse", "stock.group_stock_user")
        cls.user_account = cls._create_salesperson("account", "An Accountant", "account.group_account_invoice")

    def _create_goods_order(self, price=4000, **values):
        order = self._create_order(price, quantity=10, **values)
        order.order_line.write({"product_id": self.goods.id, "price_unit": price, "product_uom_qty": 10})
        order.order_line.tax_ids = False
        return order

    def _create_confirmed_goods(self):
        order = self._create_goods_order()
        order.action_confirm()
        self._assert_order(order, "sale", "clear")
        return order

    def _hold(self, order):
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 6000})
        self._assert_order(order, "sale", "pending", on_hold=True)


@tagged("post_install", "-at_install")
class TestGoods(GoodsHttpCommon):
    """Nothing leaves to the customer."""

    def _pick(self, picking, quantity=10):
        vals = {"quantity": quantity, "picked": True}
        self._call(self.user_stock, picking.move_ids, "write", vals=vals)

    def _assert_stopped(self, records, method, order, **arguments):
        message = self._assert_refused(self.user_stock, records, method, 422, order.name, **arguments)
        for text in ("60,000.00", "50,000.00", "Ma Manager"):
            self.assertIn(text, message)

    def test_a_held_delivery_is_not_validated(self):
        order = self._create_confirmed_goods()
        picking = order.sudo().picking_ids
        self._pick(picking)
        self._hold(order)
        self._assert_stopped(picking, "button_validate", order)
        keys = {
            "skip_backorder": True,
            "skip_sanity_check": True,
            "button_validate_picking_ids": picking.ids,
            "picking_ids_not_to_backorder": picking.ids,
            "cancel_backorder": True,
            "force_period_date": True,
        }
        self._assert_stopped(picking, "button_validate", order, context=keys)
        self.assertNotEqual(picking.state, "done")
        self.assertEqual(order.order_line.qty_delivered, 0)
        self._approve_all(order)
        self._call(self.user_stock, picking, "button_validate")
        self.assertEqual((picking.state, order.order_line.qty_delivered), ("done", 10))

    def test_of_two_deliveries_a_held_one_stops_both(self):
        held, free = self._create_confirmed_goods(), self._create_confirmed_goods()
        pickings = (held | free).sudo().picking_ids
        self._pick(pickings)
        self._hold(held)
        self._assert_stopped(pickings, "button_validate", held)
        self.assertFalse(pickings.filtered(lambda picking: picking.state == "done"))
        self._call(self.user_stock, free.sudo().picking_ids, "button_validate")
        self.assertEqual(free.order_line.qty_delivered, 10)

    def test_the_back_order_question_is_no_way_round(self):
        order = self._create_confirmed_goods()
        picking = order.sudo().picking_ids
        self._pick(picking, quantity=4)
        self._hold(order)
        self._assert_stopped(picking, "button_validate", order)
        model = self.env["stock.backorder.confirmation"]
        lines = [Command.create({"picking_id": picking.id, "to_backorder": True})]
        values = {"pick_ids": [Command.set(picking.ids)], "backorder_confirmation_line_ids": lines}
        [wizard] = self._call(self.user_stock, model, "create", vals_list=[values])
        context = {"button_validate_picking_ids": picking.ids}
        for method in ("process", "process_cancel_backorder"):
            self._assert_stopped(model.browse(wizard), method, order, context=context)
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_goods_of_a_quotation_do_not_leave(self):
        order = self._create_goods_order(price=6000)
        line = order.order_line
        self._post(self.user_s, line, "write", vals={"state": "sale"})
        self._post(self.user_s, line, "write", vals={"product_uom_qty": 11, "price_unit": 6000})
        for picking in order.sudo().picking_ids:
            self._pick(picking, quantity=11)
            self._assert_refused(self.user_stock, picking, "button_validate", 422, order.name, "Large orders")
        self.assertEqual(line.qty_delivered, 0)
        self._assert_order(order, "draft", "clear")

    def test_goods_added_to_a_done_delivery_do_not_leave(self):
        order = self._create_confirmed_goods()
        picking = order.sudo().picking_ids
        self._pick(picking, quantity=1)
        self._call(self.user_stock, picking, "button_validate", context={"skip_backorder": True})
        self.assertEqual((picking.state, order.order_line.qty_delivered), ("done", 1))
        self._hold(order)
        self._post(self.user_stock, picking, "action_toggle_is_locked")
        self._post(self.user_stock, picking.move_ids, "write", vals={"quantity": 10})
        self._post(self.user_stock, picking.move_ids.move_line_ids, "write", vals={"quantity": 10})
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_a_done_state_moves_no_goods(self):
        order = self._create_confirmed_goods()
        move = order.sudo().picking_ids.move_ids
        self._hold(order)
        self._post(self.user_stock, move, "write", vals={"state": "done", "quantity": 10})
        self._post(self.user_stock, move.picking_id, "write", vals={"state": "done"})
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_the_transit_between_companies_is_no_way_round(self):
        """Odoo counts as delivered what arrives there: by the location of the delivery, of its moves, of a done one."""
        transit = self.env.ref("stock.stock_location_inter_company")
        transit.active = True
        order = self._create_confirmed_goods()
        picking = order.sudo().picking_ids
        self._pick(picking)
        self._hold(order)
        for records in (picking, picking.move_ids, picking.move_ids.move_line_ids):
            self._post(self.user_stock, records, "write", vals={"location_dest_id": transit.id})
            self._assert_stopped(picking, "button_validate", order)
        self._post(self.user_stock, picking, "write", vals={"location_dest_id": picking.location_id.id})
        self._post(self.user_stock, picking.move_ids, "write", vals={"location_dest_id": picking.location_id.id})
        self._post(self.user_stock, picking, "button_validate")
        self._post(self.user_stock, picking.move_ids, "write", vals={"location_dest_id": transit.id})
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_too_much_delivered_holds_the_order(self):
        self.goods.invoice_policy = "delivery"
        order = self._create_confirmed_goods()
        picking = order.sudo().picking_ids
        self._pick(picking, quantity=100)
        self._call(self.user_stock, picking, "button_validate")
        self.assertEqual((picking.state, order.order_line.qty_delivered), ("done", 100))
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual(order.sudo().order_review_ids.measure, 400000)


@tagged("post_install", "-at_install")
class TestBills(GoodsHttpCommon):
    """Nothing is billed."""

    def _invoice(self, order, **values):
        """Make an invoice with the wizard, as the accountant who may see all orders."""
        self.user_account.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        model = self.env["sale.advance.payment.inv"]
        context = {"active_model": "sale.order", "active_ids": order.ids}
        values = {"sale_order_ids": [Command.set(order.ids)], **values}
        [wizard] = self._call(self.user_account, model, "create", vals_list=[values], context=context)
        self._call(self.user_account, model.browse(wizard), "create_invoices", context=context)
        return order.sudo().invoice_ids

    def _assert_not_posted(self, invoice, order, *texts):
        for method, arguments in (
            ("action_post", {}),
            ("write", {"vals": {"state": "posted"}}),
            ("web_save", {"vals": {"state": "posted"}, "specification": {}}),
        ):
            self._assert_refused(self.user_account, invoice, method, 422, order.name, *texts, **arguments)
        model = self.env["validate.account.move"]
        values = {"move_ids": [Command.set(invoice.ids)]}
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        [wizard] = self._call(self.user_account, model, "create", vals_list=[values], context=context)
        self._assert_refused(self.user_account, model.browse(wizard), "validate_move", 422, order.name)
        self.assertEqual(invoice.state, "draft")

    def test_an_invoice_of_a_held_order_is_not_posted(self):
        order = self._create_confirmed()
        invoice = self._invoice(order)
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("draft", 40000))
        self._hold(order)
        self._assert_not_posted(invoice, order, "60,000.00", "50,000.00", "Ma Manager")
        self._approve_all(order)
        self._call(self.user_account, invoice, "action_post")
        self.assertEqual(invoice.state, "posted")

    def test_an_invoice_line_cannot_be_cut_off_its_order(self):
        order = self._create_confirmed()
        invoice = self._invoice(order)
        self._hold(order)
        line, ordered = invoice.invoice_line_ids, order.order_line
        cuts = (
            [Command.clear()],
            [Command.set([])],
            [Command.unlink(ordered.id)],
            [Command.delete(ordered.id)],
            [],
            False,
        )
        for cut in cuts:
            self._post(self.user_account, line, "write", vals={"sale_line_ids": cut})
            lines = [Command.update(line.id, {"sale_line_ids": cut})]
            self._post(self.user_account, invoice, "write", vals={"invoice_line_ids": lines})
            self._post(self.user_account, invoice, "write", vals={"line_ids": lines})
        for cut in ([Command.clear()], [Command.set([])], [Command.unlink(line.id)], [Command.delete(line.id)], False):
            self._post(self.user_s, ordered, "write", vals={"invoice_lines": cut})
            lines = [Command.update(ordered.id, {"invoice_lines": cut})]
            self._post(self.user_s, order, "write", vals={"order_line": lines})
        self.assertEqual(line.sale_line_ids, ordered)
        self._assert_not_posted(invoice, order, "60,000.00")

    def test_an_invoice_made_while_held_is_not_posted(self):
        order = self._create_confirmed()
        self._hold(order)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 60000)
        self._assert_not_posted(invoice, order, "Ma Manager")

    def test_a_down_payment_of_a_held_order_is_not_posted(self):
        order = self._create_confirmed()
        self._hold(order)
        invoice = self._invoice(order, advance_payment_method="percentage", amount=10)
        self._assert_not_posted(invoice, order, "Ma Manager")

    def test_a_down_payment_of_a_quotation_is_not_posted(self):
        order = self._create_pending()
        invoice = self._invoice(order, advance_payment_method="percentage", amount=10)
        self._assert_not_posted(invoice, order, "60,000.00", "Ma Manager")
        self._assert_order(order, "draft", "pending")

    def test_an_invoice_of_two_orders_is_stopped_by_one(self):
        held, free = self._create_confirmed(), self._create_confirmed()
        self._hold(held)
        invoice = self._invoice(held | free)
        self._assert_not_posted(invoice, held)

    def test_a_credit_note_is_never_stopped(self):
        order = self._create_confirmed()
        invoice = self._invoice(order)
        self._call(self.user_account, invoice, "action_post")
        self._hold(order)
        model = self.env["account.move.reversal"]
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        values = {"move_ids": [Command.set(invoice.ids)], "journal_id": invoice.journal_id.id}
        [wizard] = self._call(self.user_account, model, "create", vals_list=[values], context=context)
        self._call(self.user_account, model.browse(wizard), "reverse_moves", context=context)
        refund = invoice.reversal_move_ids
        self._call(self.user_account, refund, "action_post")
        self.assertEqual((refund.move_type, refund.state), ("out_refund", "posted"))

    def test_more_delivered_by_hand_than_ordered_is_not_billed(self):
        """A line of 0.01 is small; what is billed is what was delivered."""
        self.product.invoice_policy = "delivery"
        order = self._create_confirmed(price=60000, quantity=0.01)
        self._assert_order(order, "sale", "clear")
        self._call(self.user_s, order.order_line, "write", vals={"qty_delivered": 1})
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual(order.sudo().order_review_ids.measure, 60000)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 60000)
        self._assert_not_posted(invoice, order, "60,000.00")
