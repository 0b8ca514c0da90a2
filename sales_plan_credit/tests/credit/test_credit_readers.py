from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .credit_common import CreditCheckCommon

NEUTRAL = "The credit of Jade Dragon Ltd. does not allow this order."
# Limit, receivable, overdue, and by how much 800 and an order of 500 pass 1,000.
FIGURES = ("1,000.00", "800.00", "300.00")


@tagged("post_install", "-at_install")
class TestCreditReaders(CreditCheckCommon):
    """Jade Dragon is looked after by a colleague: who sells to it all the same learns that its credit does not do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.copy({"name": "Overdue", "kind": "overdue"})
        cls.colleague = cls._create_user("colleague", "sales_team.group_sale_salesman")
        cls.customer.user_id = cls.colleague

    def setUp(self):
        super().setUp()
        self._book_receivable(800, self.customer, days=9)

    def _create_pending(self, **values):
        """Return an order of 500 that the salesperson has confirmed, as he reads it."""
        order = self._create_quotation(500, user_id=self.user_s.id, **values).with_user(self.user_s)
        order.action_confirm()
        self.env.invalidate_all()
        self.assertEqual(sorted(order.order_review_ids.mapped("kind")), ["credit", "overdue"])
        return order

    def _assert_silent(self, *texts):
        for text in texts:
            for figure in FIGURES:
                self.assertNotIn(figure, str(text))

    def test_whoever_sells_to_anothers_customer(self):
        order = self._create_pending()
        reviews = order.order_review_ids
        self.assertEqual(reviews.mapped("message"), [NEUTRAL, NEUTRAL])
        self.assertIn(NEUTRAL, order.review_banner)
        self._assert_silent(order.review_banner)
        self.assertFalse(any(reviews.mapped("facts_table")))
        self.assertEqual(reviews.mapped("amount_at_stake"), [0, 0])
        for name in ("measure", "stake", "facts"):
            with self.assertRaises(AccessError):
                reviews.read([name])
            with self.assertRaises(AccessError):
                reviews.search([(name, "!=", False)])
        with self.assertRaises(AccessError):
            order.read(["credit_confirmation"])

    def test_draft_and_refusal(self):
        self.grade.confirm_policy = "block"
        order = self._create_quotation(500, user_id=self.user_s.id).with_user(self.user_s)
        self._assert_silent(order.review_banner)
        with self.assertRaisesRegex(UserError, NEUTRAL) as refused:
            order.action_confirm()
        self._assert_silent(refused.exception)

    def test_odoos_own_banner(self):
        self.company.account_use_credit_limit = True
        order = self._create_quotation(500, user_id=self.user_s.id)
        self.assertEqual(order.with_user(self.user_s).partner_credit_warning, NEUTRAL)
        self.assertIn("800.00", order.with_user(self.user_manager).partner_credit_warning)

    def test_who_decides_and_who_looks_after_the_customer(self):
        order = self._create_pending()
        for user in (self.user_manager, self.colleague):
            reviews = order.order_review_ids.with_user(user).sudo()
            said = " ".join(reviews.mapped("message"))
            for figure in FIGURES:
                self.assertIn(figure, said)
            self.assertTrue(all(reviews.mapped("facts_table")))

    def test_who_decides_need_not_see_all_credit(self):
        decider = self._create_user("decider", "sales_team.group_sale_salesman")
        self.env["sale.review.rule"].search([("kind", "in", ("credit", "overdue"))]).step_ids.user_id = decider
        reviews = self._create_pending().order_review_ids.with_user(decider)
        self.assertIn("300.00", reviews.filtered(lambda review: review.kind == "credit").message)
        self.assertTrue(all(reviews.mapped("facts_table")))
        self.assertIn(300, reviews.mapped("amount_at_stake"))

    def test_texts_that_are_kept_tell_nobody(self):
        order = self._create_pending()
        reviews = order.sudo().order_review_ids
        self._assert_silent(*order.message_ids.mapped("body"), *reviews.activity_ids.mapped("note"))
        reviews.with_user(self.user_manager).action_approve("fine")
        self.assertEqual(order.state, "sale")
        self._assert_silent(*order.message_ids.mapped("body"))

    def test_what_fails_after_the_approval_is_told_the_salesperson(self):
        order = self._create_pending()
        self.grade.confirm_policy = "block"
        # As the last approval does.
        order.with_user(self.user_manager).sudo()._confirm_reviewed()
        note = order.sudo().activity_ids.filtered(lambda activity: activity.user_id == self.user_s).note
        self.assertIn(NEUTRAL, note)
        self._assert_silent(note)

    def test_hold_and_payer_are_told(self):
        """Neither says what anybody owes."""
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "lawsuit"})
        friend = self._create_customer("Friend Ltd.", credit_grade_id=False)
        order = self._create_quotation(500, user_id=self.user_s.id, partner_invoice_id=friend.id)
        order.with_user(self.user_s).action_confirm()
        said = " ".join(order.order_review_ids.with_user(self.user_s).mapped("message"))
        self.assertIn("lawsuit", said)
        self.assertIn("Friend Ltd.", said)
        self._assert_silent(said)
