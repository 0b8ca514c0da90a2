from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.groups import CREDIT_READERS

COMPONENTS = [
    ("receivable", "Receivable"),
    ("uninvoiced", "Delivered, not invoiced"),
    ("undelivered", "Open orders"),
    ("draft_invoiced", "Draft invoices"),
]
# Of orders, what the queries read.
ORDER_COLUMNS = (
    "state",
    "credit_uninvoiced",
    "credit_undelivered",
    "partner_invoice_id",
    "currency_id",
    "company_id",
)

# Sums of a position.
SUMS = (
    "receivable",
    "uninvoiced",
    "undelivered",
    "draft_invoiced",
    "past_due",
    "not_due",
    "credits",
    "days",
    "late",
)


class CreditExposureReport(models.Model):
    """The rows behind every figure of a customer's exposure; they sum to it to the cent.

    Each component has its one definition here; the figures on customers are sums of these queries.
    """

    _name = "credit.exposure.report"
    _description = "Credit Exposure"
    _auto = False
    _order = "date_maturity, date, id"
    _rec_name = "document"

    component = fields.Selection(COMPONENTS, readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    contact_id = fields.Many2one("res.partner", "Contact", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    customer_class_id = fields.Many2one("sale.customer.class", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    currency_id = fields.Many2one("res.currency", "Document Currency", readonly=True)
    document = fields.Char(readonly=True)
    date = fields.Date(readonly=True)
    date_maturity = fields.Date("Due Date", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    amount_currency = fields.Monetary("Amount in Currency", readonly=True, aggregator=None, groups=CREDIT_READERS)
    amount = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        groups=CREDIT_READERS,
        help="Orders are converted at today's exchange rate.",
    )
    order_id = fields.Many2one("sale.order", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice or Entry", readonly=True)
    opening_delivery_id = fields.Many2one("credit.opening.delivery", readonly=True)

    @property
    def _table_query(self):
        self._flush_exposure()
        return SQL(
            """
            SELECT row.*, customer.user_id, customer.customer_class_id, GREATEST(0, row.age) AS days_overdue
            FROM (%s) AS row
            JOIN res_partner customer ON customer.id = row.partner_id
            """,
            self._get_rows_query(self.env.companies),
        )

    def action_open_document(self):
        """Open the order, entry or opening delivery behind this row."""
        self.ensure_one()
        record = self.order_id or self.opening_delivery_id or self.move_id
        return record.get_formview_action()

    # === QUERIES === #

    @api.model
    def _flush_exposure(self, excluded_orders=None):
        """Bring to the database what the queries below read.

        :param excluded_orders: orders that the queries leave out
        """
        self._flush_orders(excluded_orders or self.env["sale.order"])
        self.env["credit.opening.delivery"].flush_model()
        self.env["credit.limit.adjustment"].flush_model()
        self.env["credit.grade"].flush_model()
        self.env["res.partner"].flush_model(
            ["commercial_partner_id", "credit_limit", "credit_grade_id", "credit_unlimited", "credit_on_hold"]
        )
        self.env["res.company"].flush_model(["credit_default_grade_id", "currency_id", "credit_count_draft_invoices"])

    @api.model
    def _flush_orders(self, excluded):
        """Write what waits in memory of orders, but for ``excluded``: writing those later, once, saves a statement."""
        orders = self.env["sale.order"]
        fields_read = [orders._fields[name] for name in ORDER_COLUMNS]
        loaded = orders.union(*(self.env.cache.get_records(orders, field) for field in fields_read))
        pending = orders.union(*(self.env.records_to_compute(field) for field in fields_read))
        ((loaded | pending) - excluded).flush_recordset(ORDER_COLUMNS)

    @api.model
    def _get_rows_query(self, companies, partners=None, excluded_orders=None):
        """Return the query of all rows, those of ``partners`` (commercial ones) where given.

        :param companies: whose documents count, each in its own currency
        :param excluded_orders: orders left out, because their documents are being judged
        """
        where = SQL("partner.commercial_partner_id IN %s", tuple(partners.ids)) if partners else SQL("TRUE")
        queries = [
            self._get_receivable_query(companies, where),
            self._get_order_query(companies, where, excluded_orders),
            self._get_opening_query(companies, where),
        ]
        if counting := companies.filtered("credit_count_draft_invoices"):
            queries.append(self._get_draft_query(counting, where))
        return SQL(" UNION ALL ").join(queries)

    # === QUERIES: SUMS AND LIMITS === #

    @api.model
    def _read_positions(self, company, partners, excluded_orders=None, claim=None):
        """Return the rows of `_get_position_query`, from the database."""
        self._flush_exposure(excluded_orders)
        return self.env.execute_query_dict(self._get_position_query(company, partners, excluded_orders, claim))

    @api.model
    def _get_position_query(self, company, partners=None, excluded_orders=None, claim=None):
        """Return the query of the positions of ``partners`` (commercial ones; all of them where not given): sums of
        the rows, and limits. What is overdue: see `account.move.line._get_owed_sums`.

        :param claim: statement that is run along
        """
        # A subquery, whose size the planner knows: compared with itself the column would seem to leave but few customers.
        chosen = (
            SQL("customer.id IN %s", tuple(partners.ids))
            if partners
            else SQL("customer.id IN (SELECT commercial_partner_id FROM res_partner)")
        )
        owed = SQL("component = 'receivable'")
        return SQL(
            """
            WITH claimed AS (%(claim)s), exposure AS (%(rows)s),
            position AS (
                SELECT customer.id, credit.* FROM res_partner customer
                CROSS JOIN LATERAL (%(limits)s) AS credit
                WHERE %(chosen)s
            ),
            sums AS (
                SELECT position.id, %(past_due)s AS past_due, %(not_due)s AS not_due, %(credits)s AS credits,
                       %(balance)s AS receivable, %(days)s AS days,
                       SUM(amount) FILTER (WHERE component = 'uninvoiced') AS uninvoiced,
                       SUM(amount) FILTER (WHERE component = 'undelivered') AS undelivered,
                       SUM(amount) FILTER (WHERE component = 'draft_invoiced') AS draft_invoiced,
                       SUM(amount) FILTER (WHERE %(owed)s AND amount > 0 AND age > 0 AND age > grace_days) AS late
                FROM exposure JOIN position ON position.id = exposure.partner_id
                GROUP BY position.id
            )
            SELECT position.*, %(figures)s
            FROM position LEFT JOIN sums ON sums.id = position.id
            """,
            claim=claim or SQL("SELECT"),
            rows=self._get_rows_query(company, partners, excluded_orders),
            limits=self._get_limit_query(company),
            owed=owed,
            chosen=chosen,
            figures=SQL(", ").join(SQL("COALESCE(sums.%s, 0) AS %s", name, name) for name in map(SQL.identifier, SUMS)),
            **self.env["account.move.line"]._get_owed_sums(owed),
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
            default=company._get_default_credit_limit(),
            company=company.id,
            today=company._get_today(),
            fallback_grade=company.sudo().credit_default_grade_id.id or None,
        )

    @api.model
    def _get_figure_query(self):
        """Return the query of the figures of every customer in the user's company, one column per credit field."""
        company = self.env.company
        self._flush_exposure()
        real = company.sudo().credit_components == "real"
        return SQL(
            """
            SELECT *, COALESCE(position.limit - exposure, 0) AS available, COALESCE(position.limit, 0) AS effective_limit
            FROM (
                SELECT *, receivable + uninvoiced + draft_invoiced + %s AS exposure,
                       GREATEST(0, past_due + credits) AS overdue_amount,
                       CASE WHEN past_due + credits > 0 THEN days ELSE 0 END AS late_days
                FROM (%s) AS sums
            ) AS position
            """,
            SQL("0") if real else SQL("undelivered"),
            self._get_position_query(company),
        )

    # === QUERIES: COMPONENTS === #

    @api.model
    def _get_receivable_query(self, companies, where):
        """What posted documents leave open; see `account.move.line._get_open_query`.

        A payment in process counts as received once its entry is reconciled.
        """
        where = SQL("%s AND item.partner_id IS NOT NULL", where)
        return SQL(
            """
            SELECT open.id::bigint * 8 AS id, 'receivable' AS component, open.partner_id, open.contact_id,
                   open.company_id, open.currency_id, open.document, open.date, open.date_due AS date_maturity, open.age,
                   open.amount_currency, open.amount,
                   NULL::integer AS order_id, open.move_id, NULL::integer AS opening_delivery_id
            FROM (%s) AS open WHERE open.amount <> 0
            """,
            self.env["account.move.line"]._get_open_query(companies, where),
        )

    @api.model
    def _get_order_query(self, companies, where, excluded_orders=None):
        """Confirmed orders: what is delivered and not invoiced, and what is ordered and neither, at today's rate.

        The amounts are kept on the order in its own currency, taxes included; see `get_order_amounts`. The payer is
        the commercial partner of the invoice address.
        """
        excluded = SQL("AND sale.id NOT IN %s", tuple(excluded_orders.ids)) if excluded_orders else SQL()
        return SQL(
            """
            SELECT sale.id::bigint * 8 + part.number, part.component, partner.commercial_partner_id,
                   sale.partner_invoice_id, sale.company_id, sale.currency_id, sale.name,
                   %(ordered)s, %(promised)s, NULL::integer,
                   part.amount, ROUND(part.amount * rate.factor, rate.decimals), sale.id, NULL::integer, NULL::integer
            FROM sale_order sale
            JOIN res_partner partner ON partner.id = sale.partner_invoice_id
            JOIN (%(rates)s) AS rate ON rate.company_id = sale.company_id AND rate.currency_id = sale.currency_id
            CROSS JOIN LATERAL (
                VALUES (1, 'uninvoiced', sale.credit_uninvoiced), (2, 'undelivered', sale.credit_undelivered)
            ) AS part(number, component, amount)
            WHERE sale.state = 'sale' AND (sale.credit_uninvoiced <> 0 OR sale.credit_undelivered <> 0)
              AND part.amount <> 0 AND sale.company_id IN %(companies)s AND %(where)s %(excluded)s
            """,
            ordered=companies._get_day_sql(SQL("sale.date_order"), SQL("sale.company_id")),
            promised=companies._get_day_sql(SQL("sale.commitment_date"), SQL("sale.company_id")),
            rates=self._get_rate_query(companies),
            companies=tuple(companies.ids),
            where=where,
            excluded=excluded,
        )

    @api.model
    def _get_opening_query(self, companies, where):
        """Goods delivered before go-live and not invoiced, at today's rate; see `credit.opening.delivery`."""
        return SQL(
            """
            SELECT opening.id::bigint * 8 + 3, 'uninvoiced', partner.commercial_partner_id,
                   opening.partner_id, opening.company_id, opening.currency_id, opening.reference,
                   opening.date, NULL::date, NULL::integer, opening.amount_uninvoiced,
                   ROUND(opening.amount_uninvoiced * rate.factor, rate.decimals),
                   NULL::integer, NULL::integer, opening.id
            FROM credit_opening_delivery opening
            JOIN res_partner partner ON partner.id = opening.partner_id
            JOIN (%s) AS rate ON rate.company_id = opening.company_id AND rate.currency_id = opening.currency_id
            WHERE opening.amount_uninvoiced <> 0 AND opening.company_id IN %s AND %s
            """,
            self._get_rate_query(companies),
            tuple(companies.ids),
            where,
        )

    @api.model
    def _get_draft_query(self, companies, where):
        """Lines of draft customer invoices with no order or opening delivery behind, taxes included."""
        self.env["account.move.line"].flush_model(["price_total", "display_type", "sale_line_ids"])
        return SQL(
            """
            SELECT item.id::bigint * 8 + 4, 'draft_invoiced', partner.commercial_partner_id,
                   move.partner_id, move.company_id, move.currency_id, COALESCE(move.ref, move.name),
                   COALESCE(move.invoice_date, move.date), move.invoice_date_due, NULL::integer, item.price_total,
                   ROUND(item.price_total * rate.factor, rate.decimals), NULL::integer, move.id, NULL::integer
            FROM account_move_line item
            JOIN account_move move ON move.id = item.move_id
            JOIN res_partner partner ON partner.id = move.partner_id
            JOIN (%s) AS rate ON rate.company_id = move.company_id AND rate.currency_id = move.currency_id
            WHERE move.state = 'draft' AND move.move_type IN ('out_invoice', 'out_receipt')
              AND item.display_type = 'product' AND item.credit_opening_delivery_id IS NULL
              AND NOT EXISTS (SELECT FROM sale_order_line_invoice_rel rel WHERE rel.invoice_line_id = item.id)
              AND move.company_id IN %s AND %s
            """,
            self._get_rate_query(companies),
            tuple(companies.ids),
            where,
        )

    @api.model
    def _get_rate_query(self, companies):
        """Return the query of today's conversion into company currency: company, currency, factor, decimals.

        The same rates as `res.currency._convert`: the company's own before shared ones, the newest of today or before,
        else the oldest, else 1.
        """
        self.env["res.currency.rate"].flush_model()
        self.env["res.company"].flush_model(["currency_id", "parent_path"])
        own, other = self._get_rate_sql(SQL("company.currency_id")), self._get_rate_sql(SQL("currency.id"))
        return SQL(
            """
            SELECT company.id AS company_id, currency.id AS currency_id, company.decimals,
                   CASE WHEN currency.id = company.currency_id THEN 1.0 ELSE %s / %s END AS factor
            FROM (
                SELECT company.id, company.currency_id, day.today, money.decimal_places AS decimals,
                       split_part(company.parent_path, '/', 1)::integer AS root_id
                FROM %s
                JOIN res_company company ON company.id = day.company_id
                JOIN res_currency money ON money.id = company.currency_id
            ) AS company
            CROSS JOIN res_currency currency
            """,
            own,
            other,
            companies._get_today_table(),
        )

    @api.model
    def _get_rate_sql(self, currency):
        """Return the rate of a currency (an SQL column) today, for the ``company`` of the enclosing query."""
        known = SQL("r.currency_id = %s AND (r.company_id IS NULL OR r.company_id = company.root_id)", currency)
        return SQL(
            """
            COALESCE(
                (SELECT r.rate FROM res_currency_rate r WHERE %(known)s AND r.name <= company.today
                 ORDER BY r.company_id, r.name DESC LIMIT 1),
                (SELECT r.rate FROM res_currency_rate r WHERE %(known)s ORDER BY r.company_id, r.name LIMIT 1),
                1.0)
            """,
            known=known,
        )
