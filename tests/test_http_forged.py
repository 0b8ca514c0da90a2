"""Forged reviews and stolen decisions, over HTTP."""

from datetime import timedelta

from review_http import FIGURES, ReviewHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestForgedReviews(ReviewHttpCommon):
    """Nobody writes decision records, whoever he is and whatever model he goes through."""

    def test_reviews_cannot_be_created(self):
        order = self._create_large()
        values = self._prepare_forged_review(order)
        self._assert_refused(self.user_s, self.env["sale.order.review"], "create", 403, vals_list=[values])
        for command in (Command.create(values), Command.create({})):
            for method, extra in (("write", {}), ("web_save", {"specification": {}})):
                vals = {"order_review_ids": [command]}
                self._assert_refused(self.user_s, order, method, 403, vals=vals, **extra)
        new = {"partner_id": self.customer.id, "order_review_ids": [Command.create(values)]}
        self._assert_refused(self.user_s, self.env["sale.order"], "create", 403, vals_list=[new])
        self._assert_untouched(order)

    def test_reviews_and_steps_cannot_be_written(self):
        order = self._create_pending()
        review = order.sudo().order_review_ids
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= self.company
        decided = {"state": "approved", "decided_by": self.user_m.id}
        for user in self.user_s | self.user_m | self.user_g | admin:
            context = {"allowed_company_ids": self.company.ids}
            for records, vals in (
                (review, {"state": "approved"}),
                (review, {"measure": 1}),
                (review, {"order_id": order.id}),
                (review.step_ids, decided),
                (review.step_ids, {"candidate_ids": [Command.link(self.user_s.id)]}),
            ):
                self._assert_refused(user, records, "write", 403, vals=vals, context=context)
            for records in (review, review.step_ids):
                self._assert_refused(user, records, "unlink", 403, context=context)
                self._assert_refused(user, records, "copy", 403, context=context)
        self._assert_waits(order)
        self._assert_nobody_decided(order)

    def test_reviews_cannot_be_changed_through_the_order(self):
        order = self._create_pending()
        review = order.sudo().order_review_ids
        step = review.step_ids[0]
        for command in (
            Command.update(review.id, {"state": "approved"}),
            Command.update(review.id, {"step_ids": [Command.update(step.id, {"state": "approved"})]}),
            Command.delete(review.id),
            Command.unlink(review.id),
            Command.clear(),
            Command.set([]),
        ):
            self._assert_refused(self.user_s, order, "write", 403, vals={"order_review_ids": [command]})
        vals = {
            "order_line": [Command.update(order.order_line.id, {"order_id": order.id})],
            "order_review_ids": [Command.update(review.id, {"state": "approved"})],
        }
        self._assert_refused(self.user_s, order, "web_save", 403, vals=vals, specification={})
        self._assert_waits(order)

    def test_an_approval_cannot_be_borrowed_from_another_order(self):
        approved, order = self._create_approved(), self._create_large()
        review = approved.sudo().order_review_ids
        for command in (Command.link(review.id), Command.set(review.ids)):
            self._assert_refused(self.user_s, order, "write", 403, vals={"order_review_ids": [command]})
        new = {"partner_id": self.customer.id, "order_review_ids": [Command.link(review.id)]}
        self._assert_refused(self.user_s, self.env["sale.order"], "create", 403, vals_list=[new])
        self.assertEqual(review.order_id, approved)
        self._assert_untouched(order)

    def test_private_methods_do_not_exist(self):
        order = self._create_pending()
        review = order.sudo().order_review_ids
        for records, method in (
            (review, "_approve"),
            (review, "_decide"),
            (review, "_request"),
            (review, "_void"),
            (review, "_advance"),
            (review.step_ids, "_decide"),
            (review.step_ids, "_open"),
            (review.step_ids, "_escalate"),
            (review, "_cron_escalate"),
            (review, "__class__"),
            (order, "_sync_reviews"),
            (order, "_follow_decisions"),
            (order, "_confirm_reviewed"),
            (order, "_action_confirm"),
            (order, "_refresh_review_state"),
            (order, "_close_review_round"),
            (order, "_validate_order"),
            (order, "_judge_edit"),
            (order, "_write"),
            (order, "sudo"),
            (order, "with_user"),
            (order, "with_context"),
        ):
            self.assertIn(self._post(self.user_s, records, method).status_code, (403, 404), method)
        self._assert_waits(order)
        self._assert_nobody_decided(order)

    def test_configuration_cannot_be_changed_by_salespeople(self):
        rule, step = self.rule, self.step_m
        archived = {"vals": {"active": False}}
        self._assert_refused(self.user_s, rule, "write", 403, vals={"min_amount": 1e9})
        self._assert_refused(self.user_s, rule, "web_save", 403, specification={}, **archived)
        self._assert_refused(self.user_s, rule, "action_archive", 403)
        self._assert_refused(self.user_s, rule, "unlink", 403)
        self._assert_refused(self.user_s, step, "write", 403, vals={"user_id": self.user_s.id})
        values = {"rule_id": rule.id, "approver_type": "user", "user_id": self.user_s.id}
        self._assert_refused(self.user_s, step.browse(), "create", 403, vals_list=[values])
        for vals in (
            {"review_default_reviewer_ids": self.user_s.ids},
            {"review_auto_confirm": False},
            {"currency_id": self.jpy.id},
        ):
            self._assert_refused(self.user_s, self.company, "write", 403, vals=vals)
        settings = self.env["res.config.settings"]
        self._assert_refused(self.user_s, settings, "create", 403, vals_list=[{"company_id": self.company.id}])
        self._assert_refused(self.user_s, self.sales_east, "write", 403, vals={"manager_id": False})
        groups = {"group_ids": [Command.link(self.env.ref("sales_control.sales_control_group_administrator").id)]}
        self._assert_refused(self.user_s, self.user_s, "write", 403, vals=groups)
        self.assertEqual((rule.min_amount, rule.active, step.user_id), (50000, True, step.user_id.browse()))

    def test_defaults_in_the_context_reach_no_review(self):
        order = self._create_large()
        context = {
            "default_state": "approved",
            "default_valid_until": "2099-12-31",
            "default_decided_by": self.user_m.id,
            "default_comment": "forged",
            "default_candidate_ids": [Command.set(self.user_s.ids)],
            "default_step_ids": [],
            "default_measure": 1e9,
            "default_fingerprint": "x",
            "default_is_current": False,
            "default_requested_by": self.user_m.id,
            "default_confirm_requested": False,
        }
        self._call(self.user_s, order, "action_confirm", context=context)
        self._assert_waits(order)
        self._assert_nobody_decided(order)
        self.assertFalse(order.sudo().order_review_ids.valid_until)
        self.assertFalse(any(order.sudo().order_review_ids.step_ids.mapped("comment")))

    def test_defaults_of_the_user_reach_no_review(self):
        for model, name, value in (
            ("sale.order.review", "state", "approved"),
            ("sale.order.review", "valid_until", "2099-12-31"),
            ("sale.order.review.step", "state", "approved"),
            ("sale.order.review.step", "comment", "forged"),
            ("sale.order.review.step", "decided_by", self.user_m.id),
            ("sale.order.review.step", "on_behalf_of", self.user_g.id),
            ("sale.order.review.step", "decided_on", "2026-01-01 00:00:00"),
            ("sale.order.review.step", "deadline", "2026-01-01 00:00:00"),
        ):
            arguments = {"model_name": model, "field_name": name, "value": value, "user_id": True}
            self._call(self.user_s, self.env["ir.default"], "set", **arguments)
        order = self._create_large()
        self._call(self.user_s, order, "action_confirm")
        self._assert_waits(order)
        self._assert_nobody_decided(order)
        steps = order.sudo().order_review_ids.step_ids
        self.assertFalse(any(steps.mapped("comment") + steps.mapped("decided_on") + steps.mapped("deadline")))


