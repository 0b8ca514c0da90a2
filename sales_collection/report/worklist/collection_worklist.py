from lxml import etree

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.ageing import MAX_BOUNDS, get_bucket_ranges

from ...tools.groups import DUNNING_READERS

# As many as a company may set: one per bound, and what is older.
BUCKETS = tuple(f"bucket_{number}" for number in range(1, MAX_BOUNDS + 2))


class CollectionWorklist(models.Model):
    """Whom to ask for money today, and why: one row per customer and company with something overdue.

    What overdue is: see `tools/ageing.py` of sales_control. Items that accountants exclude from follow-up are in the
    figures, but nobody asks for them: they give no priority, and a customer with nothing else is not to be called.

    Priority = what is asked for and past due, less open credits x average days overdue (weighted by amount) x behaviour.
    Behaviour is 1 plus the share of broken ones among the promises judged in the last year: 1 without any, 2 if all were
    broken.
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
    collector_id = fields.Many2one(
        "res.users", "Collector", readonly=True, help="Or the salesperson, if there is no collector."
    )
    customer_class_id = fields.Many2one("sale.customer.class", "Customer Class", readonly=True)
    item_count = fields.Integer("Overdue Items", readonly=True)
    amount_overdue = fields.Monetary(
        "Overdue", readonly=True, currency_field="company_currency_id", help="Past due, less open credits."
    )
    amount_past_due = fields.Monetary(
        "Past Due",
        readonly=True,
        currency_field="company_currency_id",
        help="Open items after their due date; with what is not due and open credits this is the balance.",
    )
    # Past due by age, see `_get_bucket_labels`.
    bucket_1 = fields.Monetary(
        "Bucket 1", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_2 = fields.Monetary(
        "Bucket 2", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_3 = fields.Monetary(
        "Bucket 3", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_4 = fields.Monetary(
        "Bucket 4", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_5 = fields.Monetary(
        "Bucket 5", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_6 = fields.Monetary(
        "Bucket 6", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_7 = fields.Monetary(
        "Bucket 7", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_8 = fields.Monetary(
        "Bucket 8", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
    bucket_9 = fields.Monetary(
        "Bucket 9", readonly=True, currency_field="company_currency_id", export_string_translation=False
    )
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
        help="All that is open: past due, not due and open credits.",
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
        "Promised",
        readonly=True,
        currency_field="company_currency_id",
        help="Covered by open promises, at today's exchange rate.",
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
    is_blocked = fields.Boolean("Not Dunned", readonly=True, help="Dunning is blocked for a time, or permanently.")
    is_to_call = fields.Boolean(
        "To Call Today",
        readonly=True,
        help="Something overdue is asked for, and neither a promise that still runs nor a later call is planned.",
    )
    behaviour = fields.Float(string="Behavior", readonly=True, digits=(16, 2), aggregator="avg")
    priority = fields.Float(readonly=True, digits=(16, 0), groups=DUNNING_READERS)

    @property
    def _table_query(self):
        self._flush_worklist()
        return SQL(
            """
            SELECT owed.partner_id::bigint * 65536 + owed.company_id AS id, owed.partner_id, owed.company_id,
                   company.currency_id AS company_currency_id,
                   owed.item_count, GREATEST(0, owed.past_due + owed.credits) AS amount_overdue,
                   owed.past_due AS amount_past_due, %(buckets)s, owed.not_due AS amount_not_due,
                   owed.credits AS amount_credit, owed.balance AS amount_balance, owed.days AS days_oldest,
                   owed.amount_days / owed.past_due AS days_average,
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
                   owed.asked > 0 AND COALESCE(last.next_date <= owed.today, TRUE) AND promised.promise_id IS NULL
                       AS is_to_call,
                   COALESCE(promised.behaviour, 1) AS behaviour,
                   COALESCE(GREATEST(0, owed.asked + owed.credits) * owed.asked_days / NULLIF(owed.asked, 0), 0)
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
            buckets=SQL(", ").join(SQL("owed.%s", SQL.identifier(name)) for name in BUCKETS),
            owed=self._get_owed_query(),
            disputed=self._get_disputed_query(),
            promised=self._get_promised_query(),
            calls=self._get_call_query(),
        )

    # === BUCKETS === #

    @api.model
    def _get_bucket_labels(self):
        """Return the names of the buckets that the company uses: ``{field: name}``."""
        labels = self.env.company._get_ageing_labels()
        return {f"bucket_{key}": self.env._("%s Days", label) for key, label in labels.items() if key != "0"}

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        # EXTENDS 'base'
        result = super().fields_get(allfields, attributes)
        for name, label in self._get_bucket_labels().items():
            if "string" in result.get(name, ()):
                result[name]["string"] = label
        return result

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        # EXTENDS 'base'
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env.company._get_ageing_bounds())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        # EXTENDS 'base'
        arch, view = super()._get_view(view_id, view_type, **options)
        labels = self._get_bucket_labels()
        for name in BUCKETS:
            self._name_bucket(arch, view_type, name, labels.get(name))
        return arch, view

    @api.model
    def _name_bucket(self, arch, view_type, name, label):
        """Name a bucket in a view; one that the company does not use is not shown.

        :param label: None for one that is not used
        """
        for node in arch.xpath(f"//field[@name='{name}']"):
            if label:
                node.attrib.update({"string": label, **({"sum": label} if node.get("sum") else {})})
            else:
                node.getparent().remove(node)
        if not label and view_type in ("pivot", "graph"):
            # Or it would be offered as a measure.
            etree.SubElement(arch, "field", name=name, invisible="1")

    # === QUERIES === #

    def _flush_worklist(self):
        """Bring to the database what the queries below read."""
        for name in ("dunning.item", "dunning.level", "payment.promise", "dunning.dispute", "collection.call"):
            self.env[name].flush_model()
        self.env["res.partner"].flush_model(
            ["user_id", "customer_class_id", "collector_id", "dunning_opt_out", "dunning_blocked_until"]
        )

    def _get_owed_query(self):
        """Open items on receivable accounts by customer and company, those with something overdue."""
        past_due = SQL("item.amount > 0 AND item.age > 0")
        sums = self.env["account.move.line"]._get_owed_sums()
        return SQL(
            """
            SELECT item.partner_id, item.company_id, item.today, %(sums)s,
                   SUM(item.amount * item.age) FILTER (WHERE %(past_due)s) AS amount_days,
                   COALESCE(SUM(item.amount) FILTER (WHERE %(past_due)s AND item.is_followed), 0) AS asked,
                   SUM(item.amount * item.age) FILTER (WHERE %(past_due)s AND item.is_followed) AS asked_days,
                   COUNT(*) FILTER (WHERE %(past_due)s) AS item_count,
                   (ARRAY_AGG(item.level_id ORDER BY item.level_days DESC, item.level_id DESC)
                       FILTER (WHERE item.level_id IS NOT NULL AND item.amount > 0))[1] AS level_id,
                   COALESCE(BOOL_OR(item.is_legal) FILTER (WHERE item.amount > 0), FALSE) AS is_legal,
                   COALESCE(BOOL_OR(item.stop_supply) FILTER (WHERE item.amount > 0), FALSE) AS is_supply_stopped,
                   MAX(item.dunned_on) AS last_notice_date,
                   %(buckets)s
            FROM (%(items)s) AS item
            GROUP BY 1, 2, 3
            HAVING %(overdue)s > 0
            """,
            past_due=past_due,
            sums=SQL(", ").join(SQL("%s AS %s", value, SQL.identifier(name)) for name, value in sums.items()),
            overdue=SQL("%s + %s", sums["past_due"], sums["credits"]),
            buckets=self._get_bucket_sums(),
            items=self._get_item_query(),
        )

    def _get_bucket_sums(self):
        """Return the columns of what is past due by age: all that there can be, 0 beyond those of the user's company, by
        which the rows of other companies are told as well."""
        columns = dict.fromkeys(BUCKETS, SQL("0"))
        for key, first, last in get_bucket_ranges(self.env.company._get_ageing_bounds())[1:]:
            until = SQL("AND item.age <= %s", last) if last else SQL()
            columns[f"bucket_{key}"] = SQL(
                "COALESCE(SUM(item.amount) FILTER (WHERE item.amount > 0 AND item.age >= %s %s), 0)", first, until
            )
        return SQL(", ").join(SQL("%s AS %s", value, SQL.identifier(name)) for name, value in columns.items())

    def _get_item_query(self):
        """Open items and what they have reached in dunning; see `account.move.line._get_open_query`."""
        return SQL(
            """
            SELECT open.*, day.today, memory.level_id, memory.date AS dunned_on,
                   level.days AS level_days, level.is_legal, level.stop_supply
            FROM (%(open)s) AS open
            JOIN %(days)s ON day.company_id = open.company_id
            LEFT JOIN dunning_item memory ON memory.move_line_id = open.id
            LEFT JOIN dunning_level level ON level.id = memory.level_id
            WHERE open.partner_id IS NOT NULL
            """,
            open=self.env["account.move.line"]._get_open_query(self.env.companies),
            days=self.env.companies._get_today_table(),
        )

    def _get_disputed_query(self):
        """What is disputed and not yet credited, by customer; see `dunning.dispute._get_disputed_query`."""
        return SQL(
            "SELECT partner_id, company_id, SUM(amount) AS amount FROM (%s) AS disputed GROUP BY 1, 2",
            self.env["dunning.dispute"]._get_disputed_query(self.env.companies),
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
            JOIN %(days)s ON day.company_id = promise.company_id
            LEFT JOIN (SELECT DISTINCT promise_id FROM (%(promised)s) AS item) AS running
                ON running.promise_id = promise.id
            LEFT JOIN (VALUES %(rates)s) AS rate(company_id, currency_id, factor, decimals)
                ON rate.company_id = promise.company_id AND rate.currency_id = promise.currency_id
            WHERE promise.state <> 'cancelled'
            GROUP BY 1, 2
            """,
            running=SQL("running.promise_id IS NOT NULL"),
            promised=self.env["payment.promise"]._get_promised_query(self.env.companies),
            recent=SQL("promise.date >= day.today - 365"),
            days=self.env.companies._get_today_table(),
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
