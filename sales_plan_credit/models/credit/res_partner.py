from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.credit import CreditPosition

CREDIT_READERS = (
    "sales_team.group_sale_salesman,sales_plan_credit.sales_plan_credit_group_reader,"
    "account.group_account_invoice,account.group_account_readonly"
)
# Set while a check decides: it then claims the payers it reads, see `credit.account`. Never in the context: RPC sets
# that.
CLAIMING = "sales_plan_credit.claiming"
# Limits that the checks of this transaction have read, until one changes: (payer, company) -> limit.
LIMITS = "sales_plan_credit.limits"
SUMS = (
    "receivable",
    "uninvoiced",
    "undelivered",
    "draft_invoiced",
    "credits",
    "overdue",
    "late",
    "overdue_days",
)
STAGES = {"confirm": "confirm_policy", "deliver": "deliver_policy", "invoice": "invoice_policy"}
# Without a grade: what exceeds a limit of its own is shown, as Odoo does, and nothing is stopped.
UNGRADED = {"confirm": "warn", "deliver": "none", "invoice": "none"}


def search_figure(name):
    """Return the search function of a credit figure of customers."""
    return lambda self, operator, value: self._search_credit_figure(name, operator, value)


def monetary(name, string, text):
    """Return the field of a credit figure of customers: in the currency of the user's company."""
    return fields.Monetary(
        string,
        compute="_compute_credit_position",
        search=search_figure(name),
        currency_field="credit_currency_id",
        groups=CREDIT_READERS,
        help=text,
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_grade_id = fields.Many2one(
        "credit.grade", "Credit Grade", company_dependent=True, check_company=True, tracking=True, groups=CREDIT_READERS
    )
    # Odoo shows it to accountants only; credit managers set it.
    credit_limit = fields.Float(
        groups="account.group_account_invoice,account.group_account_readonly,"
        "sales_plan_credit.sales_plan_credit_group_manager"
    )
    credit_unlimited = fields.Boolean(
        "Unlimited Credit",
        company_dependent=True,
        tracking=True,
        groups=CREDIT_READERS,
        help="Nothing is checked but holds and overdue receivables.",
    )
    credit_on_hold = fields.Boolean(
        company_dependent=True,
        tracking=True,
        groups=CREDIT_READERS,
        help="Orders are not confirmed and goods do not leave; receipts and returns do.",
    )
    credit_hold_reason = fields.Char(company_dependent=True, tracking=True, groups=CREDIT_READERS)
    credit_adjustment_ids = fields.One2many("credit.limit.adjustment", "partner_id", groups=CREDIT_READERS)
    credit_currency_id = fields.Many2one("res.currency", compute="_compute_credit_currency_id")
    credit_receivable = monetary(
        "credit_receivable", "Receivable", "Open items on receivable accounts; open credits are negative."
    )
    credit_uninvoiced = monetary(
        "credit_uninvoiced", "Delivered not Invoiced", "Taxes included, at today's rate; opening deliveries too."
    )
    credit_undelivered = monetary(
        "credit_undelivered", "Open Orders", "Ordered and neither delivered nor invoiced, taxes included."
    )
    credit_draft_invoiced = monetary(
        "credit_draft_invoiced", "Draft Invoices", "Without an order; only where the settings count them."
    )
    credit_exposure = monetary("credit_exposure", "Credit Exposure", "What counts against the limit.")
    credit_available = monetary(
        "credit_available", "Credit Available", "Limit less exposure; negative beyond the limit."
    )
    credit_overdue_amount = monetary(
        "credit_overdue_amount", "Overdue", "Past the due date, less open credit notes and unallocated receipts."
    )
    effective_credit_limit = monetary(
        "effective_credit_limit", "Effective Credit Limit", "Own or grade's limit, with what is granted today."
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
        "Credit Checked", compute="_compute_credit_position", groups=CREDIT_READERS, help="A limit applies."
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
            "credit_overdue_amount": position.overdue,
            "credit_overdue_days": position.overdue_days,
            "effective_credit_limit": position.limit or 0.0,
            "credit_is_checked": position.limit is not None,
        }

    # === CONSTRAINTS === #

    @api.constrains("credit_limit")
    def _check_credit_limit(self):
        # Superuser: a salesperson who edits a contact does not read its limit.
        if any(partner.credit_limit < 0 for partner in self.sudo()):
            raise ValidationError(
                self.env._("Credit limit of a customer: enter a positive amount; 0 means it has none of its own.")
            )

    # === ACCESS === #

    def _sees_all_credit(self):
        """Tell whether the user sees the credit figures of every customer, not of his own only."""
        groups = (
            "sales_plan_credit.sales_plan_credit_group_reader",
            "sales_team.group_sale_salesman_all_leads",
            "account.group_account_invoice",
            "account.group_account_readonly",
        )
        return self.env.su or any(self.env.user.has_group(group) for group in groups)

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

    @api.model
    def _is_credit_manager(self):
        """Tell whether the user, or the system for him, sets grades, limits and holds."""
        return self.env.su or self.env.user.has_group("sales_plan_credit.sales_plan_credit_group_manager")

    @api.model
    def _get_credit_editable(self):
        """Return the names of the fields that only credit managers write."""
        return {"credit_grade_id", "credit_unlimited", "credit_on_hold", "credit_hold_reason"}

    def _check_credit_editor(self, vals):
        """Raise unless the user may write what ``vals`` says about credit."""
        written = {name for name in vals.keys() & self._get_credit_editable() if vals[name] or self}
        if written and not self._is_credit_manager():
            labels = ", ".join(self._fields[name]._description_string(self.env) for name in sorted(written))
            raise AccessError(self.env._("%s of a customer: only credit managers set this; ask one of them.", labels))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.browse()._check_credit_editor(self.default_get(sorted(self._get_credit_editable())) | vals)
        with self._noting_credit_use({name for vals in vals_list for name in vals}):
            return super().create(vals_list)

    def write(self, vals):
        self._check_credit_editor(vals)
        with self._noting_credit_use(vals.keys()):
            result = super().write(vals)
        if vals.keys() & (self._get_credit_editable() | {"credit_limit"}):
            self._recheck_credit_holds()
        return result

    # === BUSINESS METHODS === #

    @contextmanager
    def _noting_credit_use(self, names):
        """Have every process forget that credit is used nowhere, if that was so before fields of these ``names`` are written.

        Asked before: afterwards a process that had not asked yet would find it used, and say nothing to the others.
        """
        first = names & {"credit_on_hold", "credit_limit"} and not self.env["credit.grade"]._is_credit_used()
        yield
        if first:
            self.env.registry.clear_cache()

    @api.model
    def _recheck_credit_holds(self):
        """Judge again soon what waits for credit: limits or receipts have changed."""
        self.env.cr.cache.pop(LIMITS, None)
        # Superuser: whoever books a receipt may not read the cron.
        cron = self.env.ref("sales_plan_credit.ir_cron_recheck_credit", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    def _get_credit_positions(self, company, excluded_orders=None):
        """Return what these customers owe ``company`` and what they may owe, in one statement.

        :param self: commercial partners
        :param excluded_orders: confirmed orders left out, because they are being judged
        :return: dict, partner -> `CreditPosition`, in the company's currency
        """
        partners = self._origin
        if not partners:
            return {}
        report = self.env["credit.exposure.report"]
        report._flush_exposure(excluded_orders)
        if self.env.cr.cache.get(CLAIMING):
            self.env["credit.account"]._note_claims(company, partners)
        rows = self.env.execute_query_dict(partners._get_position_query(company, excluded_orders))
        return {self.browse(row["id"]): self._prepare_credit_position(row, company) for row in rows}

    def _prepare_credit_position(self, row, company):
        """Return the `CreditPosition` of one row of the query."""
        return CreditPosition(
            receivable=float(row["receivable"]),
            uninvoiced=float(row["uninvoiced"]),
            undelivered=float(row["undelivered"]),
            draft_invoiced=float(row["draft_invoiced"]),
            overdue=max(0.0, float(row["overdue"] + row["credits"])),
            late=max(0.0, float(row["late"] + row["credits"])),
            overdue_days=row["overdue_days"] if row["overdue"] + row["credits"] > 0 else 0,
            limit=None if row["limit"] is None else float(row["limit"]),
            tolerance=float(row["tolerance"]),
            grace_days=row["grace_days"],
            on_hold=row["on_hold"],
            real_only=company.credit_components == "real",
            grade_id=row["grade_id"],
            policies={stage: row[name] for stage, name in STAGES.items()} if row["grade_id"] else UNGRADED,
        )

    def _get_position_query(self, company, excluded_orders=None):
        """Return the query of the positions of these commercial partners (all of them where empty): sums of the
        exposure's rows, and limits."""
        rows = self.env["credit.exposure.report"]._get_rows_query(company, self, excluded_orders)
        today = company._get_today()
        # A subquery, whose size the planner knows: compared with itself the column would seem to leave but few customers.
        chosen = (
            SQL("customer.id IN %s", tuple(self.ids))
            if self
            else SQL("customer.id IN (SELECT commercial_partner_id FROM res_partner)")
        )
        return SQL(
            """
            WITH claimed AS (%(claim)s), exposure AS (%(rows)s),
            position AS (
                SELECT customer.id, credit.* FROM res_partner customer
                CROSS JOIN LATERAL (%(limits)s) AS credit
                WHERE %(chosen)s
            ),
            sums AS (
                SELECT position.id,
                       SUM(amount) FILTER (WHERE component = 'receivable') AS receivable,
                       SUM(amount) FILTER (WHERE component = 'uninvoiced') AS uninvoiced,
                       SUM(amount) FILTER (WHERE component = 'undelivered') AS undelivered,
                       SUM(amount) FILTER (WHERE component = 'draft_invoiced') AS draft_invoiced,
                       SUM(amount) FILTER (WHERE component = 'receivable' AND amount < 0) AS credits,
                       SUM(amount) FILTER (WHERE %(due)s AND date_maturity < %(today)s) AS overdue,
                       SUM(amount) FILTER (WHERE %(due)s AND date_maturity < %(today)s - position.grace_days) AS late,
                       %(today)s - MIN(date_maturity) FILTER (WHERE %(due)s AND date_maturity < %(today)s)
                           AS overdue_days
                FROM exposure JOIN position ON position.id = exposure.partner_id
                GROUP BY position.id
            )
            SELECT position.*, %(figures)s
            FROM position LEFT JOIN sums ON sums.id = position.id
            """,
            claim=self._get_claim_query(company),
            rows=rows,
            limits=self._get_limit_query(company),
            due=SQL("component = 'receivable' AND amount > 0"),
            today=today,
            chosen=chosen,
            figures=SQL(", ").join(SQL("COALESCE(sums.%s, 0) AS %s", name, name) for name in map(SQL.identifier, SUMS)),
        )

    @api.model
    def _get_limit_query(self, company):
        """Return the query of grade, limit and hold of a ``customer`` of the enclosing query.

        The limit is the customer's own where it has one, else the grade's, else Odoo's default for the company; with
        what is granted today. Without any of them, or unlimited, it is empty.
        """
        key = str(company.id)
        return SQL(
            """
            SELECT grade.id AS grade_id, COALESCE(grade.grace_days, 0) AS grace_days,
                   COALESCE(grade.overdue_tolerance, 0) AS tolerance,
                   grade.confirm_policy, grade.deliver_policy, grade.invoice_policy,
                   COALESCE((customer.credit_on_hold->>%(key)s)::boolean, FALSE) AS on_hold,
                   CASE WHEN NOT COALESCE((customer.credit_unlimited->>%(key)s)::boolean, FALSE) THEN
                       COALESCE(
                           NULLIF(NULLIF((customer.credit_limit->>%(key)s)::numeric, %(default)s), 0),
                           grade.credit_limit, NULLIF(%(default)s, 0)
                       ) + COALESCE((
                           SELECT SUM(adjustment.amount) FROM credit_limit_adjustment adjustment
                           WHERE adjustment.partner_id = customer.id AND adjustment.company_id = %(company)s
                             AND adjustment.state = 'granted' AND adjustment.date_start <= %(today)s
                             AND (adjustment.date_end IS NULL OR adjustment.date_end >= %(today)s)
                       ), 0)
                   END AS limit
            FROM (SELECT) AS nothing
            LEFT JOIN credit_grade grade
                ON grade.id = COALESCE((customer.credit_grade_id->>%(key)s)::integer, %(fallback_grade)s)
            """,
            key=key,
            default=self._get_default_credit_limit(company),
            company=company.id,
            today=company._get_today(),
            fallback_grade=company.sudo().credit_default_grade_id.id or None,
        )

    @api.model
    def _get_default_credit_limit(self, company):
        """Return Odoo's default limit of a company, in its currency: no limit of a customer's own, 0 for none."""
        # Superuser: Odoo shows limits to accountants only.
        partners = self.with_company(company).sudo()
        return self._fields["credit_limit"].get_company_dependent_fallback(partners) or 0.0

    def _get_claim_query(self, company):
        """Return the statement that claims these payers while a check decides, one that does nothing otherwise."""
        if not (self and self.env.cr.cache.get(CLAIMING)):
            return SQL("SELECT")
        return SQL(
            """
            INSERT INTO credit_account AS account (partner_id, company_id, version)
            SELECT payer.id, %(company)s, 1 FROM (
                SELECT customer.id, pg_advisory_xact_lock(%(company)s, customer.id) FROM res_partner customer
                CROSS JOIN LATERAL (%(limits)s) AS credit
                WHERE customer.id IN %(ids)s AND (credit.limit IS NOT NULL OR credit.on_hold)
                ORDER BY customer.id
            ) AS payer
            ON CONFLICT (partner_id, company_id) DO UPDATE SET version = account.version + 1
            """,
            company=company.id,
            limits=self._get_limit_query(company),
            ids=tuple(self.ids),
        )
