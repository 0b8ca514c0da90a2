from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sales_control.tools.ageing import BASES, format_range, get_bucket_ranges, parse_bounds


class ReceivableAgeing(models.Model):
    """Receivable items that were open at the end of a day, today or any day in the past, rebuilt from reconciliations.

    The context names the day (``ageing_date``), the buckets (``ageing_days``) and what they count from
    (``ageing_basis``: ``due`` or ``invoice``). What is open on a day is what is open now, plus what later
    reconciliations have settled since: those whose younger item is dated after the day, and those with an entry that is
    not posted. The sum is the balance of the receivable accounts in the general ledger on that day, to the cent: credit
    notes and receipts that settle nothing are in it, negative. A day in the future shows what is known now as it will
    have aged by then.

    Level, promise and dispute are those of today.
    """

    _name = "receivable.ageing"
    _description = "Aged Receivable"
    _auto = False
    _order = "date_maturity, id"
    _rec_name = "document"

    move_line_id = fields.Many2one("account.move.line", "Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice or Entry", readonly=True)
    document = fields.Char(readonly=True)
    reference = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    contact_id = fields.Many2one("res.partner", "Contact", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="Of the invoice, else of the customer.")
    department_id = fields.Many2one("hr.department", "Department", readonly=True)
    customer_class_id = fields.Many2one("sale.customer.class", "Customer Class", readonly=True)
    company_id = fields.Many2one("res.company", "Company", readonly=True)
    account_id = fields.Many2one("account.account", "Account", readonly=True)
    company_currency_id = fields.Many2one("res.currency", "Company Currency", readonly=True)
    currency_id = fields.Many2one("res.currency", "Document Currency", readonly=True)
    order_names = fields.Char("Sales Orders", readonly=True)
    contract_number = fields.Char(readonly=True)
    date = fields.Date("Accounting Date", readonly=True)
    invoice_date = fields.Date("Document Date", readonly=True)
    date_maturity = fields.Date("Due Date", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    bucket = fields.Selection("_get_bucket_selection", "Age (Days)", readonly=True)
    amount_original = fields.Monetary("Original", readonly=True, currency_field="company_currency_id")
    amount = fields.Monetary("Open", readonly=True, currency_field="company_currency_id")
    amount_overdue = fields.Monetary("Overdue", readonly=True, currency_field="company_currency_id")
    amount_original_currency = fields.Monetary("Original in Currency", readonly=True, aggregator=None)
    amount_currency = fields.Monetary("Open in Currency", readonly=True, aggregator=None)
    dunning_level_id = fields.Many2one("dunning.level", "Dunning Level", readonly=True)
    dunning_date = fields.Date("Dunned on", readonly=True)
    is_promised = fields.Boolean("Promised", readonly=True)
    is_disputed = fields.Boolean("Disputed", readonly=True)
    no_followup = fields.Boolean("No Follow-Up", readonly=True)

    # === OPTIONS === #

    @api.model
    def _get_ageing_date(self):
        """Return the day of the report: that of the context, else the company's today.

        :raise UserError: where the context names no date
        """
        value = self.env.context.get("ageing_date")
        if not value:
            return self.env.company._get_today()
        try:
            return fields.Date.to_date(value)
        except (TypeError, ValueError, AttributeError) as error:
            raise UserError(self.env._("Date of the ageing: enter a day, for example 2026-12-31.")) from error

    @api.model
    def _get_ageing_bounds(self):
        """Return the last days of the buckets: those of the context, else of the company.

        :raise UserError: where the context holds no bounds
        """
        value = self.env.context.get("ageing_days")
        if not value:
            return self.env.company._get_ageing_bounds()
        try:
            return parse_bounds(value)
        except ValueError as error:
            raise UserError(self.env.company._get_ageing_days_error()) from error

    @api.model
    def _get_ageing_basis(self):
        """Return what age counts from, ``due`` or ``invoice``; ``due`` unless the context says otherwise."""
        value = self.env.context.get("ageing_basis")
        return value if value in BASES else "due"

    @api.model
    def _get_bucket_selection(self):
        ageing = self.with_context(**self._get_label_options())
        ranges = get_bucket_ranges(ageing._get_ageing_bounds(), ageing._get_ageing_basis())
        return [(key, self._get_bucket_label(first, last)) for key, first, last in ranges]

    @api.model
    def _get_label_options(self):
        """Return the options that name the buckets.

        The web client asks for views, and with them for these names, with no more of the context than the language and
        what ends in ``_view_ref``: the action of the wizard holds the options under both names.
        """
        context = self.env.context
        return {name: context.get(name) or context.get(f"{name}_view_ref") for name in ("ageing_days", "ageing_basis")}

    @api.model
    def _get_bucket_label(self, first, last):
        """Return the name of a bucket; see `get_bucket_ranges`."""
        return self.env._("Not due") if first is None else format_range(first, last)

    # === ORM === #

    @api.model
    def _search(self, domain, *args, **kwargs):
        # The same item has other figures on another day: nothing is kept from one search to the next.
        self.invalidate_model(flush=False)
        return super()._search(domain, *args, **kwargs)

    # === ACTIONS === #

    def action_open_document(self):
        """Open the invoice or entry behind a row.

        :return: an action; the user's rights on the document decide
        """
        self.ensure_one()
        return self.move_id.get_formview_action()

    @api.model
    def action_choose(self):
        """Open the wizard that chooses day and buckets, with those of the context.

        :return: an action
        """
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.receivable_ageing_wizard_action")
        bounds = ", ".join(str(bound) for bound in self._get_ageing_bounds())
        action["context"] = {
            "default_date": fields.Date.to_string(self._get_ageing_date()),
            "default_ageing_days": bounds,
            "default_basis": self._get_ageing_basis(),
        }
        return action

    # === QUERIES === #

    @property
    def _table_query(self):
        return self._get_ageing_query(self.env.companies, self._get_ageing_date())

    @api.model
    def _flush_ageing(self):
        """Bring to the database what the queries below read."""
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(
            ["state", "invoice_user_id", "department_id", "move_type", "invoice_date", "ref", "payment_reference"]
        )
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.account"].flush_model(["account_type"])
        self.env["res.partner"].flush_model(["commercial_partner_id", "user_id", "customer_class_id"])
        for model in ("dunning.item", "payment.promise", "dunning.dispute"):
            self.env[model].flush_model()
        self.env["sale.order"].flush_model(["name", "contract_number"])
        self.env["sale.order.line"].flush_model(["order_id"])

    @api.model
    def _get_ageing_query(self, companies, day, partners=None):
        """Return the query of the items open at the end of a day.

        Columns that nobody asks for are subqueries of their own or outer joins on unique keys: the planner drops them.

        :param companies: whose items count
        :param partners: commercial partners, where only theirs count
        """
        self._flush_ageing()
        due = SQL("COALESCE(item.date_maturity, item.date)")
        dated = SQL("COALESCE(move.invoice_date, item.date)")
        age = SQL("(%s - %s)", day, dated if self._get_ageing_basis() == "invoice" else due)
        return SQL(
            """
            SELECT item.id, item.id AS move_line_id, item.move_id, item.move_name AS document, move.ref AS reference,
                   customer.id AS partner_id, item.partner_id AS contact_id, item.company_id, item.account_id,
                   item.company_currency_id, item.currency_id, item.date, %(dated)s AS invoice_date,
                   %(due)s AS date_maturity, COALESCE(move.invoice_user_id, customer.user_id) AS user_id,
                   move.department_id, customer.customer_class_id, item.no_followup,
                   GREATEST(0, %(day)s - %(due)s) AS days_overdue, %(bucket)s AS bucket,
                   item.balance AS amount_original, item.amount_currency AS amount_original_currency,
                   item.amount_residual + open.amount AS amount,
                   item.amount_residual_currency + open.amount_currency AS amount_currency,
                   CASE WHEN %(due)s < %(day)s THEN item.amount_residual + open.amount ELSE 0 END AS amount_overdue,
                   dunned.level_id AS dunning_level_id, dunned.date AS dunning_date,
                   %(promised)s AS is_promised, %(disputed)s AS is_disputed, %(orders)s
            FROM (%(open)s) AS open
            JOIN account_move_line item ON item.id = open.item_id
            JOIN account_move move ON move.id = item.move_id
            JOIN account_account account ON account.id = item.account_id AND account.account_type = 'asset_receivable'
            LEFT JOIN res_partner contact ON contact.id = item.partner_id
            LEFT JOIN res_partner customer ON customer.id = contact.commercial_partner_id
            LEFT JOIN dunning_item dunned ON dunned.move_line_id = item.id
            WHERE item.parent_state = 'posted' AND item.date <= %(day)s AND item.company_id IN %(companies)s
              AND (item.amount_residual + open.amount <> 0
                   OR item.amount_residual_currency + open.amount_currency <> 0)
              AND %(where)s
            """,
            day=day,
            dated=dated,
            due=due,
            bucket=self._get_bucket_sql(age),
            promised=self._get_promised_sql(),
            disputed=SQL("EXISTS (SELECT FROM dunning_dispute d WHERE d.move_line_id = item.id AND d.state = 'open')"),
            orders=self._get_order_sql(),
            open=self._get_open_query(day),
            companies=tuple(companies.ids),
            where=SQL("customer.id IN %s", tuple(partners.ids)) if partners is not None else SQL("TRUE"),
        )

    @api.model
    def _get_open_query(self, day):
        """Return the query of candidates: what is open now (nothing to add), and what was settled after the day.

        One row per item with what to add to its present residual. Today's ageing reads no settled item but the few with
        a younger reconciliation.
        """
        return SQL(
            """
            WITH later AS (
                SELECT side.item_id, SUM(side.amount) AS amount, SUM(side.amount_currency) AS amount_currency
                FROM (%(undone)s) AS undone
                CROSS JOIN LATERAL (VALUES
                    (undone.debit_move_id, undone.amount, undone.debit_amount_currency),
                    (undone.credit_move_id, -undone.amount, -undone.credit_amount_currency)
                ) AS side(item_id, amount, amount_currency)
                GROUP BY side.item_id
            )
            SELECT item.id AS item_id, COALESCE(later.amount, 0) AS amount,
                   COALESCE(later.amount_currency, 0) AS amount_currency
            FROM account_move_line item
            JOIN account_account account ON account.id = item.account_id
            LEFT JOIN later ON later.item_id = item.id
            WHERE item.reconciled IS NOT TRUE AND account.account_type = 'asset_receivable'
              AND item.parent_state = 'posted'
            UNION ALL
            SELECT later.item_id, later.amount, later.amount_currency
            FROM later
            JOIN account_move_line item ON item.id = later.item_id
            WHERE item.reconciled
            """,
            undone=self._get_undone_query(day),
        )

    @api.model
    def _get_undone_query(self, day):
        """Return the query of reconciliations that say nothing about a day: later ones, and those of an entry that is
        not posted (an invoice that is reset to draft stays reconciled)."""
        columns = SQL(
            "p.id, p.debit_move_id, p.credit_move_id, p.amount, p.debit_amount_currency, p.credit_amount_currency"
        )
        return SQL(
            """
            SELECT %(columns)s FROM account_partial_reconcile p WHERE p.max_date > %(day)s
            UNION
            SELECT %(columns)s FROM account_move entry
            JOIN account_move_line line ON line.move_id = entry.id
            JOIN account_partial_reconcile p ON p.debit_move_id = line.id
            WHERE entry.state = 'draft'
            UNION
            SELECT %(columns)s FROM account_move entry
            JOIN account_move_line line ON line.move_id = entry.id
            JOIN account_partial_reconcile p ON p.credit_move_id = line.id
            WHERE entry.state = 'draft'
            """,
            columns=columns,
            day=day,
        )

    @api.model
    def _get_bucket_sql(self, age):
        """Return the SQL of the bucket's key.

        :param age: SQL of the days since the due or the invoice date
        """
        *bounded, (last_key, _first, _last) = get_bucket_ranges(self._get_ageing_bounds(), self._get_ageing_basis())
        cases = SQL(" ").join(SQL("WHEN %s <= %s THEN %s", age, last, key) for key, _first, last in bounded)
        return SQL("CASE %s ELSE %s END", cases, last_key)

    @api.model
    def _get_promised_sql(self):
        """Return the SQL that tells whether an open promise names the item."""
        field = self.env["payment.promise"]._fields["move_line_ids"]
        return SQL(
            "EXISTS (SELECT FROM %s rel JOIN payment_promise promise ON promise.id = rel.%s"
            " WHERE rel.%s = item.id AND promise.state = 'open')",
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
            SQL.identifier(field.column2),
        )

    @api.model
    def _get_order_sql(self):
        """Return the SQL of the orders and the contract numbers that the invoice bills."""
        billed = SQL(
            """
            FROM account_move_line billed
            JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = billed.id
            JOIN sale_order_line sold ON sold.id = rel.order_line_id
            JOIN sale_order sale ON sale.id = sold.order_id
            WHERE billed.move_id = item.move_id
            """
        )
        return SQL(
            "(SELECT string_agg(DISTINCT sale.name, ', ') %(billed)s) AS order_names,"
            " (SELECT string_agg(DISTINCT NULLIF(sale.contract_number, ''), ', ') %(billed)s) AS contract_number",
            billed=billed,
        )
