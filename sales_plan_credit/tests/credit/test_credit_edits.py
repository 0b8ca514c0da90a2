from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditEdits(CreditCheckCommon):
    """What an edit of a confirmed order adds to the debt of its payer is judged, whatever it was worth before."""

    def _create_confirmed(self, amount, **values):
        order = self._create_quotation(amount, **values)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        return order

    def _assert_held(self, order, measure):
        self.assertTrue(order.on_hold)
        pending = self._get_review(order).filtered(lambda review: review.state == "pending" and review.key == "limit")
        self.assertEqual(pending.mapped("measure"), [measure])

    def test_b17_lowered_and_raised_again(self):
        first = self._create_confirmed(900)
        first.order_line.price_unit = 100
        second = self._create_confirmed(900)
        self.assertFalse(first.on_hold)
        first.order_line.price_unit = 900
        self._assert_held(first, 800)
        self.assertFalse(second.on_hold)
        first._recheck_reviews()
        self._assert_held(first, 800)
        first.order_line.price_unit = 950
        self._assert_held(first, 850)
        first.order_line.price_unit = 100
        self.assertFalse(first.on_hold)
        self.assertNotIn("accepted", first.credit_confirmation)

    def test_b17_other_ways_to_lower_and_raise(self):
        line = {"product_id": self.goods.id, "product_uom_qty": 1, "price_unit": 900, "tax_ids": []}
        ways = {
            "lines": (
                lambda order: order.order_line.write({"product_uom_qty": 0}),
                lambda order: order.write({"order_line": [Command.create(line)]}),
            ),
            "discount": (
                lambda order: order.order_line.write({"discount": 100}),
                lambda order: order.order_line.write({"discount": 0}),
            ),
            "quantity": (
                lambda order: order.order_line.write({"product_uom_qty": 0.1, "price_unit": 900}),
                lambda order: order.order_line.write({"product_uom_qty": 1, "price_unit": 900}),
            ),
        }
        for name, (lower, raise_again) in ways.items():
            with self.subTest(name):
                self.customer = self._create_customer(name)
                first = self._create_confirmed(900)
                lower(first)
                self._create_confirmed(900)
                raise_again(first)
                self._assert_held(first, 800)

    def test_what_is_delivered_and_billed_meanwhile_is_not_what_the_edit_adds(self):
        order = self._create_order(quantity=9, confirm=False)
        order.action_confirm()
        self._deliver(order, 9)
        self._pay(self._invoice(order), 900)
        self._create_confirmed(900)
        order.order_line.product_uom_qty = 11
        self._assert_held(order, 100)

    def test_released_edit_is_what_later_ones_compare_with(self):
        first = self._create_confirmed(900)
        first.order_line.price_unit = 1100
        self._get_review(first).with_user(self.user_manager).action_approve()
        self.assertFalse(first.on_hold)
        self.assertNotIn("accepted", first.credit_confirmation)
        second = self._create_quotation(500)
        second.action_confirm()
        self._get_review(second).with_user(self.user_manager).action_approve()
        first.order_line.price_unit = 1050
        self.assertFalse(first.on_hold)
        first.order_line.price_unit = 1060
        self._assert_held(first, 560)

    def test_back_to_what_was_accepted_passes_under_a_lowered_limit(self):
        order = self._create_confirmed(500)
        order.order_line.price_unit = 1200
        self._assert_held(order, 200)
        self.grade.credit_limit = 300
        order.order_line.price_unit = 500
        self.assertFalse(order.on_hold)

    def test_another_payer(self):
        payer = self._create_customer("Payer Ltd.")
        self._create_confirmed(900, partner_id=payer.id)
        order = self._create_confirmed(900)
        order.partner_invoice_id = payer
        self._assert_held(order, 800)
        order.partner_invoice_id = self.customer
        self.assertFalse(order.on_hold)

    def test_contact_that_moves_to_another_company(self):
        payer = self._create_customer("Payer Ltd.")
        self._create_confirmed(900, partner_id=payer.id)
        contact = self.env["res.partner"].create({"name": "Accounts", "type": "invoice", "parent_id": self.customer.id})
        order = self._create_confirmed(900, partner_invoice_id=contact.id)
        contact.parent_id = payer
        self._assert_held(order, 800)
        contact.parent_id = self.customer
        self.assertFalse(order.on_hold)

    def test_room_that_another_payer_has_freed_is_used_up(self):
        payer = self._create_customer("Payer Ltd.", credit_grade_id=False)
        for is_released in (False, True):
            with self.subTest(is_released=is_released):
                self.customer = self._create_customer("Customer Ltd.")
                first = self._create_confirmed(900)
                first.partner_invoice_id = payer
                pending = self._get_review(first).filtered(lambda review: review.state == "pending")
                self.assertEqual(pending.key, "payer")
                if is_released:
                    pending.with_user(self.user_manager).action_approve()
                self._create_confirmed(900)
                first.partner_invoice_id = self.customer
                self._assert_held(first, 800)
                first._recheck_reviews()
                self._assert_held(first, 800)

    def test_what_was_given_up_on_hold_is_used_up(self):
        first = self._create_confirmed(500)
        first.order_line.price_unit = 1500
        self._assert_held(first, 500)
        first.picking_ids.action_cancel()
        self._create_confirmed(900)
        first.order_line.price_unit = 500
        moves = first.picking_ids.move_ids
        moves.copy({"picking_id": moves.picking_id.copy({"move_ids": []}).id})
        self._assert_held(first, 400)

    def test_another_currency(self):
        order = self._create_confirmed(900)
        order.currency_id = self.eur
        self._assert_held(order, 125)

    def test_delivery_compares_with_what_was_judged_last(self):
        payer = self._create_customer("Payer Ltd.")
        order = self._create_confirmed(900)
        order.partner_invoice_id = payer
        self._get_review(order).filtered(lambda r: r.state == "pending").with_user(self.user_manager).action_approve()
        self.assertEqual(order.credit_confirmation["payer"], payer.id)
        second = self._create_quotation(500, partner_id=payer.id)
        second.action_confirm()
        self._get_review(second).with_user(self.user_manager).action_approve()
        self._deliver(order, 1)

    def test_delivery_again_of_what_was_given_up(self):
        first = self._create_confirmed(900)
        given_up = first.picking_ids
        given_up.action_cancel()
        self._assert_exposure(0, 0, 0)
        self._create_confirmed(900)
        given_up.copy()
        self._assert_held(first, 800)

    def test_moves_taken_up_again(self):
        ways = {
            "state": lambda move: move.write({"state": "confirmed"}),
            "line": lambda move: move.copy({"sale_line_id": False}).write({"sale_line_id": move.sale_line_id.id}),
        }
        for name, take_up in ways.items():
            with self.subTest(name):
                self.customer = self._create_customer(name)
                first = self._create_confirmed(900)
                first.picking_ids.action_cancel()
                self._create_confirmed(900)
                take_up(first.picking_ids.move_ids)
                self._assert_held(first, 800)

    def test_nobody_says_that_less_has_left(self):
        """Of goods the deliveries tell what has left, before and after them, whatever a salesperson writes."""
        forged = {"qty_delivered": 0, "qty_delivered_method": "manual", "name": "Changed"}
        order = self._create_order(quantity=9, confirm=False, user_id=self.user_s.id)
        order.action_confirm()
        line = order.order_line
        for delivered in (0, 9):
            if delivered:
                self._deliver(order, delivered)
            line.with_user(self.user_s).write(dict(forged))
            line.invalidate_recordset()
            self.assertEqual((line.qty_delivered, line.qty_delivered_method), (delivered, "stock_move"))
            self.assertEqual(line.name, "Changed")
        self._assert_exposure(0, 900, 0)

    def test_form_says_what_typing_adds(self):
        self._create_confirmed(300)
        order = self._create_confirmed(600)
        typed = self.env["sale.order"].new(origin=order)
        self.assertFalse(typed._get_uncovered_findings("confirm")[typed])
        typed.order_line.price_unit = 800
        self.assertEqual([found.measure for found in typed._get_uncovered_findings("confirm")[typed]], [100])
