from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sales_control.tools.ageing import get_overdue
from odoo.addons.sales_control.tools.judgement import Judgement

from ...tools.credit import CreditPosition
from ...tools.groups import ALL_CREDIT_READERS, CREDIT_READERS
from ...tools.payment_behaviour import PaymentBehaviour

FIGURES = {
    "credit_receivable": "receivable",
    "credit_uninvoiced": "uninvoiced",
    "credit_undelivered": "undelivered",
    "credit_draft_invoiced": "draft_invoiced",
    "credit_exposure": "exposure",
    "credit_available": "available",
    "credit_past_due": "past_due",
    "credit_not_due": "not_due",
    "credit_open_credits": "credits",
    "credit_overdue_amount": "overdue_amount",
    "credit_overdue_days": "late_days",
    "effective_credit_limit": "effective_limit",
}
# All figures are in one currency: that of the user's company.
AGGREGATES = {
    "sum": SQL("SUM"),
    "sum_currency": SQL("SUM"),
    "avg": SQL("AVG"),
    "max": SQL("MAX"),
    "min": SQL("MIN"),
}
OPERATORS = {name: SQL(name) for name in ("<", "<=", ">", ">=", "in")}
STAGES = {"confirm": "confirm_policy", "deliver": "deliver_policy", "invoice": "invoice_policy"}
# Without a grade: what exceeds a limit of its own is shown, as Odoo does, and nothing is stopped.
UNGRADED = {"confirm": "warn", "deliver": "none", "invoice": "none"}


def search_figure(name):
    """Return the search function of a credit figure of customers."""
    return lambda self, operator, value: self._search_credit_figure(name, operator, value)