@tagged("post_install", "-at_install")
class TestStolenDecisions(ReviewHttpCommon):
    """Only who is asked decides, and only when it is his turn."""

    def _create_pending(self, price=6000):
        order = self._create_order(price, quantity=10)
        order.action_confirm()
        return order

    def _assert_may_not_decide(self, user, order, status=403, *texts):
        reviews = order.sudo().order_review_ids
        self._assert_refused(user, reviews, "action_approve", status, *texts)
        self._assert_refused(user, reviews, "action_reject", status, comment="No")
        self._post(user, reviews, "action_approve_mine")
        self._post(user, order, "action_approve_review")
        self._assert_nobody_decided(order)
        self._assert_order(order, "draft", "pending")

    def test_the_requester_and_outsiders_decide_nothing(self):
        order = self._create_pending()
        self._assert_may_not_decide(self.user_s, order, 403, "Ma Manager", order.name)
        for user in self.user_s2 | self.user_d | self.user_g:
            self._assert_may_not_decide(user, order)

    def test_the_second_step_cannot_be_taken_first(self):
        order = self._create_pending(price=30000)
        self._assert_may_not_decide(self.user_g, order, 403, "Ma Manager")
        self._call(self.user_m, order.sudo().order_review_ids, "action_approve")
        self._assert_refused(self.user_m, order.sudo().order_review_ids, "action_approve", 403, "Gao General")
        self._assert_order(order, "draft", "pending")
        self._call(self.user_g, order.sudo().order_review_ids, "action_approve")
        self._assert_order(order, "sale", "approved")

    def test_a_rejection_needs_a_reason_and_stays(self):
        order = self._create_pending()
        review = order.sudo().order_review_ids
        self._assert_refused(self.user_m, review, "action_reject", 422, "Reason")
        self._call(self.user_m, review, "action_reject", comment="Too large")
        self._assert_order(order, "draft", "rejected")
        self._assert_refused(self.user_m, review, "action_approve", 422, order.name)
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})
        self._call(self.user_s, order, "action_confirm")
        self._assert_waits(order)

    def test_finishing_the_reviewers_activity_approves_nothing(self):
        order = self._create_pending()
        activity = order.sudo().order_review_ids.activity_ids
        self._post(self.user_s, activity, "action_feedback", feedback="Approved")
        self._post(self.user_s, activity, "action_done")
        self._post(self.user_s, activity, "unlink")
        self._call(self.user_s, order.order_review_ids, "message_post", body="Approved")
        self._assert_order(order, "draft", "pending")
        self._assert_nobody_decided(order)

    def test_reviewers_cannot_change_the_order(self):
        order = self._create_pending()
        self._assert_refused(self.user_m, order, "write", 403, vals={"note": "x"})
        self._assert_refused(self.user_m, order.order_line, "write", 403, vals={"price_unit": 1})
        self._assert_refused(self.user_m, order, "action_confirm", 403)
        self._assert_waits(order)

    def test_a_seller_who_hands_his_order_over_does_not_decide_it(self):
        """The manager sells, hands his order to S, who asks for the review, and approves what he sold."""
        order = self._create_order(6000, quantity=10, user=self.user_m)
        context = {"mail_auto_subscribe_no_notify": True}
        self._call(self.user_m, order, "write", vals={"user_id": self.user_s.id}, context=context)
        order.with_user(self.user_s).action_confirm()
        reviews = order.sudo().order_review_ids
        self.assertNotIn(self.user_m, reviews.current_step_id._get_deciders())
        self._post(self.user_m, reviews, "action_approve")
        self._assert_order(order, "draft", "pending")

    def test_a_reviewer_does_not_decide_on_figures_that_he_wrote(self):
        self.user_m.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        order = self._create_pending()
        self._call(self.user_m, order.order_line, "write", vals={"price_unit": 19000})
        self.assertEqual(order.amount_untaxed, 190000)
        pending = order.sudo().order_review_ids.filtered(lambda review: review.state == "pending")
        self.assertEqual(pending.measure, 190000)
        self._assert_refused(self.user_m, pending, "action_approve", 403)


