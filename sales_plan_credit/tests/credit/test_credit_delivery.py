from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditDelivery(CreditCommon):
    """Deliveries of several orders at once, and what becomes of an order after its deliveries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat.amount = 0

    def _confirm(self, quantity=6, **values):
        order = self._create_order(quantity=quantity, confirm=False, **values)
        order.action_confirm()
        return order

    def _pick(self, orders, quantity):
        """Return the open deliveries of orders, with a quantity picked of each of their moves."""
        pickings = orders.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        pickings.move_ids.write({"quantity": quantity, "picked": True})
        return pickings

    def test_two_deliveries_in_one_call(self):
        self.company.credit_components = "real"
        orders = self._confirm() | self._confirm()
        pickings = self._pick(orders, 6)
        # Looked at one by one each of them may leave.
        self.assertEqual(pickings.mapped("review_hold_reason"), ["", ""])
        with self.assertRaisesRegex(UserError, f"{orders[1].name}.*200.00"):
            pickings.button_validate()
        with self.assertRaisesRegex(UserError, f"{orders[1].name}.*200.00"):
            pickings.move_ids._action_done()
        pickings[0].button_validate()
        self._assert_uninvoiced(600)

    def _assert_uninvoiced(self, amount):
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_uninvoiced, amount)

    def test_two_orders_on_one_delivery(self):
        self.company.credit_components = "real"
        first, second = self._confirm(), self._confirm()
        second.picking_ids.move_ids.picking_id = first.picking_ids
        with self.assertRaisesRegex(UserError, "200.00"):
            self._pick(first, 6).button_validate()

    def test_two_deliveries_beyond_their_orders(self):
        orders = self._confirm(4) | self._confirm(4)
        self.grade.credit_limit = 950
        with self.assertRaisesRegex(UserError, f"{orders[1].name}.*50.00"):
            self._pick(orders, 5).button_validate()
        self._pick(orders[0], 5).button_validate()

    def test_reopened_order(self):
        """Its first deliveries are cancelled: confirming sends the goods again, and is judged for all of them."""
        order = self._confirm(10)
        self._deliver(order, 4)
        order._action_cancel()
        self._assert_exposure(0, 0, 0)
        order.action_draft()
        self.grade.credit_limit = 999
        finding = order._get_review_findings("confirm")[order][0]
        self.assertEqual((finding.kind, finding.measure), ("credit", 1))
        with self.assertRaises(UserError) as caught:
            order.write({"state": "sale"})
        self.assertIn("1.00", str(caught.exception))
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        self.grade.credit_limit = 1000
        order.action_confirm()
        self._assert_exposure(0, 400, 600)

    def test_more_after_the_delivery(self):
        for product in (self.goods, self.goods_on_order):
            order = self._confirm(5, product=product)
            self._deliver(order, 5)
            order.order_line.product_uom_qty = 11
            self.assertEqual((order.on_hold, order.credit_uninvoiced, order.credit_undelivered), (True, 500, 600))
            with self.assertRaisesRegex(UserError, "100.00"):
                self._pick(order, 6).button_validate()
            order.order_line.product_uom_qty = 10
            self.assertFalse(order.on_hold)
            self._receive(1000)

    def test_dearer_after_the_delivery(self):
        order = self._confirm(5)
        self._deliver(order, 5)
        order.order_line.price_unit = 201
        self.assertEqual((order.on_hold, order.credit_uninvoiced), (True, 1005))

    def test_in_two_steps(self):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)
        warehouse.delivery_steps = "pick_ship"
        order = self._confirm(8)
        self._deliver(order, 8)
        self._assert_exposure(0, 0, 800)
        self._deliver(order, 8)
        self._assert_exposure(0, 800, 0)

    def test_grade_given_after_the_confirmation(self):
        self.customer.credit_grade_id = False
        order = self._confirm(11)
        self.customer.credit_grade_id = self.grade
        with self.assertRaisesRegex(UserError, "100.00"):
            self._deliver(order, 1)

    def test_what_is_not_picked_stays(self):
        self.company.credit_components = "real"
        second = {"product_id": self.goods_on_order.id, "product_uom_qty": 6, "price_unit": 100, "tax_ids": []}
        order = self._create_order(quantity=6, lines=[second])
        for picked, quantities, excess in (
            ((True, False), (6, 6), 0),
            ((True, True), (6, 0), 0),
            ((False, False), (6, 4), 0),
            ((False, False), (6, 6), 200),
            ((True, True), (5, 6), 100),
        ):
            with self.subTest(picked=picked, quantities=quantities):
                moves = order.picking_ids.move_ids
                for move, is_picked, quantity in zip(moves, picked, quantities, strict=True):
                    move.write({"quantity": quantity, "picked": is_picked})
                with moves._declare_leaving():
                    findings = order._get_review_findings("deliver")[order]
                self.assertEqual(sum(finding.measure for finding in findings), excess)

    def _release(self, order):
        review = order.order_review_ids.filtered(lambda review: review.state == "pending")
        review.with_user(self.user_manager).action_approve()
        return review

    def test_release_of_a_delivery(self):
        """What stops nothing but the delivery of a confirmed order is released as the order itself is."""
        self.env["sale.review.rule"].create(
            {
                "name": "Credit",
                "kind": "credit",
                "company_id": self.company.id,
                "step_ids": [Command.create({"approver_type": "user", "user_id": self.user_manager.id})],
            }
        )
        order = self._confirm(9, user_id=self.user_s.id)
        asked = order.with_user(self.user_s)
        self.assertFalse(asked.can_request_review)
        with self.assertRaises(UserError):
            asked.action_request_review()
        self.grade.credit_limit = 500
        order.invalidate_recordset()
        self.assertTrue(asked.can_request_review)
        asked.action_request_review()
        self.assertEqual((order.review_state, order.on_hold, order.order_review_ids.measure), ("pending", False, 400))
        picking = self._pick(order, 9)
        self.assertTrue(picking.is_held_for_credit)
        with self.assertRaisesRegex(UserError, "400.00.*Credit_Manager"):
            picking.button_validate()
        # An edit for the better keeps the request, a receipt ends it.
        order.order_line.product_uom_qty = 8
        self.assertEqual(order.review_state, "pending")
        self._recheck()
        self.assertEqual(order.review_state, "pending")
        self._release(order)
        self.assertEqual((order.review_state, order.on_hold), ("approved", False))
        self.grade.credit_limit = 399
        with self.assertRaisesRegex(UserError, "401.00"):
            self._pick(order, 8).button_validate()
        self.grade.credit_limit = 400
        self._pick(order, 8).button_validate()
        order.invalidate_recordset()
        self.assertFalse(asked.can_request_review)

    def _recheck(self):
        with self.enter_registry_test_mode():
            self.env.ref("sales_plan_credit.ir_cron_recheck_credit").method_direct_trigger()

    def test_request_about_a_delivery_ends_by_itself(self):
        self.company.credit_components = "real"
        order = self._create_order(quantity=11)
        order.action_request_review()
        self.assertEqual((order.review_state, order.order_review_ids.measure), ("pending", 100))
        self._receive(100)
        self._recheck()
        self.assertEqual((order.review_state, order.order_review_ids.state), ("clear", "void"))
        self._deliver(order, 11)
