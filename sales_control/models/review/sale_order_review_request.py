from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import clean_context

from .sale_order_review_step import DEFAULT_REVIEWERS


class SaleOrderReview(models.Model):
    """What approvals cover, how reviews are asked for, go from step to step, and end."""

    _name = "sale.order.review"
    _inherit = "sale.order.review"

    # === BUSINESS METHODS: COVERAGE === #

    def _get_in_force(self, date):
        """Return those of these reviews that are approved, of the current round and valid on ``date``."""
        return self.filtered(
            lambda review: review.state == "approved"
            and review.is_current
            and (not review.valid_until or review.valid_until >= date)
        )

    def _covers(self, finding):
        """Tell whether these approvals cover a finding: an approval covers whatever is no worse.

        Figures within the tolerance are covered too, unless they reach a step that was not asked then.

        :param self: approvals in force, on the same terms
        :param finding: a `Finding` of the order of these reviews
        """
        if self._get_covering(finding, tolerance=0):
            return True
        return bool(self._get_covering(finding)) and not self._get_missing_steps(finding)

    def _get_covering(self, finding, tolerance=None):
        """Return those of these reviews that are about a finding, at figures no smaller but for the tolerance."""
        if tolerance is None:
            tolerance = finding.rule._get_tolerance() if finding.rule else 0
        return self.filtered(
            lambda review: (review.kind, review.key) == finding.identity
            and finding.is_within(review.measure, review.stake, tolerance)
        )

    def _get_missing_steps(self, finding):
        """Return the steps that a claimed finding needs and that these approvals do not include."""
        if not finding.rule:
            return self.env["sale.review.rule.step"]
        decided = self._get_covering(finding).step_ids.filtered(lambda step: step.state != "standby")
        return finding.rule._get_needed_steps(finding.measure) - decided.rule_step_id

    # === BUSINESS METHODS: REQUESTS === #

    @api.model
    def _request(self, vals_list):
        """Create reviews from prepared values and return them, as superuser.

        Users have no create right on decision records, and no `default_*` of the caller's context may reach one.
        """
        reviews = self.sudo().with_context(clean_context(self.env.context))  # pylint: disable=context-overridden
        return reviews.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(vals_list)

    @api.model
    def _prepare_review_values(self, order, finding, approvals):
        """Return the values of a review of ``finding``.

        :param order: the `sale.order` it is about
        :param finding: a claimed or unclaimed `Finding`
        :param approvals: earlier reviews of the order in force on the same terms; their steps are not asked again
        """
        return {
            "order_id": order.id,
            "rule_id": finding.rule[0].id if finding.rule else False,
            "kind": finding.kind,
            "key": finding.key,
            **self._prepare_figures(finding),
            "fingerprint": order._get_review_fingerprint(),
            "state": "pending",
            "is_current": True,
            "confirm_requested": False,
            "requested_by": order._get_review_requester().id,
            "requested_on": fields.Datetime.now(),
            "valid_until": False,
            "step_ids": [Command.create(values) for values in self._prepare_steps(order, finding, approvals)],
        }

    @api.model
    def _prepare_figures(self, finding):
        """Return what a review freezes of a finding that may get smaller or larger."""
        return {
            "measure": finding.measure,
            "stake": finding.stake,
            "stored_message": finding.message,
            "facts": finding.facts,
        }

    @api.model
    def _prepare_steps(self, order, finding, approvals):
        """Return the values of the steps of a new review: the rule's, else one of the default reviewers."""
        missing = approvals._get_missing_steps(finding)
        steps = [
            dict(self._prepare_step(step, candidates), state="waiting" if step in missing else "standby")
            for step in (finding.rule.step_ids if finding.rule else ())
            for candidates in step._get_candidate_groups(order)
        ]
        if not missing:
            steps.append(self._prepare_default_step(order))
        # Explicit values: the default values that a user sets for himself (`ir.default`) reach no decision record.
        undecided = dict.fromkeys(("deadline", "decided_by", "on_behalf_of", "decided_on", "comment"), False)
        return [dict(values, sequence=number, **undecided) for number, values in enumerate(steps, start=1)]

    @api.model
    def _prepare_step(self, step, candidates):
        """Return the values of the step of a review.

        :param step: the step of the rule
        :param candidates: `res.users` that it asks
        """
        return {
            "rule_step_id": step.id,
            "approver_type": step.approver_type,
            "group_id": step.group_id.id,
            "stored_name": step.display_name,
            "candidate_ids": [Command.set(candidates.ids)],
        }

    @api.model
    def _prepare_default_step(self, order):
        """Return the values of the step that decides what no rule claims: never through, never to nobody."""
        return {
            "rule_step_id": False,
            "approver_type": DEFAULT_REVIEWERS,
            "group_id": False,
            "stored_name": self.env._("Default reviewers"),
            "candidate_ids": [Command.set(order.company_id._get_default_reviewers().ids)],
            "state": "waiting",
        }

    def _still_says(self, finding):
        """Tell whether a decision on this review decides ``finding``: the same matter, no worse.

        :param finding: a `Finding` of the same kind and key, or None when it is not found any more
        """
        self.ensure_one()
        return finding is not None and finding.is_within(self.measure, self.stake)

    # === BUSINESS METHODS: STEPS === #

    @api.model
    def _start(self, orders):
        """Open the first step of every review of these orders whose turn has come.

        Reviews of one kind under several rules follow each other as the rules do (sequence, then amount); those of
        one rule, or of rules that rank alike, run side by side.
        """
        for order in orders:
            pending = order.order_review_ids.filtered(lambda review: review.state == "pending")
            for _kind, reviews in pending.grouped("kind").items():
                first = min(review._get_rank() for review in reviews)
                for review in reviews.filtered(lambda review: review._get_rank() == first):
                    if not review.current_step_id:
                        review._open_next_step()

    def _get_rank(self):
        """Return where this review stands among those of its kind: smaller decides first."""
        self.ensure_one()
        return (self.rule_id.sequence, self.rule_id.min_amount)

    def _open_next_step(self):
        """Open the next step that somebody may decide; those that nobody may are skipped, the last one stays."""
        self.ensure_one()
        waiting = self.step_ids.filtered(lambda step: step.state == "waiting")
        step = waiting[0]
        if not step._is_anybody_there() and (next_step := self._get_next_open_step(after=step)):
            skipped = self.step_ids.filtered(
                lambda other: other.state == "waiting" and step._sort_key() <= other._sort_key() < next_step._sort_key()
            )
            skipped.state = "skipped"
            step = next_step
        step._open()

    def _get_next_open_step(self, after):
        """Return the next step up from ``after`` that somebody may decide, also one that was not needed so far."""
        self.ensure_one()
        return next(
            (
                step
                for step in self.step_ids.sorted(lambda step: step._sort_key())
                if step._sort_key() > after._sort_key()
                and step.state in ("waiting", "standby")
                and step._is_anybody_there()
            ),
            self.env["sale.order.review.step"],
        )

    def _drop_needless_steps(self, findings):
        """Spare the deciders of these pending reviews whom a smaller figure does not need any more.

        :param findings: the uncovered findings of their order
        """
        found = {finding.identity: finding for finding in findings}
        for review in self:
            finding = found[review.kind, review.key]
            needless = review.step_ids.filtered(
                lambda step, measure=finding.measure: step.state in ("waiting", "pending")
                and not step.rule_step_id._is_needed(measure)
            )
            if needless:
                # The figure follows: who is spared must not be taken to have approved the larger one.
                review.write(self._prepare_figures(finding))
                needless.state = "standby"
                review._close_activities()
                review.current_step_id._sync_activities()
                review._advance()

    # === BUSINESS METHODS: ENDS === #

    def _void(self):
        """Close pending reviews that nobody needs to decide any more."""
        if self:
            self.write({"state": "void"})
            self.step_ids._close()
            self._close_activities()

    def _close_activities(self, user=None, feedback=None):
        """Close the deciders' activities: as done by ``user`` for his own, the others' vanish."""
        activities = self.activity_ids
        if user:
            own = activities.filtered(lambda activity: activity.user_id == user)
            own.action_feedback(feedback=feedback)
            activities -= own
        activities.unlink()