class ResPartner(models.Model):
    """What customers owe, may owe and how they pay: figures in the company of the user, searched, sorted, summed up."""

    _name = "res.partner"
    _inherit = "res.partner"

    credit_currency_id = fields.Many2one("res.currency", compute="_compute_credit_currency_id")
    credit_receivable = fields.Monetary(
        "Receivable",
        compute="_compute_credit_position",
        search=search_figure("credit_receivable"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Open items on receivable accounts; open credits are negative.",
    )
    credit_uninvoiced = fields.Monetary(
        "Delivered, Not Invoiced",
        compute="_compute_credit_position",
        search=search_figure("credit_uninvoiced"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Taxes included, at today's exchange rate; includes opening deliveries.",
    )
    credit_undelivered = fields.Monetary(
        "Open Orders",
        compute="_compute_credit_position",
        search=search_figure("credit_undelivered"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Ordered and neither delivered nor invoiced, taxes included.",
    )
    credit_draft_invoiced = fields.Monetary(
        "Draft Invoices",
        compute="_compute_credit_position",
        search=search_figure("credit_draft_invoiced"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Draft invoices without an order; counted only if enabled in the settings.",
    )
    credit_exposure = fields.Monetary(
        "Credit Exposure",
        compute="_compute_credit_position",
        search=search_figure("credit_exposure"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="What counts against the limit.",
    )
    credit_available = fields.Monetary(
        "Credit Available",
        compute="_compute_credit_position",
        search=search_figure("credit_available"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Limit less exposure; negative if over the limit.",
    )
    credit_past_due = fields.Monetary(
        "Past Due",
        compute="_compute_credit_position",
        search=search_figure("credit_past_due"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Open items after their due date; with what is not due and open credits this is the receivable.",
    )
    credit_not_due = fields.Monetary(
        "Not Due",
        compute="_compute_credit_position",
        search=search_figure("credit_not_due"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Open items up to their due date.",
    )
    credit_open_credits = fields.Monetary(
        "Open Credits",
        compute="_compute_credit_position",
        search=search_figure("credit_open_credits"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Credit notes and receipts not allocated yet; negative.",
    )
    credit_overdue_amount = fields.Monetary(
        "Overdue",
        compute="_compute_credit_position",
        search=search_figure("credit_overdue_amount"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="Past due, less open credits.",
    )
    effective_credit_limit = fields.Monetary(
        "Effective Credit Limit",
        compute="_compute_credit_position",
        search=search_figure("effective_credit_limit"),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help="The customer's own limit or that of its grade, plus the adjustments in force today.",
    )
    credit_overdue_days = fields.Integer(
        "Days Overdue",
        compute="_compute_credit_position",
        search=search_figure("credit_overdue_days"),
        aggregator="max",
        groups=CREDIT_READERS,
        help="Since the oldest unpaid due date.",
    )
    credit_is_checked = fields.Boolean(
        "Credit Checked",
        compute="_compute_credit_position",
        search="_search_credit_is_checked",
        groups=CREDIT_READERS,
        help="A limit applies.",
    )
    payment_days_late = fields.Float(
        "Days Late",
        digits=(16, 1),
        compute="_compute_payment_behaviour",
        groups=CREDIT_READERS,
        help="Last 12 months, weighted by amount; unpaid overdue amounts count until today.",
    )
    payment_worst_days = fields.Integer(
        "Longest Delay (Days)",
        compute="_compute_payment_behaviour",
        groups=CREDIT_READERS,
        help="Longest delay of any payment or amount due in the last 12 months.",
    )
    payment_share_late = fields.Float(
        "Share Late (%)",
        digits=(16, 1),
        compute="_compute_payment_behaviour",
        groups=CREDIT_READERS,
        help="Share of the amounts paid or due in the last 12 months.",
    )
    payment_dso = fields.Float(
        "DSO",
        digits=(16, 1),
        compute="_compute_payment_behaviour",
        groups=CREDIT_READERS,
        help="Days sales outstanding: receivables / sales of the last 90 days x 90, taxes included; based on the last 365 days if nothing was sold in the last 90.",
    )
    payment_trend = fields.Float(
        "Payment Trend",
        digits=(16, 1),
        compute="_compute_payment_behaviour",
        groups=CREDIT_READERS,
        help="Days late over the last 6 months less those over the 6 months before: positive if payments are getting slower.",
    )

    @api.depends_context("company")
    def _compute_credit_currency_id(self):
        self.credit_currency_id = self.env.company.currency_id

    @api.depends_context("company", "uid")
    def _compute_credit_position(self):
        positions = self._filter_credit_visible().commercial_partner_id._get_credit_positions(self.env.company)
        values = {}
        for partner in self:
            position = positions.get(partner.commercial_partner_id._origin, CreditPosition())
            values[partner.id] = partner._prepare_credit_values(position)
        # A figure that several have, such as 0, is assigned once.
        for name in self._prepare_credit_values(CreditPosition()):
            for value, partners in self.grouped(lambda partner, name=name: values[partner.id][name]).items():
                partners[name] = value

    def _prepare_credit_values(self, position):
        """Return the values of the credit fields of a `CreditPosition`."""
        return {
            "credit_receivable": position.receivable,
            "credit_uninvoiced": position.uninvoiced,
            "credit_undelivered": position.undelivered,
            "credit_draft_invoiced": position.draft_invoiced,
            "credit_exposure": position.exposure,
            "credit_available": position.available,
            "credit_past_due": position.past_due,
            "credit_not_due": position.not_due,
            "credit_open_credits": position.credits,
            "credit_overdue_amount": position.overdue,
            "credit_overdue_days": position.overdue_days,
            "effective_credit_limit": position.limit or 0.0,
            "credit_is_checked": position.limit is not None,
        }

    @api.depends_context("company", "uid")
    def _compute_payment_behaviour(self):
        visible = self._filter_credit_visible()
        payers = visible.commercial_partner_id._origin
        report = self.env["payment.behaviour.report"]
        behaviours = report._read_behaviours(self.env.company, payers) if payers else {}
        for partner in self:
            behaviour = PaymentBehaviour()
            if partner in visible:
                behaviour = behaviours.get(partner.commercial_partner_id._origin, behaviour)
            partner.payment_days_late = behaviour.days_late
            partner.payment_worst_days = behaviour.worst_days
            partner.payment_share_late = behaviour.share_late
            partner.payment_dso = behaviour.dso
            partner.payment_trend = behaviour.trend

    # === SEARCH, ORDER, SUMS === #

    @api.model
    def _search_credit_is_checked(self, operator, value):
        """Return the domain of the customers that a limit applies to."""
        if operator != "in":
            return NotImplemented
        report = self.env["credit.exposure.report"]
        query = SQL("(SELECT id FROM (%s) AS figure WHERE figure.limit IS NOT NULL)", report._get_figure_query())
        return self._restrict_to_credit_visible(Domain("commercial_partner_id", "in", query))

    @api.model
    def _search_credit_figure(self, name, operator, value):
        """Return the domain of the customers whose figure compares so, of those whose figures the user may see.

        :param name: of a credit field, in the currency of the user's company
        """
        if operator not in OPERATORS:
            return NotImplemented
        figure = SQL.identifier(FIGURES[name])
        # "Is not set" asks for False: of a figure, 0.
        operand = tuple(item or 0 for item in value) if operator == "in" else value
        query = SQL(
            "(SELECT id FROM (%s) AS figure WHERE %s %s %s)",
            self.env["credit.exposure.report"]._get_figure_query(),
            figure,
            OPERATORS[operator],
            operand,
        )
        return self._restrict_to_credit_visible(Domain("commercial_partner_id", "in", query))

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Sort by a credit figure, for those who see all of them: an order would tell the others'."""
        if field_name not in FIGURES:
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        if not self._sees_all_credit():
            label = self._fields[field_name]._description_string(self.env)
            raise AccessError(self.env._("%s: you see that of your own customers, and cannot sort by it.", label))
        figure = self._get_figure_sql(field_name, alias, query)
        query._order_groupby.append(figure)
        return SQL("%s %s %s", figure, direction, nulls)

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Add up credit figures in pivots, graphs and grouped lists: those that the user may see."""
        if aggregate_spec == "credit_currency_id:array_agg_distinct":
            return SQL("ARRAY[%s]", self.env.company.currency_id.id)
        name, _separator, function = aggregate_spec.partition(":")
        if name not in FIGURES or function not in AGGREGATES:
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields[name], "read")
        # A company and its contacts have the same figures: those of a group count once.
        return SQL(
            """
            (SELECT %s(amount) FROM (
                SELECT DISTINCT * FROM unnest(array_agg(%s), array_agg(%s)) AS figure(customer, amount)
            ) AS figures)
            """,
            AGGREGATES[function],
            SQL.identifier(self._table, "commercial_partner_id"),
            self._get_figure_sql(name, self._table, query),
        )

    @api.model
    def _get_figure_sql(self, name, alias, query):
        """Return the figure of the customers of a query, joined to it; NULL where the user may not see it.

        :param name: of a credit field
        :param alias: of the table of partners
        """
        figures = query.make_alias(alias, "credit_figures")
        condition = SQL("%s = %s", SQL.identifier(figures, "id"), SQL.identifier(alias, "commercial_partner_id"))
        query.add_join("LEFT JOIN", figures, SQL("(%s)", self._get_visible_figure_query()), condition)
        return SQL.identifier(figures, FIGURES[name])

    @api.model
    def _get_visible_figure_query(self):
        """Return the query of `_get_figure_query`, of those customers whose figures the user may see."""
        figures = self.env["credit.exposure.report"]._get_figure_query()
        if self._sees_all_credit():
            return figures
        self.flush_model(["user_id"])
        own = SQL("SELECT id FROM res_partner WHERE user_id = %s", self.env.uid)
        return SQL("SELECT * FROM (%s) AS figure WHERE id IN (%s)", figures, own)

    # === ACCESS === #

    def _sees_all_credit(self):
        """Tell whether the user sees the credit figures of every customer, not of his own only."""
        return self.env.su or any(self.env.user.has_group(group) for group in ALL_CREDIT_READERS)

    def _filter_credit_visible(self):
        """Return those of these customers whose figures the user may see: a salesperson his own."""
        if self._sees_all_credit():
            return self
        return self.filtered(lambda partner: partner.commercial_partner_id.user_id == self.env.user)

    @api.model
    def _restrict_to_credit_visible(self, domain):
        """Return ``domain``, limited to the customers whose figures the user may see: a search would tell the others'."""
        if self._sees_all_credit():
            return domain
        return domain & Domain("commercial_partner_id.user_id", "=", self.env.uid)

    # === ACTION METHODS === #

    def action_view_payment_behaviour(self):
        """Return the action that charts how this customer paid, month by month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_plan_credit.payment_behaviour_report_action")
        return action | {"domain": [("partner_id", "=", self.commercial_partner_id.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _get_credit_positions(self, company, excluded_orders=None):
        """Return what these customers owe ``company`` and what they may owe, in one statement.

        :param self: commercial partners
        :param excluded_orders: confirmed orders left out, because they are being judged
        :return: dict, partner -> `CreditPosition`, in the company's currency
        """
        partners = self._origin
        if not partners:
            return {}
        key = self.env["credit.claim"]._get_ahead_key(company, partners, excluded_orders)
        rows = Judgement.of(self.env.cr).ahead.pop(key, None)
        if rows is None:
            rows = self.env["credit.exposure.report"]._read_positions(company, partners, excluded_orders)
        return {self.browse(row["id"]): self._prepare_credit_position(row, company) for row in rows}

    def _prepare_credit_position(self, row, company):
        """Return the `CreditPosition` of one row of the query."""
        return CreditPosition(
            receivable=float(row["receivable"]),
            uninvoiced=float(row["uninvoiced"]),
            undelivered=float(row["undelivered"]),
            draft_invoiced=float(row["draft_invoiced"]),
            past_due=float(row["past_due"]),
            not_due=float(row["not_due"]),
            credits=float(row["credits"]),
            late=get_overdue(float(row["late"]), float(row["credits"])),
            days=row["days"],
            limit=None if row["limit"] is None else float(row["limit"]),
            tolerance=float(row["tolerance"]),
            grace_days=row["grace_days"],
            on_hold=row["on_hold"],
            real_only=company.credit_components == "real",
            grade_id=row["grade_id"],
            policies={stage: row[name] for stage, name in STAGES.items()} if row["grade_id"] else UNGRADED,
        )
