from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReviewEnds(ReviewCommon):
    """What is void is over: nobody is asked, reminded or stopped by it; what is another matter is asked for anew."""

    def _create_pending(self, price=60000, **values):
        order = self._create_order(price, **values)
        order.action_confirm()
        return order, order.sudo().order_review_ids

    def _run_escalation(self):
        with self.enter_registry_test_mode():
            self.env.ref("sales_control.ir_cron_escalate_reviews").method_direct_trigger()

    def _create_replaced(self):
        """Return an order raised from 60,000 to 70,000 while under review: (order, void review, pending review)."""
        order, void = self._create_pending()
        order.order_line.price_unit = 70000
        order.action_confirm()
        pending = order.sudo().order_review_ids - void
        self.assertEqual((void.state, pending.state), ("void", "pending"))
        return order, void, pending

    def test_the_button_of_the_order_decides_the_new_review(self):
        """A17: raised while under review."""
        order, void, pending = self._create_replaced()
        self.assertEqual(set(void.step_ids.mapped("state")), {"void", "standby"})
        self.assertFalse(void.activity_ids)
        self.assertFalse(void.with_user(self.user_m).can_decide)
        order.with_user(self.user_m).action_approve_review()
        self.assertEqual((pending.state, order.state), ("approved", "sale"))

    def test_mass_approval_leaves_the_void_one_alone(self):
        _order, void, pending = self._create_replaced()
        action = (void | pending).with_user(self.user_m).action_approve_mine()
        self.assertIn("1 approved, 1 skipped", action["params"]["message"])
        self.assertEqual((void.state, pending.state), ("void", "approved"))

    def test_the_wizard_leaves_alone_what_has_become_void(self):
        order, review = self._create_pending()
        other_order, other = self._create_pending()
        wizard = self.env["sale.order.review.decision"].with_user(self.user_m)
        wizard = wizard.create({"review_ids": [Command.set((review | other).ids)], "comment": "Fine"})
        order.order_line.price_unit = 70000
        wizard.action_approve()
        self.assertEqual((review.state, other.state, other_order.state), ("void", "approved", "sale"))
        with self.assertRaisesRegex(UserError, "awaiting your decision"):
            wizard.action_approve()

    def test_whoever_is_spared_was_the_last_to_decide(self):
        """A smaller figure needs nobody any more: the order that waited for him goes on."""
        order = self._create_order(40000)
        order.action_confirm()
        order.order_line.price_unit = 250000
        review = order.sudo().order_review_ids
        review.with_user(self.user_m).action_approve()
        self.assertEqual((order.on_hold, review.current_step_id.candidate_ids), (True, self.user_g))
        order.order_line.price_unit = 100000
        self.assertEqual((review.state, order.review_state, order.on_hold), ("approved", "approved", False))

    def test_below_zero_somebody_decides_too(self):
        """A special contract about goods that come back: no edit approves it."""
        self.company.review_default_reviewer_ids = self.user_g
        order, review = self._create_pending(100, quantity=-1, contract_kind="special", special_reason="Goodwill")
        self.assertEqual((review.measure, self._get_reviewers(order)), (-100, self.user_g))
        order.order_line.price_unit = 110
        self.assertEqual((review.state, order.review_state), ("pending", "pending"))
        self.assertEqual(self._get_reviewers(order), self.user_g)

    def test_no_deadline_wakes_the_void_one(self):
        self.step_m.deadline_hours = 1
        order, void, pending = self._create_replaced()
        order.action_cancel()
        past = fields.Datetime.now() - timedelta(hours=1)
        (void | pending).step_ids.deadline = past
        # As left behind by an earlier version.
        void.step_ids[0].state = "pending"
        self._run_escalation()
        self.assertNotIn("escalated", (void | pending).step_ids.mapped("state"))
        self.assertNotIn("not decided in time", "".join(order.sudo().message_ids.mapped("body")))

    def test_no_delegation_wakes_the_void_one(self):
        _order, void, pending = self._create_replaced()
        self.env["sale.review.delegation"].with_user(self.user_m).create({"delegate_id": self.user_d.id})
        self.assertFalse(void.activity_ids)
        self.assertEqual(pending.activity_ids.user_id, self.user_m | self.user_d)

    def test_a_deleted_or_changed_delegation_closes_the_to_do(self):
        order, _review = self._create_pending()
        delegations = self.env["sale.review.delegation"].with_user(self.user_m)
        delegation = delegations.create({"delegate_id": self.user_d.id})
        self.assertEqual(self._get_reviewers(order), self.user_m | self.user_d)
        delegation.delegate_id = self.user_s2
        self.assertEqual(self._get_reviewers(order), self.user_m | self.user_s2)
        delegation.unlink()
        self.assertEqual(self._get_reviewers(order), self.user_m)

    def test_a_delegation_that_has_ended_closes_the_to_do(self):
        order, _review = self._create_pending()
        delegations = self.env["sale.review.delegation"].with_user(self.user_m)
        delegation = delegations.create({"delegate_id": self.user_d.id})
        yesterday = self.company._get_today() - timedelta(days=1)
        self.env.cr.execute(
            "UPDATE sale_review_delegation SET date_start = %s, date_end = %s WHERE id = %s",
            [yesterday, yesterday, delegation.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self._run_escalation()
        self.assertEqual(self._get_reviewers(order), self.user_m)

    def test_a_rejection_closes_the_steps_above(self):
        _order, review = self._create_pending(250000)
        review.with_user(self.user_m).action_reject("No")
        self.assertEqual(review.step_ids.mapped("state"), ["rejected", "void"])

    def test_a_deleted_quotation_leaves_nothing_to_do(self):
        order, review = self._create_pending()
        activities = review.activity_ids
        self.assertEqual(activities.user_id, self.user_m)
        order.sudo().unlink()
        self.assertFalse(activities.exists())

    # === ANOTHER MATTER === #

    def test_contacts_of_one_company_are_one_customer(self):
        contacts = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.customer.id} for name in ("Ms Li", "Mr Wu")]
        )
        self.company.review_auto_confirm = False
        order, review = self._create_pending(partner_id=contacts[0].id)
        review.with_user(self.user_m).action_approve()
        for partner in (contacts[1], self.customer):
            order.partner_id = partner
            self.assertFalse(order._get_uncovered_findings("confirm")[order], partner.name)
        order.partner_id = self.env["res.partner"].create({"name": "Someone Else"})
        self.assertTrue(order._get_uncovered_findings("confirm")[order])

    def test_another_reason_is_another_special_contract(self):
        self.company.review_default_reviewer_ids = self.user_g
        self.company.review_auto_confirm = False
        order, review = self._create_pending(100, contract_kind="special", special_reason="Free installation")
        review.with_user(self.user_g).action_approve()
        order.special_reason = " Free  installation"
        self.assertFalse(order._get_uncovered_findings("confirm")[order])
        order.special_reason = "Half the price back in cash"
        self.assertTrue(order._get_uncovered_findings("confirm")[order])

    def test_other_terms_in_the_contract_are_another_mismatch(self):
        terms = self.env["account.payment.term"].create([{"name": "Net 30"}, {"name": "Net 60"}])
        self.company.review_default_reviewer_ids = self.user_g
        self.company.review_auto_confirm = False
        order, review = self._create_pending(480, contract_payment_term_id=terms[0].id)
        self.assertEqual((review.kind, review.measure, review.stake), ("mismatch", 1, 480))
        review.with_user(self.user_g).action_approve()
        self.assertFalse(order._get_uncovered_findings("confirm")[order])
        order.contract_payment_term_id = terms[1]
        self.assertTrue(order._get_uncovered_findings("confirm")[order])
        order.contract_payment_term_id = terms[0]
        self.assertFalse(order._get_uncovered_findings("confirm")[order])
        order.order_line.price_unit = 48000
        self.assertTrue(order._get_uncovered_findings("confirm")[order], "480.00 was looked at")

    def test_mismatch_of_amounts_in_company_currency(self):
        rates = self.env["res.currency.rate"]
        rates.create({"currency_id": self.usd.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.14})
        rates.create({"currency_id": self.jpy.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 20})
        rule = self._create_rule(name="Differing contracts", kind="mismatch", min_amount=0)
        rule.step_ids[0].min_measure = 500
        for currency, difference, measure, needed in (
            (self.usd, 100, 714.29, rule.step_ids[:1]),
            (self.jpy, 1000, 50, rule.step_ids[:0]),
            (self.cny, 714.29, 714.29, rule.step_ids[:1]),
        ):
            with self.subTest(currency=currency.name):
                pricelist = self.env["product.pricelist"].create(
                    {"name": currency.name, "currency_id": currency.id, "company_id": self.company.id}
                )
                order = self._create_order(2000, pricelist_id=pricelist.id, contract_amount=2000 + difference)
                [finding] = order._get_uncovered_findings("confirm")[order]
                self.assertEqual((finding.measure, finding.stake), (measure, measure))
                self.assertEqual(finding.rule._get_needed_steps(finding.measure), needed)
