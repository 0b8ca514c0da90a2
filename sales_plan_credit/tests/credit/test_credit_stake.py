from odoo.exceptions import AccessError, UserError
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

    def test_a_release_of_overdue_covers_the_value_of_the_order(self):
        """A16: 480.00 approved, 600.00 asked again at 20 %, covered at 25 %."""
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

    def test_a_release_of_overdue_covers_no_larger_debt(self):
        """A16: the overdue amount grows from 3,000 to 3,300."""
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

    # === HOLDS HAVE A NAME === #

    def _hold(self, reason="late payer", customer=None):
        customer = (customer or self.customer).with_user(self.user_manager)
        customer.write({"credit_on_hold": True, "credit_hold_reason": reason, "credit_limit": 100000})

    def _create_released(self):
        """Return a confirmed order of a customer on hold, released."""
        self._hold()
        order = self._create_quotation(480)
        order.action_confirm()
        self._approve(order, "credit")
        self.assertEqual(order.state, "sale")
        return order

    def _get_stopped(self, order):
        return order._get_stopped("deliver").get(order, [])

    def test_a_release_covers_its_hold(self):
        order = self._create_released()
        self.assertFalse(self._get_stopped(order))
        self._hold()
        self.assertFalse(self._get_stopped(order), "nothing has changed")
        self._deliver(order, 1)

    def test_a_release_covers_no_later_hold(self):
        order = self._create_released()
        self.customer.with_user(self.user_manager).action_credit_release()
        self._hold("FRAUD: do not ship")
        self.assertIn("FRAUD", self._get_stopped(order)[0])
        with self.assertRaisesRegex(UserError, "FRAUD"):
            self._deliver(order, 1)

    def test_a_release_covers_no_later_hold_for_the_same_reason(self):
        order = self._create_released()
        self.customer.with_user(self.user_manager).action_credit_release()
        self._hold()
        self.assertTrue(self._get_stopped(order))

    def test_a_release_covers_no_other_reason(self):
        order = self._create_released()
        self.customer.with_user(self.user_manager).credit_hold_reason = "FRAUD: do not ship"
        self.assertIn("FRAUD", self._get_stopped(order)[0])

    def test_a_hold_of_a_new_customer_has_a_name(self):
        first, second = (
            self._create_customer(credit_on_hold=True, credit_hold_reason="late payer") for _index in range(2)
        )
        self.assertTrue(first.sudo().credit_hold_key)
        self.assertNotEqual(first.sudo().credit_hold_key, second.sudo().credit_hold_key)

    def test_nobody_writes_the_name_of_a_hold(self):
        self._hold()
        for values in ({"credit_hold_key": "x"}, {"credit_hold_key": False}):
            with self.assertRaises(AccessError):
                self.customer.with_user(self.user_manager).write(values)

    def test_sentences_speak_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._hold()
        order = self._create_quotation(480)
        order.action_confirm()
        review = self._get_review(order)
        self.assertEqual(review.message, "Jade Dragon Ltd. is on hold: late payer")
        self.assertEqual(review.with_context(lang="zh_CN").message, "Jade Dragon Ltd.已被信用冻结：late payer")
        self.customer.credit_on_hold = False
        self.customer.credit_limit = 100
        self._book_receivable(3000, self.customer, days=10)
        order = self._create_quotation(480)
        order.action_confirm()
        for kind in ("credit", "overdue"):
            review = self._get_review(order, kind)
            chinese = review.with_context(lang="zh_CN").message
            self.assertNotEqual(review.message, chinese)
            self.assertIn("3,000.00", review.message)
            self.assertIn("3,000.00", chinese)
