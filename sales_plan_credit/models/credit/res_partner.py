from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate
from odoo.tools.misc import formatLang

from odoo.addons.sales_control.tools.ageing import get_bucket
from odoo.addons.sales_control.tools.protection import Protection

from ...tools.groups import ACCOUNTANT, CREDIT_READERS, INVOICING, MANAGER

_lt = LazyTranslate(__name__)
# Odoo shows its limit to accountants only; credit managers set it.
LIMIT_EDITORS = f"{INVOICING},{ACCOUNTANT},{MANAGER}"
DECISIONS = {
    **dict.fromkeys(
        ("credit_grade_id", "credit_unlimited", "credit_on_hold", "credit_hold_reason"),
        Protection(MANAGER, _lt("%(fields)s of a customer: only credit managers set this; ask one of them.")),
    ),
    "credit_limit": Protection(
        LIMIT_EDITORS, _lt("%(fields)s of a customer: only credit managers and accountants set this; ask one of them.")
    ),
}


class ResPartner(models.Model):
    """Grades, limits and holds of customers, and what screens show of their credit."""

    _inherit = "res.partner"

    credit_grade_id = fields.Many2one(
        "credit.grade",
        "Credit Grade",
        ondelete="restrict",
        company_dependent=True,
        check_company=True,
        tracking=True,
        groups=CREDIT_READERS,
    )
    credit_limit = fields.Float(groups=LIMIT_EDITORS)
    credit_unlimited = fields.Boolean(
        "Unlimited Credit",
        company_dependent=True,
        tracking=True,
        groups=CREDIT_READERS,
        help="Only holds and overdue receivables are checked.",
    )
    credit_on_hold = fields.Boolean(
        company_dependent=True,
        tracking=True,
        groups=CREDIT_READERS,
        help="Orders cannot be confirmed and goods cannot be shipped; receipts and returns are not affected.",
    )
    credit_hold_reason = fields.Char(company_dependent=True, tracking=True, groups=CREDIT_READERS)
    credit_adjustment_ids = fields.One2many("credit.limit.adjustment", "partner_id", groups=CREDIT_READERS)
    credit_bar = fields.Html(
        "Credit", compute="_compute_credit_bar", sanitize=False, groups=CREDIT_READERS, export_string_translation=False
    )
    credit_is_visible = fields.Boolean(
        compute="_compute_credit_is_visible",
        groups=CREDIT_READERS,
        help="Whether the user may see what this customer owes: this is so for the customer's salesperson and for users who can see all credit figures.",
    )
    is_credit_customer = fields.Boolean(
        "Credit Customer",
        compute="_compute_is_credit_customer",
        search="_search_is_credit_customer",
        groups=CREDIT_READERS,
        help="Has purchases, debts, a salesperson, class, grade or limit, and its figures are visible to the user; contacts of a company do not count.",
    )
    credit_adjustment_count = fields.Integer(compute="_compute_credit_adjustment_count", groups=CREDIT_READERS)
    credit_proposed_grade_id = fields.Many2one(
        "credit.grade",
        "Proposed Grade",
        compute="_compute_credit_proposal",
        groups=CREDIT_READERS,
        help="The best grade whose criteria are met by the payment behavior of the last 12 months.",
    )
    credit_proposal_reason = fields.Text(
        "Reason for Proposal", compute="_compute_credit_proposal", groups=CREDIT_READERS
    )
    credit_has_proposal = fields.Boolean(
        "Different Grade Proposed",
        compute="_compute_credit_proposal",
        search="_search_credit_has_proposal",
        groups=CREDIT_READERS,
    )

    @api.depends("credit_unlimited", "credit_on_hold", "credit_hold_reason", "credit_grade_id")
    @api.depends_context("company", "uid", "lang")
    def _compute_credit_bar(self):
        company = self.env.company
        self.credit_bar = False
        visible = self._filter_credit_visible()
        positions = visible.commercial_partner_id._get_credit_positions(company)
        for partner in visible:
            position = positions.get(partner.commercial_partner_id._origin)
            if position and (position.limit is not None or position.exposure or position.on_hold):
                values = {"panel": partner._prepare_credit_panel(position, company)}
                partner.credit_bar = self.env["ir.qweb"]._render("sales_plan_credit.credit_bar", values)

    @api.depends_context("uid")
    def _compute_credit_is_visible(self):
        visible = self._filter_credit_visible()
        for partner in self:
            partner.credit_is_visible = partner in visible

    @api.depends_context("company", "uid")
    def _compute_is_credit_customer(self):
        customers = self.search([("id", "in", self.ids), ("is_credit_customer", "=", True)])
        for partner in self:
            partner.is_credit_customer = partner._origin in customers

    def _compute_credit_adjustment_count(self):
        counts = dict(
            self.env["credit.limit.adjustment"]._read_group(
                [("partner_id", "in", self.ids), ("company_id", "=", self.env.company.id)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.credit_adjustment_count = counts.get(partner._origin, 0)

    @api.model
    def _search_is_credit_customer(self, operator, value):
        """Return the domain of those whose credit is worth a line in the user's list: a salesperson's own."""
        if operator != "in":
            return NotImplemented
        # Superuser: Odoo shows its limit to accountants only; that there is one makes a customer for everybody.
        own_limits = self.sudo()._search([("credit_limit", "!=", self.env.company._get_default_credit_limit())])
        commercial = Domain("is_company", "=", True) | Domain("parent_id", "=", False)
        traits = [
            [("customer_rank", ">", 0)],
            [("user_id", "!=", False)],
            [("customer_class_id", "!=", False)],
            [("sale_order_ids", "!=", False)],
            [("credit_grade_id", "!=", False)],
            [("credit_on_hold", "=", True)],
            [("credit_exposure", ">", 0)],
            [("id", "in", own_limits)],
        ]
        return self._restrict_to_credit_visible(commercial & Domain.OR(traits))

    @api.depends("credit_grade_id")
    @api.depends_context("company", "uid", "lang")
    def _compute_credit_proposal(self):
        visible = self._filter_credit_visible()
        payers = visible.commercial_partner_id._origin
        proposals = self.env["credit.grade"]._propose_grades(self.env.company, payers) if payers else {}
        for partner in self:
            payer = partner.commercial_partner_id._origin
            grade, reason = (partner in visible and proposals.get(payer)) or (self.env["credit.grade"], False)
            partner.credit_proposed_grade_id = grade
            partner.credit_proposal_reason = reason
            # Of the company only, not of its contacts: grades are given to payers.
            partner.credit_has_proposal = bool(grade) and partner._origin == payer and payer._differs_from(grade)

    @api.model
    def _search_credit_has_proposal(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Superuser: proposals need figures of all; the domain leaves those of the user's own customers.
        proposals = self.env["credit.grade"].sudo()._propose_grades(self.env.company)
        found = [partner.id for partner, (grade, _reason) in proposals.items() if partner._differs_from(grade)]
        return self._restrict_to_credit_visible(Domain("id", "in", found))

    # === CONSTRAINTS === #

    @api.constrains("credit_limit")
    def _check_credit_limit(self):
        # Superuser: a salesperson who edits a contact does not read its limit.
        if any(partner.credit_limit < 0 for partner in self.sudo()):
            raise ValidationError(
                self.env._("Credit limit of a customer: enter a positive amount; 0 means it has none of its own.")
            )

    # === ACCESS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **DECISIONS}

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["credit.grade"]._noting_first_use({name for vals in vals_list for name in vals}):
            partners = super().create(vals_list)
        # Superuser: whoever creates customers may not read holds.
        partners.sudo().filtered("credit_on_hold")._name_hold()
        return partners

    def write(self, vals):
        holds = self._get_holds() if vals.keys() & {"credit_on_hold", "credit_hold_reason"} else {}
        with self.env["credit.grade"]._noting_first_use(vals.keys()):
            result = super().write(vals)
        self._rename_holds(holds)
        if vals.keys() & DECISIONS.keys():
            self.env["sale.order"]._queue_credit_recheck(self.commercial_partner_id)
        return result

    # === ACTION METHODS === #

    def action_view_credit_exposure(self):
        """Return the action that lists the documents behind the exposure of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_plan_credit.credit_exposure_report_action")
        customer = self.commercial_partner_id
        return dict(
            action,
            display_name=self.env._("Credit Exposure of %s", customer.display_name),
            domain=[("partner_id", "=", customer.id), ("company_id", "=", self.env.company.id)],
            context={"search_default_group_component": 1},
        )

    def action_view_credit_adjustments(self):
        """Return the action that shows the limit adjustments of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_plan_credit.credit_limit_adjustment_action")
        customer = self.commercial_partner_id
        return dict(
            action,
            domain=[("partner_id", "=", customer.id)],
            context={"default_partner_id": customer.id},
        )

    def action_apply_proposed_grade(self):
        """Give these customers the proposed grade where another one is proposed, and log why in their chatter.

        :raise AccessError: unless the user is a credit manager
        """
        if not self._may_set(DECISIONS["credit_grade_id"]):
            raise AccessError(self.env._("Proposed grades: only credit managers can apply them; ask one of them."))
        customers = self.commercial_partner_id.filtered("credit_has_proposal")
        # Read before the first write, which makes the proposals compute anew.
        reasons = {customer.id: customer.credit_proposal_reason for customer in customers}
        for grade, graded in customers.grouped("credit_proposed_grade_id").items():
            graded.credit_grade_id = grade
        customers._message_log_batch(bodies=reasons)
        return True

    # === BUSINESS METHODS === #

    def _differs_from(self, grade):
        """Tell whether a proposed grade (empty: none) is another than the one that counts in the user's company."""
        self.ensure_one()
        return bool(grade) and grade != (self.credit_grade_id or self.env.company.sudo().credit_default_grade_id)

    # === BUSINESS METHODS: PANEL === #

    def _prepare_credit_panel(self, position, company, added=None):
        """Return what the panel of this payer shows, for the template ``credit_bar``.

        :param position: `CreditPosition`, without the document that is looked at
        :param added: what that document adds, in company currency; None: no document
        :return: dict; amounts in the currency of ``company``, widths of the bar in percent
        """
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(company)
        parts = self._get_credit_parts(position, added)
        scale = max(position.limit or 0.0, sum(max(0.0, amount) for _name, _label, amount in parts)) or 1.0
        available = None if position.limit is None else -position.get_excess(added or 0.0)
        return {
            "currency": company.currency_id,
            "position": position,
            "added": added,
            "available": available,
            "is_over": available is not None and company.currency_id.compare_amounts(available, 0) < 0,
            "parts": [(name, label, amount, max(0.0, amount) / scale * 100) for name, label, amount in parts],
            "limit_mark": (position.limit or 0.0) / scale * 100,
            "hold_reason": position.on_hold and (customer.credit_hold_reason or self.env._("no reason given")),
        }

    def _get_credit_parts(self, position, added=None):
        """Return the components of an exposure that are not zero: (name, label, amount in company currency)."""
        parts = [
            ("receivable", self.env._("Receivable"), position.receivable),
            ("uninvoiced", self.env._("Delivered, not invoiced"), position.uninvoiced),
            ("undelivered", self.env._("Open orders"), 0.0 if position.real_only else position.undelivered),
            ("draft", self.env._("Draft invoices"), position.draft_invoiced),
            ("added", self.env._("This document"), added or 0.0),
        ]
        return [part for part in parts if part[2]]

    def _get_credit_line(self, position, company, added=None):
        """Return the credit of this payer in one line of text; parameters as of `_prepare_credit_panel`."""
        self.ensure_one()
        panel = self._prepare_credit_panel(position, company, added)
        return " · ".join([self.commercial_partner_id.display_name, *self._get_credit_texts(panel)])

    def _get_credit_texts(self, panel):
        """Return the figures of a panel as short texts."""
        position, currency = panel["position"], panel["currency"]
        texts = []
        if panel["hold_reason"]:
            texts.append(self.env._("on hold: %s", panel["hold_reason"]))
        if position.limit is not None:
            texts.append(self.env._("limit %s", self._format_credit(position.limit, currency)))
        texts.append(self.env._("used %s", self._format_credit(position.exposure, currency)))
        if panel["added"] is not None:
            texts.append(self.env._("this document %s", self._format_credit(panel["added"], currency)))
        if panel["is_over"]:
            texts.append(self.env._("over the limit by %s", self._format_credit(-panel["available"], currency)))
        elif panel["available"] is not None:
            texts.append(self.env._("available %s", self._format_credit(panel["available"], currency)))
        if position.overdue:
            overdue = self._format_credit(position.overdue, currency)
            texts.append(
                self.env._(
                    "overdue %(amount)s, the oldest by %(days)s days", amount=overdue, days=position.overdue_days
                )
            )
        return texts

    def _get_credit_warning(self, position, company, added):
        """Return what a banner says when ``added`` (company currency) passes the limit of this payer, else ''."""
        self.ensure_one()
        currency = company.currency_id
        excess = position.get_excess(added)
        if currency.compare_amounts(excess, 0) <= 0 or currency.compare_amounts(added, 0) <= 0:
            return ""
        components = ", ".join(
            f"{label} {self._format_credit(amount, currency)}"
            for _name, label, amount in self._get_credit_parts(position, added)
        )
        return self.env._(
            "%(customer)s exceeds the credit limit of %(limit)s by %(excess)s: %(components)s",
            customer=self.commercial_partner_id.display_name,
            limit=self._format_credit(position.limit, currency),
            excess=self._format_credit(excess, currency),
            components=components,
        )

    def _format_credit(self, amount, currency):
        """Return an amount for people; never a negative zero."""
        return formatLang(self.env, amount or 0.0, currency_obj=currency)

    # === BUSINESS METHODS: PRINTED SHEET === #

    def _get_credit_sheet(self):
        """Return the figures of the credit sheet, all in the currency of the user's company.

        :return: dict with ``customer``, ``rows`` (of `credit.exposure.report` by component), ``is_foreign`` (whether any
            is in another currency), ``ageing`` (pairs of label and amount), ``credits`` and ``adjustments``
        :raise AccessError: unless the user sees the figures of this customer
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        if not customer._filter_credit_visible():
            raise AccessError(
                self.env._("Credit sheet of %s: you can only see those of your own customers.", customer.display_name)
            )
        rows = self.env["credit.exposure.report"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", self.env.company.id)]
        )
        receivables = rows.filtered(lambda row: row.component == "receivable")
        today = self.env.company._get_today()
        return {
            "customer": customer,
            "rows": rows.grouped("component"),
            "is_foreign": rows.currency_id != self.env.company.currency_id,
            "ageing": self._get_ageing(receivables.filtered(lambda row: row.amount > 0)),
            "credits": sum(row.amount for row in receivables if row.amount < 0),
            "adjustments": customer.credit_adjustment_ids.filtered(
                lambda adjustment: adjustment.state == "granted"
                and adjustment.company_id == self.env.company
                and adjustment.date_start <= today
                and (not adjustment.date_end or adjustment.date_end >= today)
            ),
        }

    def _get_ageing(self, rows):
        """Return pairs of label and amount, by the buckets of the user's company."""
        company = self.env.company
        bounds, labels = company._get_ageing_bounds(), company._get_ageing_labels()
        amounts = dict.fromkeys(labels, 0.0)
        for row in rows:
            amounts[get_bucket(row.days_overdue, bounds)] += row.amount
        return [(label, amounts[key]) for key, label in labels.items()]
