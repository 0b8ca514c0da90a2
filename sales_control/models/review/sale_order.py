from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools.protected import without

# Follow from the lines: whoever writes them by RPC would choose what the review sees.
AMOUNT_FIELDS = {"amount_untaxed", "amount_tax", "amount_total"}


class SaleOrder(models.Model):
    """Order review: request, guard, hold."""

    _inherit = "sale.order"

    order_review_ids = fields.One2many("sale.order.review", "order_id", string="Reviews", readonly=True, copy=False)
    review_count = fields.Integer(compute="_compute_review_count", store=True, copy=False, compute_sudo=True)
    review_state = fields.Selection(
        [("clear", "Clear"), ("pending", "Under review"), ("approved", "Approved"), ("rejected", "Rejected")],
        "Review",
        default="clear",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    on_hold = fields.Boolean(
        readonly=True,
        copy=False,
        tracking=True,
        help="A confirmed order with a finding that no approval covers: its deliveries and invoices wait.",
    )
    confirmed_on = fields.Date(
        readonly=True,
        copy=False,
        help="Day of confirmation: its exchange rates count from then on, whatever is written into the order date.",
    )
    can_decide_review = fields.Boolean(compute="_compute_can_decide_review")
    review_banner = fields.Html(compute="_compute_review_banner", sanitize=False, groups="base.group_user")

    @api.depends("order_review_ids")
    def _compute_review_count(self):
        for order in self:
            order.review_count = len(order.order_review_ids)

    @api.depends(lambda self: self._get_banner_dependencies())
    @api.depends_context("uid", "lang")
    def _compute_review_banner(self):
        for order in self:
            values = order._prepare_banner_values()
            order.review_banner = values and self.env["ir.qweb"]._render("sales_control.review_banner", values)

    @api.model
    def _get_banner_dependencies(self):
        """Return the fields whose change on the form changes what the banner says."""
        return [
            "amount_total",
            "state",
            "review_state",
            "on_hold",
            "partner_id",
            "payment_term_id",
            "department_id",
            "team_id",
            "contract_kind",
            "contract_mismatch",
            "order_review_ids.state",
        ]

    @api.depends("order_review_ids.can_decide")
    @api.depends_context("uid")
    def _compute_can_decide_review(self):
        for order in self:
            order.can_decide_review = any(order.sudo().order_review_ids.mapped("can_decide"))

    # === CONSTRAINTS === #

    @api.constrains("state")
    def _check_review(self):
        """Refuse the state of a confirmed order to whatever is not covered: every road ends here."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        uncovered = confirmed._get_uncovered_findings("confirm")
        if any(uncovered.values()):
            raise ValidationError(self._get_refusal_message(uncovered))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reviewed(self):
        decided = self.sudo().order_review_ids.step_ids.filtered("decided_by").order_id
        if decided:
            raise UserError(
                self.env._(
                    "%s carries decisions of reviewers and cannot be deleted; leave it cancelled instead.",
                    ", ".join(decided.mapped("name")),
                )
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        # Explicit values: no default of the caller's context decides about a review.
        results = {"review_state": "clear", "on_hold": False}
        # The state that the context or the user's own defaults bring confirms as much as a given one.
        state = self.default_get(["state"]).get("state")
        return super().create(
            [
                without(vals, AMOUNT_FIELDS) | results | self._prepare_confirmation_day(vals.get("state") or state)
                for vals in vals_list
            ]
        )

    def write(self, vals):
        self._check_review_fields(vals)
        vals = without(vals, AMOUNT_FIELDS) | self._prepare_confirmation_day(vals.get("state"))
        if vals.get("state") == "cancel":
            self._close_review_round()
        watched = self if vals.keys() & self._get_review_watched_fields() else self.browse()
        with watched._judge_edit():
            return super().write(vals)

    @api.model
    def _prepare_confirmation_day(self, state):
        """Return the value that keeps the day of confirmation of an order that gets ``state``."""
        return {"confirmed_on": fields.Date.today() if state == "sale" else False} if state else {}

    def _check_review_fields(self, vals):
        """Raise unless the results of the review in ``vals`` are written by the review itself."""
        if not self.env.su and (written := vals.keys() & {"review_state", "on_hold", "review_count", "confirmed_on"}):
            raise AccessError(
                self.env._(
                    "%s is the result of the review and cannot be written; request a review instead.",
                    ", ".join(sorted(written)),
                )
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Confirm what needs no decision; open reviews for the rest, which stays a quotation that says so.

        :return: what core returns, True when nothing could be confirmed
        :raise UserError: when a finding blocks, with every figure
        """
        held = self._hold_for_review()
        if held and held == self:
            return True
        return super(SaleOrder, self - held).action_confirm()

    def action_request_review(self):
        """Ask for the review of these orders without confirming them; of confirmed ones, of their deliveries and
        invoices to come too.

        :return: True
        :raise UserError: when there is nothing to review or a finding blocks
        """
        self.check_access("write")
        uncovered = self._get_uncovered_findings("confirm")
        # Superuser: the salesperson asks about deliveries and invoices that he may not read.
        later = self.sudo()._get_later_findings(uncovered)
        if not any(uncovered.values()) and not any(later.values()):
            raise UserError(self.env._("Nothing in %s needs a review.", ", ".join(self.mapped("name"))))
        self._check_not_blocked(uncovered)
        self._sync_reviews(request=True, uncovered=uncovered, later=later)
        return True

    def action_view_reviews(self):
        """Open the reviews of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_control.sale_order_review_action_all")
        return dict(action, domain=[("order_id", "=", self.id)], context={"create": False})

    def action_approve_review(self):
        """Approve what waits for the user in this order."""
        self.order_review_ids.filtered("can_decide").action_approve()
        return True

    def action_reject_review(self):
        """Ask for the reason and reject what waits for the user in this order."""
        return self.order_review_ids.filtered("can_decide").action_open_reject_wizard()

    # === BUSINESS METHODS: GUARD === #

    def _get_refusal_message(self, uncovered):
        """Return why orders are refused: each with its findings and figures, and what to do next.

        :param dict uncovered: order -> list of `Finding`
        """
        nameless = self.env._("New order")
        lines = [
            f"{order.name or nameless}: {finding.message}"
            for order, findings in uncovered.items()
            for finding in findings
        ]
        findings = [finding for found in uncovered.values() for finding in found]
        if any(finding.severity == "block" for finding in findings):
            lines.append(self.env._("This cannot be confirmed as it is: change the order."))
        else:
            lines.append(
                self.env._(
                    "This needs a decision first: press Confirm or Request Review on the quotation."
                    " If nothing is found there, update its promotions and prices: confirming changes them."
                )
            )
        return "\n".join(lines)

    def _check_not_blocked(self, uncovered):
        """Raise one error with every figure when a finding blocks."""
        blocking = {order: [f for f in found if f.severity == "block"] for order, found in uncovered.items()}
        if any(blocking.values()):
            raise UserError(self._get_refusal_message(blocking))

    def _hold_for_review(self):
        """Open the reviews of those quotations that need one, confirmation asked for.

        :return: the orders that wait now and must not be confirmed
        """
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        uncovered = quotations._get_uncovered_findings("confirm")
        self._check_not_blocked(uncovered)
        held = self.browse().concat(*(order for order, findings in uncovered.items() if findings))
        (quotations - held)._end_needless_reviews()
        if held:
            held.check_access("write")
            for order in held:
                if message := order._confirmation_error_message():
                    raise UserError(message)
            found = {order: uncovered[order] for order in held}
            held._sync_reviews(request=True, confirm=True, uncovered=found)
            self._tell_what_waits(held)
        return held

    def _end_needless_reviews(self):
        """Void what waits for a decision about these quotations, in which nothing needs one any more."""
        # Superuser: a payment or a changed limit has settled it, whoever confirms.
        if waiting := self.sudo().filtered(lambda order: order.review_state == "pending"):
            waiting._sync_reviews(uncovered={order: [] for order in waiting})

    def _tell_what_waits(self, held):
        """Tell the user which of several orders confirm and which wait for a decision."""
        if len(self) > 1:
            message = self.env._(
                "%(confirmed)s of %(total)s confirmed. Under review: %(names)s",
                confirmed=len(self - held),
                total=len(self),
                names=", ".join(held.mapped("name")),
            )
            self.env.user._bus_send("simple_notification", {"type": "warning", "message": message})

    def _get_stopped(self, stage, advances=()):
        """Return those of these orders that may not ship or bill, as superuser.

        :param str stage: ``deliver`` or ``invoice``
        :param advances: quotations that are billed nothing but a down payment: what ends once they are paid does not
            stop that
        :return: dict, order -> list of reasons
        """
        reasons = {}
        # Superuser: warehouse and accounting are stopped by orders and approvals they may not read.
        orders = self.sudo()
        stages = {order: stage if order.state == "sale" else "confirm" for order in orders}
        for name in set(stages.values()):
            judged = orders.filtered(lambda order, name=name: stages[order] == name)
            for order, findings in judged._get_uncovered_findings(name).items():
                reasons[order] = [
                    finding.message
                    for finding in findings
                    if order not in advances or not order._is_settled_by_payment(finding)
                ]
        for order in orders.filtered("on_hold"):
            open_reviews = order.order_review_ids.filtered(
                lambda r: r.is_current and r.state in ("pending", "rejected")
            )
            reasons[order] += open_reviews.mapped("message") or [self.env._("on hold")]
        return {order: messages for order, messages in reasons.items() if messages}

    def _check_not_stopped(self, stage, advances=()):
        """Raise an error that says why unless all these orders may ship or bill.

        :param str stage: ``deliver`` or ``invoice``
        :param advances: see `_get_stopped`
        :raise UserError: with every order, its findings and whom it waits for
        """
        if stopped := self._get_stopped(stage, advances):
            lines = [
                self.env._(
                    "%(order)s waits for a decision: %(reasons)s (%(deciders)s)",
                    order=order.name,
                    reasons="; ".join(messages),
                    deciders=order._get_deciders_label(),
                )
                for order, messages in stopped.items()
            ]
            raise UserError("\n".join(lines))

    def _get_deciders_label(self):
        """Return whom this order waits for, in words."""
        self.ensure_one()
        pending = self.sudo().order_review_ids.filtered(lambda review: review.state == "pending")
        names = dict.fromkeys(review.deciders for review in pending if review.deciders)
        return ", ".join(names) or self.env._("somebody to request a review")

    def _prepare_banner_values(self):
        """Return what the banner on the order shows, None when there is nothing to say."""
        self.ensure_one()
        current = self.sudo().order_review_ids.filtered(lambda r: r.is_current and r.state in ("pending", "rejected"))
        # Findings that a review is already about are shown by that review.
        asked = {(review.kind, review.key) for review in current}
        findings = []
        if self.state != "cancel":
            findings = [f for f in self._get_uncovered_findings("confirm")[self] if f.identity not in asked]
            findings += [f for f in self._get_review_findings("confirm")[self] if f.severity == "warn"]
        if not (current or findings):
            return None
        return {
            "order": self,
            "reviews": current,
            "findings": [(finding, self._get_future_deciders(finding)) for finding in findings],
        }

    def _get_future_deciders(self, finding):
        """Return who would be asked about ``finding`` if this user requested its review, step by step, in words."""
        self.ensure_one()
        if finding.severity != "review":
            return ""
        order = self.sudo()
        approvals = self._get_review_approvals([self], "confirm")[self]
        missing = approvals._get_missing_steps(finding)
        if missing:
            above = finding.rule.step_ids.filtered(lambda step: step.sequence > missing[-1].sequence)
            asked, spare = (
                [label for step in steps if (label := self._get_asked_label(step._get_candidates(order)))]
                for steps in (missing, above)
            )
            # A step that nobody may decide is skipped; where that is all of them, the next above is asked.
            labels = asked or spare[:1]
        else:
            labels = [self._get_asked_label(order.company_id._get_default_reviewers())]
        return " → ".join(filter(None, labels)) or self.env["sale.order.review.step"]._get_nobody_label()

    def _get_asked_label(self, candidates):
        """Return the names of those of ``candidates``, and of their delegates, whom a request of this user reaches."""
        self.ensure_one()
        order = self.sudo()
        step = self.env["sale.order.review.step"].sudo()
        deciders = step._resolve_deciders(
            candidates, self._get_review_requester() | order.user_id | order.create_uid, self.company_id
        )
        return ", ".join(step._get_author_label(user, principal) for user, principal in deciders.items())
