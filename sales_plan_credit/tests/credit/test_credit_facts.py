from odoo.tests import Form, tagged

from .credit_screens_common import CreditScreensCommon


@tagged("post_install", "-at_install")
class TestCreditFacts(CreditScreensCommon):
    """The figures behind credit reviews, in the words of who decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_rule(name="Overdue", kind="overdue", min_amount=0)

    def _get_facts(self, order, kind):
        """Return the facts of a review of an order, which all have a label, as (label, text)."""
        order.action_confirm()
        # Superuser: other addons may close the raw facts.
        review = order.sudo().order_review_ids.filtered(lambda review: review.kind == kind)
        self.assertLessEqual(set(review.facts), set(review._get_fact_labels()))
        return dict(review._get_fact_rows())

    def test_limit(self):
        self._confirm(300)
        self.assertEqual(
            self._get_facts(self._create_order(500), "credit"),
            {
                "Credit limit": "1,000.00",
                "Receivable": "252.25",
                "Delivered, not invoiced": "0.00",
                "Open orders": "300.00",
                "Draft invoices": "0.00",
                "This order": "500.00",
                "Over the limit by": "52.25",
            },
        )

    def test_hold(self):
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "Cheque returned"})
        self.assertEqual(self._get_facts(self._create_order(5), "credit"), {"Reason for the hold": "Cheque returned"})

    def test_overdue(self):
        self.grade.write({"grace_days": 5, "overdue_tolerance": 20})
        self._post_invoice(50, days=-2)
        self.assertEqual(
            self._get_facts(self._create_order(5), "overdue"),
            {
                "Overdue": "302.25",
                "Overdue beyond the grace days": "252.25",
                "Oldest overdue item (days)": "10",
                "Grace days": "5",
                "Tolerated overdue amount": "20.00",
            },
        )

    def test_approver_named_directly_sees_the_figures(self):
        order = self._create_order(1000)
        order.action_confirm()
        review = order.order_review_ids.filtered(lambda review: review.kind == "credit").with_user(self.user_g)
        self.assertTrue(review.can_decide)
        self.assertFalse(self.user_g.has_group("sales_plan_credit.sales_plan_credit_group_reader"))
        with Form(review) as form:
            self.assertIn("Over the limit by 252.25", self._text(form.facts_table))
