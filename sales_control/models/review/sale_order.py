from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools.groups import SALESPEOPLE
from ...tools.protection import DERIVED
from ..contract.sale_order import CONTRACT

# Follow from lines, contract and reviews: whoever writes them by RPC would choose what the review sees.
FIGURES = dict.fromkeys(("amount_untaxed", "amount_tax", "amount_total", "contract_mismatch", "review_count"), DERIVED)


class SaleOrder(models.Model):
    """The review on an order: its state, the roads that ask for it, and what the form and the customer's portal show.

    What is found, and which of it is covered, is in `sale_order_findings`; requests, holds and what releases them are
    in `sale_order_hold`.
    """

    _name = "sale.order"
    _inherit = ["sale.order", "protected.fields.mixin"]

    # Customers read their orders, on the portal: nothing of the review is theirs.
    order_review_ids = fields.One2many(
        "sale.order.review", "order_id", string="Reviews", readonly=True, copy=False, groups="base.group_user"
    )
    review_step_ids = fields.Many2many(
        "sale.order.review.step",
        string="Review Decisions",
        compute="_compute_review_step_ids",
        groups="base.group_user",
    )
    review_count = fields.Integer(
        compute="_compute_review_count", store=True, copy=False, compute_sudo=True, groups="base.group_user"
    )
    review_state = fields.Selection(
        [
            ("clear", "No Review Needed"),
            ("pending", "Under review"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
        ],
        "Review",
        default="clear",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        groups="base.group_user",
    )
    on_hold = fields.Boolean(
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="A confirmed order with a finding that no approval covers: its deliveries and invoicing are blocked.",
    )
    confirmed_on = fields.Date(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Day of confirmation: from then on its exchange rates apply, whatever the order date says.",
    )
    can_decide_review = fields.Boolean(compute="_compute_can_decide_review", groups="base.group_user")
    can_request_review = fields.Boolean(compute="_compute_review_panel", groups="base.group_user")
    review_banner = fields.Html(compute="_compute_review_panel", sanitize=False, groups="base.group_user")

    @api.depends("order_review_ids")
    def _compute_review_count(self):
        for order in self:
            order.review_count = len(order.order_review_ids)

    @api.depends("order_review_ids.step_ids")
    def _compute_review_step_ids(self):
        for order in self:
            order.review_step_ids = order.order_review_ids.step_ids

    @api.depends("order_review_ids.can_decide")
    @api.depends_context("uid")
    def _compute_can_decide_review(self):
        for order in self:
            order.can_decide_review = any(order.sudo().order_review_ids.mapped("can_decide"))

    @api.depends(lambda self: self._get_banner_dependencies())
    @api.depends_context("uid", "lang")
    def _compute_review_panel(self):
        # Order by order: as if each were confirmed alone, not one on top of the other.
        for order in self:
            found = order._get_review_findings("confirm")
            uncovered = order._filter_uncovered(found, "confirm")
            order.can_request_review = order._can_request_review(uncovered)
            values = order._prepare_banner_values(found[order], uncovered[order])
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

    def _compute_gift_card_count(self):
        """Count gift cards for everybody who reads the order, where sale_loyalty is installed.

        Auditors read orders but no gift cards, and the form of an order would fail for them; the number alone says
        nothing. The field is of sale_loyalty: without it, nobody calls this.
        """
        return super(SaleOrder, self.sudo())._compute_gift_card_count()

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
                    "%s has review decisions on record and cannot be deleted; keep it as cancelled instead.",
                    ", ".join(decided.mapped("name")),
                )
            )

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **FIGURES, **CONTRACT}

    @api.model_create_multi
    def create(self, vals_list):
        # Explicit values: no default of the caller's context decides about a review.
        results = {"review_state": "clear", "on_hold": False}
        # The state that the context or the user's own defaults bring confirms as much as a given one.
        state = self.default_get(["state"]).get("state")
        return super().create(
            [vals | results | self._prepare_confirmation_day({"state": state} | vals) for vals in vals_list]
        )

    def write(self, vals):
        self._check_review_fields(vals)
        state = vals.get("state")
        if state == "cancel":
            self._close_review_round()
        watched = self if vals.keys() & self._get_review_watched_fields() else self.browse()
        with watched._judge_edit():
            if not state:
                return super().write(vals)
            for day, orders in self.grouped(lambda order: order._get_confirmation_day(state)).items():
                super(SaleOrder, orders).write(vals | {"confirmed_on": day})
            return True

    def _get_confirmation_day(self, state):
        """Return the day of confirmation of this order once it gets ``state``: the one that it has, else today."""
        self.ensure_one()
        if state != "sale":
            return False
        return self.confirmed_on if self.state == "sale" else self.company_id._get_today()

    @api.model
    def _prepare_confirmation_day(self, vals):
        """Return the value that keeps the day of confirmation of a new order."""
        company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
        return {"confirmed_on": vals.get("state") == "sale" and company._get_today()}

    def unlink(self):
        # Before the database cascades, which would leave the to-dos of the reviewers behind.
        self.check_access("unlink")
        self._unlink_except_reviewed()
        # Superuser: nobody deletes decision records; these go with their order, undecided.
        self.sudo().order_review_ids.unlink()
        return super().unlink()

    def _check_review_fields(self, vals):
        """Raise unless the results of the review in ``vals`` are written by the review itself."""
        if not self.env.su and (written := vals.keys() & {"review_state", "on_hold", "review_count", "confirmed_on"}):
            raise AccessError(
                self.env._(
                    "%s is the result of the review and cannot be edited; request a review instead.",
                    ", ".join(sorted(written)),
                )
            )

    def _get_review_watched_fields(self):
        """Return the names of the order's fields whose change is judged again."""
        names = {
            "partner_id",
            "partner_invoice_id",
            "partner_shipping_id",
            "company_id",
            "currency_id",
            "payment_term_id",
            "fiscal_position_id",
            "pricelist_id",
            "order_line",
            "department_id",
            "team_id",
            "user_id",
            "date_order",
        }
        names |= {name for name in self._fields if name.startswith("contract_")} | {"special_reason"}
        for company in self.company_id:
            names |= self.env["sale.review.rule"]._get_domain_field_names(company)
        return names

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
        self._check_may_request()
        uncovered = self._get_uncovered_findings("confirm")
        # Superuser: the salesperson asks about deliveries and invoices that he may not read.
        later = self.sudo()._get_later_findings(uncovered)
        if not any(uncovered.values()) and not any(later.values()):
            raise UserError(self.env._("Nothing in %s needs a review.", ", ".join(self.mapped("name"))))
        self._check_not_blocked(uncovered)
        self._sync_reviews(request=True, uncovered=uncovered, later=later)
        return True

    def _can_request_review(self, uncovered):
        """Tell whether there is something in this order to ask a decision about that nobody has been asked for.

        :param dict uncovered: order -> findings at confirmation
        """
        self.ensure_one()
        if not self._origin or self.state == "cancel" or self.review_state == "pending":
            return False
        # Superuser: as where it is asked for.
        later = self.sudo()._get_later_findings(uncovered)
        return any(finding.severity == "review" for finding in uncovered[self] + later[self])

    def _check_may_request(self):
        """Raise unless the user sells: the warehouse and accounting write orders too, but ask for no decisions."""
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group(SALESPEOPLE)):
            raise AccessError(
                self.env._(
                    "The review of %s is for its salesperson to request; ask him.", ", ".join(self.mapped("name"))
                )
            )

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

    # === BUSINESS METHODS: BANNER === #

    def _prepare_banner_values(self, found, uncovered):
        """Return what the banner on the order shows, None when there is nothing to say.

        :param list found: every `Finding` at confirmation
        :param list uncovered: those that no approval covers
        """
        self.ensure_one()
        current = self.sudo().order_review_ids.filtered(lambda r: r.is_current and r.state in ("pending", "rejected"))
        # Findings that a review is already about are shown by that review.
        asked = {(review.kind, review.key) for review in current}
        findings = []
        if self.state != "cancel":
            findings = [f for f in uncovered if f.identity not in asked]
            findings += [f for f in found if f.severity == "warn"]
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
                [self._get_asked_labels(step._get_candidate_groups(order)) for step in steps]
                for steps in (missing, above)
            )
            # A step that nobody may decide is skipped; where that is all of them, the next above is asked.
            labels = [*filter(None, asked)] or [*filter(None, spare)][:1]
        else:
            labels = [self._get_asked_labels([order.company_id._get_default_reviewers()])]
        return " → ".join(filter(None, labels)) or self.env["sale.order.review.step"]._get_nobody_label()

    def _get_asked_labels(self, groups):
        """Return the names of those whom a request of this user reaches, with their delegates, step by step.

        :param groups: list of `res.users`: the candidates of each step
        """
        self.ensure_one()
        order = self.sudo()
        step = self.env["sale.order.review.step"].sudo()
        excluded = self._get_review_requester() | order.user_id | order.create_uid
        labels = []
        for candidates in groups:
            if step._has_present_decider(candidates, excluded, self.company_id):
                deciders = step._resolve_deciders(candidates, excluded, self.company_id)
                names = (step._get_author_label(user, principal) for user, principal in deciders.items())
                labels.append(", ".join(names))
        return " → ".join(labels)
