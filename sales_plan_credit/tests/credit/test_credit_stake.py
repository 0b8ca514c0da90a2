from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditStake(CreditCheckCommon):
    """What a release covers: the order that was looked at, the hold that was looked at."""

    def _create_rule(self, kind, **values):
        step = {"approver_type": "user", "user_id": self.user_manager.id}
        return self.rule.copy({"kind": kind, "step_ids": [Command.create(step)], **values})

    def _create_approved(self, amount, kind):
        """Return a quotation whose review of a kind is approved; nothing confirms by itself."""
        self.company.review_auto_confirm = False
        order = self._create_quotation(amount)
        order.action_confirm()
        self._approve(order, kind)
        return order

    def _approve(self, order, kind):
        review = self._get_review(order, kind).filtered(lambda review: review.state == "pending")
        review.with_user(self.user_manager).action_approve()

    def _is_covered(self, order, amount):
        order.order_line.price_unit = amount
        return not order._get_uncovered_findings("confirm")[order]

    def test_a16_a_release_of_overdue_covers_the_value_of_the_order(self):
        for tolerance, covered in (20, False), (25, True):
            with self.subTest(tolerance=tolerance):
                rule = self._create_rule("overdue", tolerance=tolerance)
                self._book_receivable(3000, self.customer, days=10)
                self.customer.credit_limit = 100000
                order = self._create_approved(480, "overdue")
                review = self._get_review(order, "overdue")
                self.assertEqual((review.measure, review.stake, review.amount_at_stake), (3000, 480, 480))
                self.assertTrue(self._is_covered(order, 480))
                self.assertEqual(self._is_covered(order, 600), covered)
                self._receive(3000)
                rule.active = False

    def test_a16_a_release_of_overdue_covers_no_larger_debt(self):
        self._create_rule("overdue")
        self._book_receivable(3000, self.customer, days=10)
        self.customer.credit_limit = 100000
        order = self._create_approved(480, "overdue")
        self._book_receivable(300, self.customer, days=10)
        self.assertFalse(self._is_covered(order, 480))

    def test_a_pending_review_notices_that_the_order_grows(self):
        self._create_rule("overdue")
        self._book_receivable(3000, self.customer, days=10)
        self.customer.credit_limit = 100000
        order = self._create_quotation(480)
        order.action_confirm()
        review = self._get_review(order, "overdue")
        order.order_line.price_unit = 43200
        pending = self._get_review(order, "overdue") - review
        self.assertEqual((review.state, pending.state, pending.stake), ("void", "pending", 43200))

    def test_a_released_hold_covers_no_larger_order(self):
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "late payer", "credit_limit": 100000})
        order = self._create_quotation(480)
        order.action_confirm()
        self._approve(order, "credit")
        self.assertEqual(order.state, "sale")
        order.order_line.price_unit = 48000
        self.assertEqual((order.on_hold, order.review_state), (True, "pending"))
