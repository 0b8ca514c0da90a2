from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What is named instead of a type of approver where no rule claims a finding
DEFAULT_REVIEWERS = "default"


class SaleOrderReviewStep(models.Model):
    """One step of a review: who may decide, who did, for whom, when and why.

    A decision record: no user creates, writes or deletes it; methods check the real user and write as superuser.
    """

    _name = "sale.order.review.step"
    _description = "Order Review Step"
    _order = "review_id, sequence, id"

    review_id = fields.Many2one("sale.order.review", required=True, index=True, readonly=True, ondelete="cascade")
    order_id = fields.Many2one(related="review_id.order_id")
    rule_step_id = fields.Many2one("sale.review.rule.step", readonly=True, ondelete="set null", index="btree_not_null")
    name = fields.Char(compute="_compute_name", compute_sudo=True)
    stored_name = fields.Char(readonly=True, groups=fields.NO_ACCESS, help="What the step was called at the request.")
    approver_type = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    group_id = fields.Many2one("res.groups", readonly=True, ondelete="set null", groups=fields.NO_ACCESS)
    sequence = fields.Integer(readonly=True)
    candidate_ids = fields.Many2many(
        "res.users",
        "sale_order_review_step_candidate_rel",
        "step_id",
        "user_id",
        string="Eligible Approvers",
        readonly=True,
        context={"active_test": False},
        help="Users designated by the rule when the review was requested.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("pending", "To approve"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("skipped", "Skipped"),
            ("escalated", "Escalated"),
            ("standby", "Not needed"),
            ("void", "Void"),
        ],
        string="Status",
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    deadline = fields.Datetime(readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    on_behalf_of = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)
    comment = fields.Text(readonly=True)
    decision = fields.Char("Decision", compute="_compute_decision")

    @api.depends("stored_name", "approver_type", "group_id")
    @api.depends_context("lang")
    def _compute_name(self):
        """In the language of the reader; people are called as they were at the request."""
        types = self.env["sale.review.rule.step"]._fields["approver_type"]._description_selection(self.env)
        names = dict(types, user=None, group=None) | {DEFAULT_REVIEWERS: self.env._("Default reviewers")}
        for step in self:
            step.name = step.group_id.full_name or names.get(step.approver_type) or step.stored_name

    @api.depends("decided_by", "on_behalf_of")
    @api.depends_context("lang")
    def _compute_decision(self):
        for step in self:
            step.decision = step._get_author_label(step.decided_by, step.on_behalf_of)

    # === BUSINESS METHODS === #

    @api.model
    def _get_author_label(self, user, principal):
        """Return who decided, as people write it: “B for A” when B stood in for A."""
        if not principal:
            return user.name or ""
        return self.env._("%(delegate)s for %(user)s", delegate=user.name, user=principal.name)

    def _get_deciders(self):
        """Return who may decide this step today.

        The candidates named at request time that are still active, and whoever stands in for a candidate today;
        never those who asked or who profit from the order.

        :return: dict, user -> the candidate he stands in for (empty `res.users` when he is one himself)
        """
        self.ensure_one()
        excluded = self.review_id._get_excluded_users()
        return self._resolve_deciders(self.candidate_ids, excluded, self.order_id.company_id)

    def _is_anybody_there(self):
        """Tell whether somebody may decide this step who has not handed his decisions to those who may not."""
        self.ensure_one()
        excluded = self.review_id._get_excluded_users()
        return self._has_present_decider(self.candidate_ids, excluded, self.order_id.company_id)

    @api.model
    def _has_present_decider(self, candidates, excluded, company):
        """Tell whether anybody is left to ask; parameters as of `_resolve_deciders`.

        Who delegates to the requester and to nobody else is away: the next step up is asked.
        """
        deciders = self._resolve_deciders(candidates, excluded, company)
        delegations = self.env["sale.review.delegation"]._get_current_delegations(candidates, company)
        delegates = delegations.grouped("user_id")
        return any(
            principal or user not in delegates or not delegates[user].delegate_id <= excluded
            for user, principal in deciders.items()
        )

    @api.model
    def _resolve_deciders(self, candidates, excluded, company):
        """Return who may decide today, given whom a rule names.

        :param candidates: `res.users` that a rule names
        :param excluded: `res.users` that may not decide
        :param company: of the order; delegates must work there
        :return: dict, user -> the candidate he stands in for (empty `res.users` when he is one himself)
        """
        nobody = self.env["res.users"]
        deciders = {user: nobody for user in candidates if user.active and user not in excluded}
        for delegation in self.env["sale.review.delegation"]._get_current_delegations(candidates, company):
            delegate = delegation.delegate_id
            if delegate.active and delegate not in excluded and company in delegate.company_ids:
                deciders.setdefault(delegate, delegation.user_id)
        return deciders

    def _check_may_decide(self, user):
        """Raise an error that says whose turn it is unless ``user`` may decide this step now.

        :return: the user he decides for, empty when he decides for himself
        :raise AccessError: when it is not his to decide
        """
        self.ensure_one()
        deciders = self._get_deciders()
        if user not in deciders:
            raise AccessError(
                self.env._(
                    "%(user)s cannot decide on the review of %(order)s now: it is waiting for %(deciders)s.",
                    user=user.name,
                    order=self.order_id.name,
                    deciders=self._get_deciders_label(),
                )
            )
        return deciders[user]

    def _get_deciders_label(self):
        """Return the names of who may decide, or the sentence that nobody may."""
        self.ensure_one()
        names = [self._get_author_label(user, principal) for user, principal in self._get_deciders().items()]
        return ", ".join(names) or self._get_nobody_label()

    @api.model
    def _get_nobody_label(self):
        return self.env._("nobody (requesters cannot decide on their own requests; add a delegate or another step)")

    def _decide(self, state, user, comment):
        """Write the decision of ``user`` down; the caller is superuser and has checked him."""
        self.ensure_one()
        if self.state != "pending":
            raise UserError(self.env._("This step of the review of %s has already been decided.", self.order_id.name))
        self.write(
            {
                "state": state,
                "decided_by": user.id,
                "on_behalf_of": self._check_may_decide(user).id,
                "decided_on": fields.Datetime.now(),
                "comment": comment,
            }
        )

    def _sort_key(self):
        """Return where this step stands in its review."""
        self.ensure_one()
        return (self.sequence, self.id)

    def _open(self):
        """Make this the step that is to be decided now and tell its deciders."""
        for step in self:
            hours = step.rule_step_id.deadline_hours
            step.write({"state": "pending", "deadline": hours and fields.Datetime.now() + timedelta(hours=hours)})
        self._sync_activities()

    def _close(self):
        """End those of these steps that nobody has to decide any more."""
        self.filtered(lambda step: step.state in ("pending", "waiting")).state = "void"

    def _sync_activities(self):
        """Give every decider of these pending steps one activity, in his language; take theirs from those who are none
        any more, and leave those alone that exist."""
        kind = self.env.ref("sales_control.mail_activity_type_review")
        for step in self:
            deciders, activities = step._get_deciders(), step._get_activities()
            activities.filtered(lambda activity, deciders=deciders: activity.user_id not in deciders).unlink()
            asked = step._get_activities().user_id
            for user in deciders:
                if user not in asked:
                    review = step.review_id._for_reader(user)
                    step.review_id.with_context(mail_activity_quick_update=True).activity_schedule(
                        activity_type_id=kind.id,
                        user_id=user.id,
                        summary=review.display_name,
                        note=Markup("<p>%s</p>") % review._get_open_sentence(),
                    )

    def _get_activities(self):
        """Return the activities that ask for a decision on these steps; people may add others to a review."""
        kind = self.env.ref("sales_control.mail_activity_type_review")
        return self.review_id.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def _follow_absence(self):
        """Ask the next step up where nobody is left to decide these pending steps, else those who may decide now."""
        for step in self:
            review = step.review_id
            next_step = not step._is_anybody_there() and review._get_next_open_step(after=step)
            if next_step:
                step.state = "skipped"
                review._close_activities()
                next_step._open()
            else:
                step._sync_activities()

    def _escalate(self):
        """Hand a step whose deadline has passed to the next one up; without one, say so once and wait on."""
        for step in self:
            # The cron writes as the salesperson would read.
            step = step.with_context(lang=step.order_id.user_id.lang or self.env.lang)
            review = step.review_id
            step.deadline = False
            if next_step := review._get_next_open_step(after=step):
                step.state = "escalated"
                review._close_activities()
                next_step._open()
                label = self.env._("escalated to %s", next_step._get_deciders_label())
            else:
                label = self.env._("nobody further up could decide, still waiting for %s", step._get_deciders_label())
            review._log_on_order(
                self.env._(
                    "Review “%(review)s” was not decided in time: %(outcome)s.",
                    review=review._get_open_sentence(),
                    outcome=label,
                )
            )
