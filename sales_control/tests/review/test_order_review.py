from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReviewScenarios(ReviewCommon):
    """Part A of the worked examples: order review."""

    def _set_rate(self, currency, rate):
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "company_id": self.company.id, "name": "2020-01-01", "rate": rate}
        )

    def _create_foreign_order(self, price, currency):
        pricelist = self.env["product.pricelist"].create(
            {"name": currency.name, "currency_id": currency.id, "company_id": self.company.id}
        )
        return self._create_order(price, pricelist_id=pricelist.id)

    def _get_findings(self, order):
        return order._get_uncovered_findings("confirm")[order]

    def _get_asked_steps(self, order):
        """Return the rule steps that the pending reviews of an order ask, in order."""
        pending = order.sudo().order_review_ids.filtered(lambda review: review.state == "pending")
        return pending.step_ids.filtered(lambda step: step.state in ("pending", "waiting")).rule_step_id

    def test_a1_threshold_in_company_currency(self):
        self._set_rate(self.usd, 0.14)
        self._set_rate(self.jpy, 20)
        for price, currency, measure, steps in (
            (10000, self.usd, 71428.57, self.step_m),
            (30000, self.usd, 214285.71, self.step_m | self.step_g),
            (1000000, self.jpy, 50000.00, self.step_m),
        ):
            order = self._create_foreign_order(price, currency)
            order.action_confirm()
            review = order.sudo().order_review_ids
            self.assertAlmostEqual(review.measure, measure, 2, currency.name)
            self.assertEqual(self._get_asked_steps(order), steps, currency.name)
            self.assertEqual(order.state, "draft")
            self.assertEqual(order.review_state, "pending")

    def test_a_rule_for_a_class_counts_for_the_payer_too(self):
        """Whoever orders through a customer of another class does not get around it; who receives does not matter."""
        key = self.env["sale.customer.class"].create({"name": "Key", "code": "TK", "company_id": self.company.id})
        self.rule.customer_class_ids = key
        other = self.env["res.partner"].create({"name": "Other", "company_id": self.company.id})
        other.customer_class_id = key
        order = self._create_order(60000)
        self.assertFalse(self._get_findings(order))
        order.partner_shipping_id = other
        self.assertFalse(self._get_findings(order))
        order.partner_invoice_id = other
        self.assertEqual(len(self._get_findings(order)), 1)

    def test_a1_below_threshold_nobody(self):
        order = self._create_order(49999.99)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.sudo().order_review_ids)
        self.assertEqual(order.review_state, "clear")

    def test_a2_basis(self):
        order = self._create_order(49000)
        order.order_line.tax_ids = self._create_vat()
        self.assertAlmostEqual(order.amount_total, 55370)
        self.assertFalse(self._get_findings(order))
        self.rule.amount_basis = "total"
        (finding,) = self._get_findings(order)
        self.assertAlmostEqual(finding.measure, 55370)
        order.action_confirm()
        self.assertEqual(self._get_asked_steps(order), self.step_m)

    def test_a3_steps_in_order_then_confirms_itself(self):
        order = self._create_order(250000)
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual(self._get_reviewers(order), self.user_m)
        with self.assertRaises(AccessError) as refusal:
            review.with_user(self.user_g).action_approve()
        self.assertIn("Ma Manager", str(refusal.exception))
        review.with_user(self.user_m).action_approve("fine with me")
        self.assertEqual(order.state, "draft")
        self.assertEqual(self._get_reviewers(order), self.user_g)
        review.with_user(self.user_g).action_approve()
        self.assertEqual(review.state, "approved")
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.review_state, "approved")
        self.assertFalse(self._get_reviewers(order))
        self.assertEqual(review.step_ids.decided_by, self.user_m | self.user_g)
        self.assertEqual(review.step_ids[0].comment, "fine with me")

    def test_a3_two_rules_follow_each_other(self):
        self.step_g.unlink()
        self._create_rule(
            name="Very large orders",
            min_amount=200000,
            step_ids=[Command.create({"approver_type": "user", "user_id": self.user_g.id})],
        )
        order = self._create_order(250000)
        order.action_confirm()
        reviews = order.sudo().order_review_ids
        self.assertEqual(len(reviews), 2)
        self.assertEqual(self._get_reviewers(order), self.user_m)
        large = reviews.filtered(lambda review: review.rule_id == self.rule)
        very_large = reviews - large
        with self.assertRaises(AccessError):
            very_large.with_user(self.user_g).action_approve()
        large.with_user(self.user_m).action_approve()
        self.assertEqual(self._get_reviewers(order), self.user_g)
        very_large.with_user(self.user_g).action_approve()
        self.assertEqual(order.state, "sale")

    def _delegate(self, user=None, delegate=None, **values):
        return self.env["sale.review.delegation"].create(
            {"user_id": (user or self.user_m).id, "delegate_id": (delegate or self.user_d).id, **values}
        )

    def test_a4_requester_goes_to_his_delegate(self):
        self._delegate()
        order = self._create_order(60000, user=self.user_m)
        order.department_id = self.sales_east
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual(self._get_reviewers(order), self.user_d)
        with self.assertRaises(AccessError):
            review.with_user(self.user_m).action_approve()
        review.with_user(self.user_d).action_approve()
        self.assertEqual(review.step_ids[0].decision, "Du Delegate for Ma Manager")
        self.assertEqual(review.step_ids[0].on_behalf_of, self.user_m)
        self.assertEqual(order.state, "sale")

    def test_a4_requester_goes_to_the_next_step(self):
        order = self._create_order(60000, user=self.user_m)
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual(review.step_ids.mapped("state"), ["skipped", "pending"])
        self.assertEqual(self._get_reviewers(order), self.user_g)
        review.with_user(self.user_g).action_approve()
        self.assertEqual(order.state, "sale")

    def test_a4_nobody_left_says_so(self):
        self.step_g.unlink()
        order = self._create_order(60000, user=self.user_m)
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual((order.state, review.state), ("draft", "pending"))
        self.assertIn("nobody", review.deciders)
        self.assertFalse(self._get_reviewers(order))
        with self.assertRaises(AccessError) as refusal:
            review.with_user(self.user_m).action_approve()
        self.assertIn("nobody", str(refusal.exception))

    def _create_approved(self, tolerance=0):
        self.rule.tolerance = tolerance
        order = self._create_order(18000, quantity=10)
        order.action_request_review()
        self._approve_all(order)
        self.assertEqual(order.review_state, "approved")
        self.assertEqual(order.state, "draft", "only a review was asked for")
        return order

    def _set_quantity(self, order, quantity):
        # With its price: core takes the list price again when a quantity changes.
        order.order_line.write({"product_uom_qty": quantity, "price_unit": 18000})
        self.assertEqual(order.amount_untaxed, quantity * 18000)

    def _change_quantity(self, order, quantity):
        self._set_quantity(order, quantity)
        order.action_confirm()

    def test_a6_less_is_covered(self):
        order = self._create_approved()
        self._change_quantity(order, 9)
        self.assertEqual(order.state, "sale")
        self.assertEqual(len(order.sudo().order_review_ids), 1)

    def test_a6_more_is_asked_again(self):
        order = self._create_approved()
        self._change_quantity(order, 11)
        self.assertEqual(order.state, "draft")
        self.assertEqual(self._get_asked_steps(order), self.step_m)

    def test_a6_more_within_tolerance_is_covered(self):
        order = self._create_approved(tolerance=25)
        self._change_quantity(order, 11)
        self.assertEqual(order.state, "sale")

    def test_a6_next_threshold(self):
        order = self._create_approved()
        self._change_quantity(order, 12)
        self.assertEqual(self._get_asked_steps(order), self.step_m | self.step_g)
        self.assertEqual(self._get_reviewers(order), self.user_m)

    def test_a6_next_threshold_within_tolerance(self):
        order = self._create_approved(tolerance=25)
        self._change_quantity(order, 12)
        self.assertEqual(self._get_asked_steps(order), self.step_g)
        self.assertEqual(self._get_reviewers(order), self.user_g)

    def test_a6_back_to_the_approved_figure(self):
        order = self._create_approved()
        self._set_quantity(order, 12)
        self.assertEqual(order.review_state, "clear")
        self._set_quantity(order, 10)
        self.assertEqual(order.review_state, "approved")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a9_other_changes_stay_covered(self):
        order = self._create_approved()
        order.write(
            {
                "commitment_date": fields.Datetime.now() + timedelta(days=30),
                "note": "Handle with care",
                "order_line": [Command.create({"display_type": "line_section", "name": "Machines"})],
            }
        )
        order.sudo().user_id = self.user_s2
        self.assertEqual(order.sudo().review_state, "approved")
        order.sudo().action_confirm()
        self.assertEqual(order.sudo().state, "sale")
        self.assertEqual(len(order.sudo().order_review_ids), 1)

    def test_a12_copy_carries_no_approval(self):
        order = self._create_approved()
        copy = order.copy()
        self.assertEqual(copy.review_state, "clear")
        self.assertFalse(copy.sudo().order_review_ids)
        copy.action_confirm()
        self.assertEqual((copy.state, copy.review_state), ("draft", "pending"))

    def test_a12_create_confirmed_is_refused_with_figures(self):
        with self.assertRaises(ValidationError) as refusal:
            self._create_order(60000, state="sale")
        self.assertIn("60,000.00", str(refusal.exception))
        self.assertIn("50,000.00", str(refusal.exception))

    def test_a12_import_with_state_column_is_refused(self):
        result = (
            self.env["sale.order"]
            .with_user(self.user_s)
            .load(
                [
                    "partner_id/.id",
                    "state",
                    "order_line/product_id/.id",
                    "order_line/product_uom_qty",
                    "order_line/price_unit",
                ],
                [[str(self.customer.id), "Sales Order", str(self.product.id), "1", "60000"]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertIn("60,000.00", result["messages"][0]["message"])