@tagged("post_install", "-at_install")
class TestForgedDelegations(ReviewHttpCommon):
    """Everybody delegates what is his own."""

    def _get_values(self, user, delegate):
        today = fields.Date.today()
        return {
            "user_id": user.id,
            "delegate_id": delegate.id,
            "date_start": str(today),
            "date_end": str(today + timedelta(days=1)),
        }

    def _create_delegation(self, user, delegate):
        model = self.env["sale.review.delegation"]
        [created] = self._call(user, model, "create", vals_list=[self._get_values(user, delegate)])
        return model.browse(created)

    def test_nobody_delegates_for_somebody_else(self):
        order = self._create_pending()
        model = self.env["sale.review.delegation"]
        for delegate in self.user_s | self.user_s2:
            values = self._get_values(self.user_m, delegate)
            self._assert_refused(self.user_s, model, "create", 403, vals_list=[values])
            self._assert_refused(self.user_s, model, "web_save", 403, vals=values, specification={})
        values = {name: value for name, value in values.items() if name != "user_id"}
        context = {"default_user_id": self.user_m.id}
        self._assert_refused(self.user_s, model, "create", 403, vals_list=[values], context=context)
        self.assertFalse(model.search([]))
        self._assert_waits(order)

    def test_an_own_delegation_cannot_be_turned_into_somebody_elses(self):
        order = self._create_pending()
        delegation = self._create_delegation(self.user_s, self.user_s2)
        for method, extra in (("write", {}), ("web_save", {"specification": {}})):
            self._assert_refused(self.user_s, delegation, method, 403, vals={"user_id": self.user_m.id}, **extra)
        self.assertEqual(delegation.user_id, self.user_s)
        self._assert_refused(self.user_s2, order.sudo().order_review_ids, "action_approve", 403)
        self._assert_waits(order)

    def test_somebody_elses_delegation_cannot_be_changed(self):
        delegation = self._create_delegation(self.user_m, self.user_d)
        for user in self.user_s | self.user_d:
            self._assert_refused(user, delegation, "write", 403, vals={"delegate_id": self.user_s2.id})
            self._assert_refused(user, delegation, "unlink", 403)
        self.assertEqual(delegation.delegate_id, self.user_d)

    def test_nobody_delegates_to_himself_or_to_a_customer(self):
        portal = new_test_user(
            self.env,
            "sc_portal",
            "base.group_portal",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for delegate, text in ((self.user_m, "Delegate: choose someone other"), (portal, "internal users")):
            values = self._get_values(self.user_m, delegate)
            arguments = {"vals_list": [values]}
            self._assert_refused(self.user_m, self.env["sale.review.delegation"], "create", 422, text, **arguments)

    def test_a_requester_who_is_the_delegate_decides_nothing(self):
        self._create_delegation(self.user_m, self.user_s)
        order = self._create_pending()
        self._assert_refused(self.user_s, order.sudo().order_review_ids, "action_approve", 403)
        self._assert_nobody_decided(order)

    def test_a_delegate_decides_while_the_delegation_lasts(self):
        delegation = self._create_delegation(self.user_m, self.user_d)
        order = self._create_pending()
        ended = str(fields.Date.today() - timedelta(days=1))
        self._call(self.user_m, delegation, "write", vals={"date_start": ended, "date_end": ended})
        self._assert_refused(self.user_d, order.sudo().order_review_ids, "action_approve", 403)
        self._call(self.user_m, delegation, "write", vals={"date_end": str(fields.Date.today())})
        self._call(self.user_d, order.sudo().order_review_ids, "action_approve")
        step = order.sudo().order_review_ids.step_ids[0]
        self.assertEqual((step.decided_by, step.on_behalf_of, order.state), (self.user_d, self.user_m, "sale"))
