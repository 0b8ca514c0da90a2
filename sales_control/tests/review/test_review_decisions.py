from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReviewDecisions(ReviewCommon):
    """Requests, decisions, rejections, delegation, escalation."""

    def _create_pending(self, price=60000, **values):
        order = self._create_order(price, **values)
        order.action_confirm()
        return order, order.sudo().order_review_ids

    def test_approval_without_auto_confirm(self):
        self.company.review_auto_confirm = False
        order, review = self._create_pending()
        review.with_user(self.user_m).action_approve()
        self.assertEqual((order.state, order.review_state), ("draft", "approved"))
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_rejection_needs_a_reason(self):
        _order, review = self._create_pending()
        with self.assertRaises(UserError):
            review.with_user(self.user_m).action_reject()
        self.assertEqual(review.state, "pending")

    def test_rejection_reaches_the_salesperson(self):
        order, review = self._create_pending()
        review.with_user(self.user_m).action_reject("Too risky for this customer")
        self.assertEqual((order.state, order.review_state), ("draft", "rejected"))
        activity = order.sudo().activity_ids
        self.assertEqual(activity.user_id, self.user_s)
        self.assertIn("Too risky for this customer", activity.note)
        self.assertIn("Too risky", "".join(order.sudo().message_ids.mapped("body")))
        self.assertFalse(self._get_reviewers(order))

    def test_rejected_order_can_be_asked_for_again(self):
        order, review = self._create_pending()
        review.with_user(self.user_m).action_reject("No")
        order.order_line.price_unit = 55000
        order.action_confirm()
        new = order.sudo().order_review_ids - review
        self.assertEqual((new.state, review.state), ("pending", "rejected"))
        self._approve_all(order)
        self.assertEqual(order.state, "sale")

    def test_lower_price_makes_a_rejected_order_confirm(self):
        order, review = self._create_pending()
        review.with_user(self.user_m).action_reject("No")
        order.order_line.price_unit = 40000
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_decided_review_cannot_be_decided_again(self):
        _order, review = self._create_pending()
        review.with_user(self.user_m).action_approve()
        with self.assertRaises(UserError):
            review.with_user(self.user_m).action_reject("Changed my mind")
        self.assertEqual(review.state, "approved")

    def test_salesperson_cannot_decide(self):
        _order, review = self._create_pending()
        for user in self.user_s, self.user_s2:
            with self.assertRaises(AccessError):
                review.with_user(user).action_approve()
            with self.assertRaises(AccessError):
                review.with_user(user).sudo().action_approve()

    def test_salesperson_of_the_order_cannot_decide_what_another_requested(self):
        self.sales_east.manager_id = self.user_s.with_company(self.company).sudo().employee_id
        order = self._create_order(60000)
        order.sudo().user_id = self.user_s
        order.with_user(self.user_s2).sudo().action_confirm()
        self.assertEqual(self._get_reviewers(order), self.user_g)

    def test_delegation_outside_its_dates(self):
        yesterday = fields.Date.context_today(self.rule) - timedelta(days=1)
        self.env["sale.review.delegation"].create(
            {"user_id": self.user_m.id, "delegate_id": self.user_d.id, "date_start": yesterday, "date_end": yesterday}
        )
        _order, review = self._create_pending()
        with self.assertRaises(AccessError):
            review.with_user(self.user_d).action_approve()

    def test_delegate_reads_on_the_days_of_the_delegation(self):
        order, review = self._create_pending()
        today = fields.Date.today()
        days = {"date_start": today + timedelta(days=1), "date_end": today + timedelta(days=2)}
        delegation = self.env["sale.review.delegation"].create(
            {"user_id": self.user_m.id, "delegate_id": self.user_d.id, **days}
        )
        for number, reads in enumerate((False, True, True, False)):
            with self.subTest(day=number), freeze_time(today + timedelta(days=number)):
                self.assertEqual(self._get_read_by(self.user_d, order, review), [reads] * 4)
        delegation.date_start = today
        self.assertEqual(self._get_read_by(self.user_d, order, review), [True] * 4)
        delegation.delegate_id = self.user_s2
        self.assertEqual(self._get_read_by(self.user_d, order, review), [False] * 4)
        self.assertEqual(self._get_read_by(self.user_s2, order, review), [True] * 4)
        delegation.unlink()
        self.assertEqual(self._get_read_by(self.user_s2, order, review), [False] * 4)

    def _get_read_by(self, user, order, review):
        """Tell for an order, its line, its review and the review's step whether ``user`` reads them."""
        self.env.invalidate_all()
        records = (order, order.order_line, review, review.step_ids)
        found = [bool(record.with_user(user).search([("id", "in", record.ids)])) for record in records]
        self.assertEqual(found, [record.with_user(user).has_access("read") for record in records])
        return found

    def test_delegation_during_a_review_asks_the_delegate(self):
        order, review = self._create_pending()
        self.env["sale.review.delegation"].with_user(self.user_m).create({"delegate_id": self.user_d.id})
        self.assertEqual(self._get_reviewers(order), self.user_m | self.user_d)
        self.assertTrue(review.with_user(self.user_d).can_decide)
        self.assertIn(review, self.env["sale.order.review"].with_user(self.user_d).search([("can_decide", "=", True)]))
        review.with_user(self.user_d).action_approve()
        self.assertEqual(order.state, "sale")
        note = "".join(order.sudo().message_ids.mapped("body"))
        self.assertIn("Du Delegate for Ma Manager", note)

    def test_nobody_delegates_for_others(self):
        with self.assertRaises(AccessError):
            self.env["sale.review.delegation"].with_user(self.user_s).create(
                {"user_id": self.user_m.id, "delegate_id": self.user_s2.id}
            )

    def test_delegation_dates_and_person_are_checked(self):
        Delegation = self.env["sale.review.delegation"]
        with self.assertRaises(ValidationError):
            Delegation.create({"user_id": self.user_m.id, "delegate_id": self.user_m.id})

    def test_can_decide_search_is_the_field(self):
        _order, review = self._create_pending(250000)
        Review = self.env["sale.order.review"]
        for user, expected in ((self.user_m, True), (self.user_g, False), (self.user_s, False)):
            self.assertEqual(review.with_user(user).can_decide, expected)
            found = Review.with_user(user).sudo().search([("can_decide", "=", True), ("id", "=", review.id)])
            self.assertEqual(bool(found), expected)

    def test_mass_approval_takes_own_and_counts_the_rest(self):
        _order, mine = self._create_pending()
        _order, waiting = self._create_pending(250000)
        waiting.with_user(self.user_m).action_approve()
        action = (mine | waiting).with_user(self.user_m).action_approve_mine()
        self.assertEqual((mine.state, waiting.state), ("approved", "pending"))
        self.assertIn("1 approved, 1 skipped", action["params"]["message"].replace("skipped", "skipped"))

    def test_escalation_moves_to_the_next_step(self):
        self.step_m.deadline_hours = 24
        order, review = self._create_pending()
        review.current_step_id.deadline = fields.Datetime.now() - timedelta(minutes=1)
        with self.enter_registry_test_mode():
            self.env.ref("sales_control.ir_cron_escalate_reviews").method_direct_trigger()
        self.assertEqual(review.step_ids.mapped("state"), ["escalated", "pending"])
        self.assertEqual(self._get_reviewers(order), self.user_g)
        review.with_user(self.user_g).action_approve()
        self.assertEqual(order.state, "sale")

    def test_escalation_without_anybody_above_waits_and_says_so(self):
        self.step_g.unlink()
        self.step_m.deadline_hours = 24
        order, review = self._create_pending()
        review.current_step_id.deadline = fields.Datetime.now() - timedelta(minutes=1)
        with self.enter_registry_test_mode():
            self.env.ref("sales_control.ir_cron_escalate_reviews").method_direct_trigger()
        self.assertEqual(review.step_ids.state, "pending")
        self.assertFalse(review.step_ids.deadline, "said once, not every hour")
        self.assertIn("nobody further up", "".join(order.sudo().message_ids.mapped("body")))

    def test_unclaimed_finding_goes_to_the_default_reviewers(self):
        administrators = self.env.ref("sales_control.sales_control_group_administrator")
        self.user_d.group_ids |= administrators
        order, review = self._create_pending(100, contract_kind="special", special_reason="Free installation")
        self.assertEqual(review.kind, "special")
        self.assertIn(self.user_d, review.step_ids.candidate_ids)
        self.company.review_default_reviewer_ids = self.user_g
        order, review = self._create_pending(100, contract_kind="special", special_reason="Free installation")
        self.assertEqual(review.step_ids.candidate_ids, self.user_g)
        review.with_user(self.user_g).action_approve()
        self.assertEqual(order.state, "sale")

    def test_rule_without_candidates_goes_on_to_nobody_but_waits(self):
        self.sales_east.manager_id = False
        self.head_office.manager_id = False
        self.step_g.unlink()
        order, review = self._create_pending()
        self.assertEqual((order.state, review.state), ("draft", "pending"))

    def test_validity(self):
        self.rule.validity_days = 10
        self.company.review_auto_confirm = False
        order, review = self._create_pending()
        review.with_user(self.user_m).action_approve()
        today = fields.Date.context_today(review)
        self.assertEqual(review.valid_until, today + timedelta(days=10))
        review.valid_until = today
        self.assertFalse(order._get_uncovered_findings("confirm")[order])
        review.valid_until = today - timedelta(days=1)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertEqual(len(order.sudo().order_review_ids), 2)

    def test_terms_bind_the_approval(self):
        other = self.env["res.partner"].create({"name": "Someone Else"})
        term = self.env["account.payment.term"].create({"name": "120 days"})
        for values in ({"partner_id": other.id}, {"payment_term_id": term.id}):
            self.company.review_auto_confirm = False
            order, review = self._create_pending()
            review.with_user(self.user_m).action_approve()
            order.write(values)
            self.assertEqual(len(order._get_uncovered_findings("confirm")[order]), 1, values)

    def test_edit_while_pending_asks_again(self):
        order, review = self._create_pending()
        order.order_line.price_unit = 70000
        new = order.sudo().order_review_ids - review
        self.assertEqual((review.state, new.state, new.measure), ("void", "pending", 70000))
        self.assertEqual(new.requested_by, self.user_s)
        self.assertTrue(new.confirm_requested)
        self.assertEqual(self._get_reviewers(order), self.user_m)
        new.with_user(self.user_m).action_approve()
        self.assertEqual(order.state, "sale")

    def test_edit_while_pending_below_the_threshold_ends_the_review(self):
        order, review = self._create_pending()
        order.order_line.price_unit = 40000
        self.assertEqual((review.state, order.review_state), ("void", "clear"))
        self.assertFalse(self._get_reviewers(order))

    def test_confirming_what_needs_no_decision_any_more_ends_its_review(self):
        order, review = self._create_pending()
        self.rule.active = False
        order.action_confirm()
        self.assertEqual((order.state, order.review_state, review.state), ("sale", "clear", "void"))
        self.assertFalse(self._get_reviewers(order))

    def test_smaller_figure_spares_the_higher_step(self):
        order, review = self._create_pending(250000)
        review.with_user(self.user_m).action_approve()
        order.order_line.price_unit = 150000
        self.assertEqual(review.state, "approved")
        self.assertEqual(review.measure, 150000)
        order.order_line.price_unit = 240000
        self.assertEqual(len(order._get_uncovered_findings("confirm")[order]), 1, "G never approved 240,000")

    def test_cancel_ends_the_round_and_keeps_history(self):
        order, review = self._create_pending()
        review.with_user(self.user_m).action_approve()
        order.action_cancel()
        order.action_draft()
        self.assertEqual((review.state, review.is_current), ("approved", False))
        self.assertEqual(order.review_state, "clear")
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))

    def test_cancel_closes_pending_requests(self):
        order, review = self._create_pending()
        order.action_cancel()
        self.assertEqual(review.state, "void")
        self.assertFalse(self._get_reviewers(order))

    def test_decided_orders_are_not_deleted(self):
        order, review = self._create_pending()
        review.with_user(self.user_m).action_reject("No")
        order.action_cancel()
        with self.assertRaises(UserError):
            order.with_user(self.user_g).sudo().unlink()

    def test_approved_order_that_cannot_confirm_keeps_the_approval(self):
        order, review = self._create_pending()
        order.sudo().order_line = [Command.create({"name": "No product", "product_uom_qty": 0})]
        review.with_user(self.user_m).action_approve()
        self.assertEqual((order.state, review.state), ("draft", "approved"))
        self.assertEqual(order.sudo().activity_ids.user_id, self.user_s)

    def test_several_orders_at_once(self):
        clear = self._create_order(100)
        large = self._create_order(60000)
        self.assertIs((clear | large).action_confirm(), True)
        self.assertEqual((clear.state, large.state), ("sale", "draft"))
        self.assertEqual(large.review_state, "pending")

    def test_confirm_of_a_large_order_returns_true(self):
        self.assertIs(self._create_order(60000).action_confirm(), True)

    def test_request_review_with_nothing_to_review(self):
        with self.assertRaises(UserError):
            self._create_order(100).action_request_review()

    def test_unconfigured_nothing_is_found(self):
        self.rule.active = False
        order = self._create_order(10000000)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_draft_says_who_would_be_asked(self):
        order = self._create_order(250000)
        self.assertIn("Ma Manager → Gao General", order.review_banner)
        self.env["sale.review.delegation"].create({"user_id": self.user_m.id, "delegate_id": self.user_d.id})
        order.invalidate_recordset()
        self.assertIn("Ma Manager, Du Delegate for Ma Manager → Gao General", order.review_banner)
        own = self._create_order(60000, user=self.user_m)
        self.assertIn("Du Delegate for Ma Manager", own.review_banner)
        self.env["sale.review.delegation"].search([]).unlink()
        own.invalidate_recordset()
        self.assertIn("Gao General", own.review_banner)
        self.assertNotIn("Ma Manager", own.review_banner)
        self.assertFalse(self._create_order(100).review_banner)

    def test_statement_count_of_findings_does_not_grow(self):
        counts = []
        for number in (1, 2, 20):
            orders = self.env["sale.order"].concat(*(self._create_order(60000) for _index in range(number)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._get_uncovered_findings("confirm")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2], "the first run only fills the caches")
