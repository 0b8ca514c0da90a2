from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# Who is asked may read the figures of what he decides.
READERS = ("step_ids.state", "step_ids.candidate_ids", "step_ids.decided_by")


class SaleOrderReview(models.Model):
    """One finding of one order under decision.

    A decision record: no user creates, writes or deletes it; methods check the real user and write as superuser.
    """

    _name = "sale.order.review"
    _description = "Order Review"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    order_id = fields.Many2one("sale.order", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, string="Customer")
    salesperson_id = fields.Many2one(related="order_id.user_id", store=True, string="Salesperson")
    department_id = fields.Many2one(related="order_id.department_id", store=True)
    order_amount = fields.Monetary(
        "Order Amount (untaxed)", compute="_compute_order_amount", help="In company currency."
    )
    rule_id = fields.Many2one("sale.review.rule", readonly=True, ondelete="set null", index="btree_not_null")
    kind = fields.Selection(
        string="Type", selection=lambda self: self._get_kind_selection(), required=True, readonly=True, index=True
    )
    key = fields.Char(required=True, readonly=True)
    measure = fields.Float("Figure Judged", readonly=True, digits=(16, 6), help="How bad it is: the larger, the worse.")
    stake = fields.Float(
        "At Stake",
        readonly=True,
        digits=(16, 6),
        help="How much of it there is, in company currency: the value of the order, or what is given away in all. An "
        "approval covers no more than this and the figure judged.",
    )
    amount_at_stake = fields.Monetary(
        compute="_compute_amount_at_stake",
        compute_sudo=True,
        help="The value of the order, or what is given away in all: an approval covers no more than this.",
    )
    facts = fields.Json(readonly=True)
    fingerprint = fields.Char(readonly=True, required=True)
    state = fields.Selection(
        [("pending", "To approve"), ("approved", "Approved"), ("rejected", "Rejected"), ("void", "Void")],
        string="Status",
        required=True,
        default="pending",
        readonly=True,
        index=True,
        tracking=True,
    )
    is_current = fields.Boolean(
        "Current Round",
        default=True,
        readonly=True,
        help="Part of the current round, that is, since the last cancellation.",
    )
    confirm_requested = fields.Boolean(
        readonly=True, help="The order is confirmed automatically once nothing is left to approve."
    )
    requested_by = fields.Many2one("res.users", readonly=True, required=True, index=True, ondelete="restrict")
    requested_on = fields.Datetime(readonly=True, required=True)
    valid_until = fields.Date(readonly=True, help="Last day on which the order may be confirmed under this approval.")
    step_ids = fields.One2many("sale.order.review.step", "review_id", readonly=True, string="Steps")
    current_step_id = fields.Many2one("sale.order.review.step", compute="_compute_current_step_id")
    deciders = fields.Char("Waiting For", compute="_compute_deciders", compute_sudo=True)
    is_candidate = fields.Boolean(
        string="Is Eligible Approver", compute="_compute_is_candidate", search="_search_is_candidate"
    )
    can_decide = fields.Boolean(compute="_compute_can_decide", search="_search_can_decide")
    deadline = fields.Datetime(compute="_compute_current_step_id")

    @api.model
    def _get_kind_selection(self):
        """Return the kinds of the rules: other addons add theirs there."""
        return self.env["sale.review.rule"]._fields["kind"]._description_selection(self.env)

    @api.depends("order_id.amount_untaxed", "order_id.currency_id", "order_id.state", "order_id.date_order")
    def _compute_order_amount(self):
        for review in self:
            order = review.order_id
            review.order_amount = order._get_review_amount("untaxed") if order else 0.0

    @api.depends("stake", "kind", "key", "facts", *READERS)
    @api.depends_context("uid")
    def _compute_amount_at_stake(self):
        for review in self:
            review.amount_at_stake = 0 if review._is_closed_to(self.env.user) else review.stake

    @api.depends("step_ids.state", "step_ids.deadline")
    def _compute_current_step_id(self):
        for review in self:
            review.current_step_id = review.step_ids.filtered(lambda step: step.state == "pending")[:1]
            review.deadline = review.current_step_id.deadline

    @api.depends("current_step_id", "state")
    @api.depends_context("lang")
    def _compute_deciders(self):
        for review in self:
            review.deciders = review._get_deciders_label() if review.state == "pending" else False

    @api.depends("step_ids.candidate_ids")
    @api.depends_context("uid")
    def _compute_is_candidate(self):
        mine = self.env.user._get_review_candidates()
        for review in self:
            review.is_candidate = bool(review.sudo().step_ids.candidate_ids & mine)

    def _search_is_candidate(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("step_ids.candidate_ids", "in", self.env.user._get_review_candidates().ids)

    @api.depends("current_step_id", "state")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for review in self:
            step = review.state == "pending" and review.sudo().current_step_id
            review.can_decide = bool(step) and self.env.user in step._get_deciders()

    def _search_can_decide(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        user = self.env.user
        pending = Domain("state", "=", "pending") & Domain("candidate_ids", "in", user._get_review_candidates().ids)
        return (
            Domain("state", "=", "pending")
            & Domain("step_ids", "any", pending)
            & Domain("requested_by", "!=", user.id)
            & Domain("salesperson_id", "!=", user.id)
            & Domain("order_id.create_uid", "!=", user.id)
        )

    @api.depends("order_id.name", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._get_kind_selection())
        for review in self:
            review.display_name = f"{review.order_id.name}: {kinds.get(review.kind, review.kind)}"

    # === ACTION METHODS === #

    def action_approve(self, comment=None):
        """Approve the current step of these reviews as the user who calls.

        :param comment: optional remark, kept with the decision
        :return: True
        :raise AccessError: when it is not this user's turn
        :raise UserError: when a review is not pending
        """
        self._decide("approved", comment)
        return True

    def action_reject(self, comment=None):
        """Reject these reviews as the user who calls; the salesperson is told why.

        :param comment: the reason
        :return: True
        :raise AccessError: when it is not this user's turn
        :raise UserError: without a reason, or when a review is not pending
        """
        if not self._clean_comment(comment):
            raise UserError(self.env._("Reason: explain why you are rejecting this; the salesperson will see it."))
        self._decide("rejected", comment)
        return True

    def action_approve_mine(self):
        """Approve those of these reviews that wait for the user who calls, and say how many were left out.

        :return: a notification for the web client
        """
        mine = self.filtered("can_decide")
        mine.action_approve()
        return self._notify(
            self.env._(
                "%(approved)s approved, %(skipped)s skipped because they are not awaiting your decision.",
                approved=len(mine),
                skipped=len(self - mine),
            ),
            "success" if mine else "warning",
        )

    def action_open_order(self):
        """Open the order of this review."""
        self.ensure_one()
        return self.order_id._get_records_action()

    def action_open_reject_wizard(self):
        """Ask for the reason of a rejection."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject"),
            "res_model": "sale.order.review.decision",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_review_ids": self.ids},
        }

    # === BUSINESS METHODS: DECISIONS === #

    def _decide(self, state, comment):
        """Record one decision on each of these reviews and let its consequences follow."""
        # Who may not read a review learns nothing from the refusal either.
        self.check_access("read")
        user = self.env.user
        comment = self._clean_comment(comment) or False
        # Superuser: nobody may write decision records; the real user is checked against the current step.
        reviews = self.sudo()
        for review in reviews:
            review._check_pending(user)
            step = review.current_step_id
            step._decide(state, user, comment)
            review._close_activities(user, comment)
            review._log_decision(step)
        if state == "rejected":
            reviews._reject(comment)
        else:
            reviews._advance()
        reviews.order_id._follow_decisions()

    @api.model
    def _clean_comment(self, comment):
        """Return a remark as text, empty without one.

        :raise UserError: for what is no text
        """
        if comment and not isinstance(comment, str):
            raise UserError(self.env._("Remark: enter text."))
        return (comment or "").replace("\0", "").strip()

    def _check_pending(self, user):
        """Raise an error that says who must decide unless this review waits for ``user``."""
        self.ensure_one()
        if self.state != "pending":
            raise UserError(
                self.env._(
                    "The review of %(order)s (%(finding)s) is no longer awaiting a decision.",
                    order=self.order_id.name,
                    finding=self.message,
                )
            )
        if not self.current_step_id:
            raise AccessError(
                self.env._(
                    "The review of %(order)s cannot be decided on yet: it is waiting for %(deciders)s.",
                    order=self.order_id.name,
                    deciders=self._get_deciders_label(),
                )
            )
        self.current_step_id._check_may_decide(user)

    def _reject(self, comment):
        """Close these reviews as rejected and bring the reason to the salesperson."""
        self.write({"state": "rejected"})
        self.step_ids._close()
        for review in self:
            review._tell_rejection(comment)
        # The order has to change or be asked for again: nobody else needs to look at it as it is.
        self.order_id.order_review_ids.filtered(lambda review: review.state == "pending")._void()

    def _tell_rejection(self, comment):
        """Bring the reason of this rejection to the salesperson, in his language."""
        self.ensure_one()
        recipient = self.order_id.user_id or self.requested_by
        if not recipient.active or recipient.share:
            return
        review = self._for_reader(recipient)
        summary = review.env._("Review rejected: %s", comment.splitlines()[0][:100])
        subject = review.env._("%s: review rejected", review.order_id.name)
        body = Markup("<p>%s</p><p>%s</p>") % (review.message, comment)
        order = self.order_id
        order.activity_schedule("mail.mail_activity_data_todo", user_id=recipient.id, summary=summary, note=body)
        order.message_notify(
            partner_ids=recipient.partner_id.ids,
            subject=subject,
            body=body,
            author_id=self.env.user.partner_id.id,
        )

    def _advance(self):
        """Open the next step of each of these reviews, or approve what has none left."""
        for review in self:
            if review.state != "pending" or review.current_step_id:
                continue
            if review.step_ids.filtered(lambda step: step.state == "waiting"):
                review._open_next_step()
            else:
                review._approve()
        self._start(self.order_id)

    def _approve(self):
        """Close this review as approved and date its validity."""
        self.ensure_one()
        days = (self.rule_id | self.step_ids.rule_step_id.rule_id)._get_validity_days()
        today = self.order_id.company_id._get_today()
        self.write({"state": "approved", "valid_until": days and today + timedelta(days=days)})

    def _get_excluded_users(self):
        """Return who may not decide this review: who asked for it, who sells, and who wrote the order."""
        self.ensure_one()
        return self.requested_by | self.order_id.user_id | self.order_id.create_uid

    def _get_deciders_label(self):
        """Return whom this pending review waits for, in words."""
        self.ensure_one()
        if self.current_step_id:
            return self.current_step_id._get_deciders_label()
        earlier = self.order_id.order_review_ids.filtered(
            lambda review: review.state == "pending" and review.kind == self.kind and review.current_step_id
        )
        return ", ".join(step._get_deciders_label() for step in earlier.current_step_id)

    # === BUSINESS METHODS: MESSAGES === #

    def _log_on_order(self, body):
        """Stamp a note in the chatter of the order of this review, as the user who acts."""
        for review in self:
            review.order_id.message_post(body=body, author_id=self.env.user.partner_id.id)

    def _log_decision(self, step):
        """Stamp a decision in the chatter of the order."""
        labels = dict(step._fields["state"]._description_selection(self.env))
        # A step for one person is called after him.
        names = dict.fromkeys((step.decision, step.name))
        body = Markup("<strong>%s</strong> · %s<br/>%s") % (
            labels[step.state],
            " · ".join(names),
            self._get_open_sentence(),
        )
        if step.comment:
            body += Markup("<br/><em>%s</em>") % step.comment
        self._log_on_order(body)

    @api.model
    def _notify(self, message, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === CRON === #

    @api.model
    def _cron_escalate(self, batch_size=100):
        """Move on what was not decided in time, and follow delegations that begin or end today, in batches."""
        steps = self.env["sale.order.review.step"]
        domain = Domain("state", "=", "pending") & Domain("review_id.state", "=", "pending")
        domain &= Domain("deadline", "<", fields.Datetime.now())
        remaining = steps.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        while batch := steps.search(domain, limit=batch_size).try_lock_for_update():
            batch._escalate()
            remaining -= len(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=max(remaining, 0)):
                break
        self.env["sale.review.delegation"]._ask_delegates_of_today()
