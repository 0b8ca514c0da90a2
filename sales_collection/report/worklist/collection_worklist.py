from odoo import fields, models
from odoo.tools import SQL

from ...tools.groups import DUNNING_READERS


class CollectionWorklist(models.Model):
    """Whom to ask for money today, and why: one row per customer and company with overdue receivables.

    Priority = overdue amount less open credits x average days overdue (weighted by amount) x behaviour. Behaviour is
    1 plus the share of broken ones among the promises judged in the last year: 1 without any, 2 if all were broken.
    Items that Odoo excludes from follow-up count in the balance only.
    """

    _name = "collection.worklist"
    _description = "Collector's Worklist"
    _auto = False
    _order = "priority desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", "Company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", "Company Currency", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    collector_id = fields.Many2one("res.users", "Collector", readonly=True, help="Or else the salesperson.")
    customer_class_id = fields.Many2one("sale.customer.class", "Customer Class", readonly=True)
    item_count = fields.Integer("Overdue Items", readonly=True)
    amount_overdue = fields.Monetary("Overdue", readonly=True, currency_field="company_currency_id")
    amount_1_30 = fields.Monetary("1-30 Days", readonly=True, currency_field="company_currency_id")
    amount_31_60 = fields.Monetary("31-60 Days", readonly=True, currency_field="company_currency_id")
    amount_61_90 = fields.Monetary("61-90 Days", readonly=True, currency_field="company_currency_id")
    amount_over_90 = fields.Monetary("Over 90 Days", readonly=True, currency_field="company_currency_id")
    amount_not_due = fields.Monetary("Not Due", readonly=True, currency_field="company_currency_id")
    amount_credit = fields.Monetary(
        "Open Credits",
        readonly=True,
        currency_field="company_currency_id",
        help="Credit notes and receipts not allocated yet; negative.",
    )
    amount_balance = fields.Monetary(
        "Balance",
        readonly=True,
        currency_field="company_currency_id",
        help="All that is open, also what is excluded from follow-up.",
    )
    days_oldest = fields.Integer("Oldest (Days)", readonly=True, aggregator="max")
    days_average = fields.Float("Average Days", readonly=True, digits=(16, 1), aggregator="avg")
    level_id = fields.Many2one("dunning.level", "Dunning Level", readonly=True)
    is_legal = fields.Boolean("Legal", readonly=True)
    is_supply_stopped = fields.Boolean("Supply Stopped", readonly=True)
    last_notice_date = fields.Date("Last Notice", readonly=True)
    promise_id = fields.Many2one("payment.promise", "Next Promise", readonly=True)
    promise_date = fields.Date("Promised for", readonly=True)
    amount_promised = fields.Monetary(
        "Promised", readonly=True, currency_field="company_currency_id", help="By open promises, at today's rate."
    )
    broken_count = fields.Integer("Broken Promises", readonly=True, help="In the last year.")
    amount_disputed = fields.Monetary("Disputed", readonly=True, currency_field="company_currency_id")
    last_call = fields.Datetime(readonly=True)
    last_result = fields.Selection(
        selection=lambda self: self.env["collection.call"]._fields["result"]._description_selection(self.env),
        readonly=True,
    )
    last_note = fields.Text(readonly=True)
    next_call_date = fields.Date("Next Call", readonly=True)
    is_blocked = fields.Boolean("Not Dunned", readonly=True, help="Blocked for a time, or never dunned.")
    is_to_call = fields.Boolean(
        "To Call Today", readonly=True, help="Neither a promise that still runs nor a later call is planned."
    )
    behaviour = fields.Float(readonly=True, digits=(16, 2), aggregator="avg")
    priority = fields.Float(readonly=True, digits=(16, 0), groups=DUNNING_READERS)

    @property
    def _table_query(self):
        self._flush_worklist()
        return SQL(
            """
            SELECT owed.partner_id::bigint * 65536 + owed.company_id AS id, owed.partner_id, owed.company_id,
                   company.currency_id AS company_currency_id,
                   owed.item_count, owed.amount_overdue, owed.amount_1_30, owed.amount_31_60, owed.amount_61_90,
                   owed.amount_over_90, owed.amount_not_due, owed.amount_credit, owed.amount_balance, owed.days_oldest,
                   owed.amount_days / owed.amount_overdue AS days_average,
                   owed.level_id, owed.is_legal, owed.is_supply_stopped, owed.last_notice_date,
                   COALESCE(disputed.amount, 0) AS amount_disputed,
                   promised.promise_id, promised.promise_date, COALESCE(promised.amount, 0) AS amount_promised,
                   COALESCE(promised.broken_count, 0) AS broken_count,
                   last.date AS last_call, last.result AS last_result, last.note AS last_note,
                   last.next_date AS next_call_date,
                   customer.user_id, customer.customer_class_id,
                   COALESCE((customer.collector_id->>owed.company_id::text)::integer, customer.user_id) AS collector_id,
                   COALESCE((customer.dunning_opt_out->>owed.company_id::text)::boolean, FALSE)
                       OR COALESCE((customer.dunning_blocked_until->>owed.company_id::text)::date >= owed.today, FALSE)
                       AS is_blocked,
                   COALESCE(last.next_date <= owed.today, TRUE) AND promised.promise_id IS NULL AS is_to_call,
                   COALESCE(promised.behaviour, 1) AS behaviour,
                   GREATEST(0, owed.amount_overdue + owed.amount_credit) * owed.amount_days / owed.amount_overdue
                       * COALESCE(promised.behaviour, 1) AS priority
            FROM (%(owed)s) AS owed
            JOIN res_partner customer ON customer.id = owed.partner_id
            JOIN res_company company ON company.id = owed.company_id
            LEFT JOIN (%(disputed)s) AS disputed
                ON disputed.partner_id = owed.partner_id AND disputed.company_id = owed.company_id
            LEFT JOIN (%(promised)s) AS promised
                ON promised.partner_id = owed.partner_id AND promised.company_id = owed.company_id
            LEFT JOIN (%(calls)s) AS last ON last.partner_id = owed.partner_id AND last.company_id = owed.company_id
            """,
            owed=self._get_owed_query(),
            disputed=self._get_disputed_query(),
            promised=self._get_promised_query(),
            calls=self._get_call_query(),
        )

    # === QUERIES === #

    def _flush_worklist(self):
        """Bring to the database what the queries below read."""
        self.env["account.move.line"].flush_model(
            ["partner_id", "account_id", "amount_residual", "amount_residual_currency", "date_maturity", "parent_state"]
        )
        self.env["account.move.line"].flush_model(["reconciled", "no_followup", "company_id", "date"])
        for name in ("dunning.item", "dunning.level", "payment.promise", "dunning.dispute", "collection.call"):
            self.env[name].flush_model()
        self.env["res.partner"].flush_model(
            ["commercial_partner_id", "user_id", "customer_class_id"]
            + ["collector_id", "dunning_opt_out", "dunning_blocked_until"]
        )

    def _get_company_values(self):
        """Return the companies shown, each with its day: rows of (id, today)."""
        return SQL(", ").join(SQL("(%s, %s::date)", company.id, company._get_today()) for company in self.env.companies)

    def _get_owed_query(self):
        """Open items on receivable accounts by customer and company, those with something overdue."""
        overdue = SQL("item.is_followed AND item.amount > 0 AND item.days > 0")
        buckets = (
            ("amount_1_30", 1, 30),
            ("amount_31_60", 31, 60),
            ("amount_61_90", 61, 90),
            ("amount_over_90", 91, None),
        )
        return SQL(
            """
            SELECT item.partner_id, item.company_id, item.today,
                   SUM(item.amount) FILTER (WHERE %(overdue)s) AS amount_overdue,
                   SUM(item.amount * item.days) FILTER (WHERE %(overdue)s) AS amount_days,
                   COUNT(*) FILTER (WHERE %(overdue)s) AS item_count,
                   MAX(item.days) FILTER (WHERE %(overdue)s) AS days_oldest,
                   COALESCE(SUM(item.amount) FILTER (WHERE item.is_followed AND item.amount > 0 AND item.days <= 0), 0)
                       AS amount_not_due,
                   COALESCE(SUM(item.amount) FILTER (WHERE item.amount < 0), 0) AS amount_credit,
                   SUM(item.amount) AS amount_balance,
                   (ARRAY_AGG(item.level_id ORDER BY item.level_days DESC, item.level_id DESC)
                       FILTER (WHERE item.level_id IS NOT NULL AND item.amount > 0))[1] AS level_id,
                   COALESCE(BOOL_OR(item.is_legal) FILTER (WHERE item.amount > 0), FALSE) AS is_legal,
                   COALESCE(BOOL_OR(item.stop_supply) FILTER (WHERE item.amount > 0), FALSE) AS is_supply_stopped,
                   MAX(item.dunned_on) AS last_notice_date,
                   %(buckets)s
            FROM (%(items)s) AS item
            GROUP BY 1, 2, 3
            HAVING SUM(item.amount) FILTER (WHERE %(overdue)s) > 0
            """,
            overdue=overdue,
            buckets=SQL(", ").join(self._get_bucket(overdue, *bucket) for bucket in buckets),
            items=self._get_item_query(),
        )

    def _get_bucket(self, overdue, name, start, end):
        """Return the column of what is overdue from ``start`` to ``end`` days, both included."""
        until = SQL("AND item.days <= %s", end) if end else SQL()
        return SQL(
            "COALESCE(SUM(item.amount) FILTER (WHERE %s AND item.days >= %s %s), 0) AS %s",
            overdue,
            start,
            until,
            SQL.identifier(name),
        )

    def _get_item_query(self):
        """Open items with their age and what they have reached in dunning."""
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, line.company_id, company.today,
                   line.amount_residual AS amount, line.no_followup IS NOT TRUE AS is_followed,
                   company.today - COALESCE(line.date_maturity, line.date) AS days,
                   memory.level_id, memory.date AS dunned_on,
                   level.days AS level_days, level.is_legal, level.stop_supply
            FROM account_move_line line
            JOIN account_account account ON account.id = line.account_id AND account.account_type = 'asset_receivable'
            JOIN res_partner partner ON partner.id = line.partner_id
            JOIN (VALUES %(companies)s) AS company(id, today) ON company.id = line.company_id
            LEFT JOIN dunning_item memory ON memory.move_line_id = line.id
            LEFT JOIN dunning_level level ON level.id = memory.level_id
            WHERE line.amount_residual <> 0 AND line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
            """,
            companies=self._get_company_values(),
        )

    def _get_disputed_query(self):
        """What is disputed and not yet credited, by customer; see `dunning.dispute._get_disputed_amounts`."""
        credited = self.env["account.partial.reconcile"]._get_settlement_query(
            SQL("partial.debit_move_id = dispute.move_line_id AND partial.id > dispute.settlement_mark")
        )
        return SQL(
            """
            SELECT partner_id, company_id, SUM(LEAST(amount, open) * factor) AS amount
            FROM (
                SELECT dispute.partner_id, dispute.company_id, line.amount_residual_currency AS open,
                       line.amount_residual / line.amount_residual_currency AS factor,
                       GREATEST(0, SUM(dispute.amount) - MAX(COALESCE(credited.amount, 0))) AS amount
                FROM dunning_dispute dispute
                JOIN (VALUES %(companies)s) AS company(id, today) ON company.id = dispute.company_id
                JOIN account_move_line line ON line.id = dispute.move_line_id
                LEFT JOIN LATERAL (
                    SELECT SUM(amount_currency) AS amount FROM (%(credited)s) AS settlement WHERE kind = 'credit_note'
                ) AS credited ON TRUE
                WHERE line.amount_residual_currency > 0 AND line.parent_state = 'posted' AND (
                    dispute.state = 'accepted' OR dispute.state = 'open'
                    AND (dispute.date_until IS NULL OR dispute.date_until >= company.today)
                )
                GROUP BY dispute.partner_id, dispute.company_id, line.id
            ) AS item
            GROUP BY 1, 2
            """,
            companies=self._get_company_values(),
            credited=credited,
        )

    def _get_promised_query(self):
        """Open promises and the record of those judged in the last year, by customer."""
        return SQL(
            """
            SELECT promise.partner_id, promise.company_id,
                   (ARRAY_AGG(promise.id ORDER BY promise.date, promise.id) FILTER (WHERE %(running)s))[1] AS promise_id,
                   MIN(promise.date) FILTER (WHERE %(running)s) AS promise_date,
                   SUM(ROUND(promise.amount * rate.factor, rate.decimals)) FILTER (WHERE %(running)s) AS amount,
                   COUNT(*) FILTER (WHERE %(recent)s AND promise.state = 'broken') AS broken_count,
                   1 + COALESCE(
                       COUNT(*) FILTER (WHERE %(recent)s AND promise.state = 'broken')::numeric
                       / NULLIF(COUNT(*) FILTER (WHERE %(recent)s AND promise.state IN ('kept', 'broken')), 0), 0
                   ) AS behaviour
            FROM payment_promise promise
            JOIN (VALUES %(companies)s) AS company(id, today) ON company.id = promise.company_id
            LEFT JOIN (VALUES %(rates)s) AS rate(company_id, currency_id, factor, decimals)
                ON rate.company_id = promise.company_id AND rate.currency_id = promise.currency_id
            WHERE promise.state <> 'cancelled'
            GROUP BY 1, 2
            """,
            running=SQL(
                "promise.state = 'open' AND promise.date >= company.today AND promise.is_to_confirm IS NOT TRUE"
            ),
            recent=SQL("promise.date >= company.today - 365"),
            companies=self._get_company_values(),
            rates=self._get_rate_values(),
        )

    def _get_rate_values(self):
        """Return today's conversion into company currency: rows of (company, currency, factor, decimals).

        Of the currencies of open promises only; each company's rates come in one statement.
        """
        # Superuser: rates are the same, whoever looks.
        promised = self.env["payment.promise"].sudo()._read_group([("state", "=", "open")], ["currency_id"])
        currencies = self.env["res.currency"].sudo().union(*(currency for (currency,) in promised))
        rows = []
        for company in self.env.companies:
            rates = (currencies | company.currency_id)._get_rates(company, company._get_today())
            own = rates[company.currency_id.id]
            decimals = company.currency_id.decimal_places
            rows += [
                SQL("(%s, %s, %s::numeric, %s)", company.id, key, own / rate, decimals) for key, rate in rates.items()
            ]
        return SQL(", ").join(rows)

    def _get_call_query(self):
        """The last call of each customer."""
        return SQL(
            """
            SELECT DISTINCT ON (partner_id, company_id) partner_id, company_id, date, result, note, next_date
            FROM collection_call
            WHERE company_id IN %s
            ORDER BY partner_id, company_id, date DESC, id DESC
            """,
            tuple(self.env.companies.ids),
        )
