from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sales_control.tools.ageing import BASES, get_bucket_ranges, parse_bounds


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
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        readonly=True,
        help="Salesperson of the invoice or, if there is none, of the customer.",
    )
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
    amount_overdue = fields.Monetary(
        "Overdue",
        readonly=True,
        currency_field="company_currency_id",
        help="Past due, less open credits: where a customer has more of these, the sum is negative.",
    )
    amount_original_currency = fields.Monetary("Original in Currency", readonly=True, aggregator=None)
    amount_currency = fields.Monetary("Open in Currency", readonly=True, aggregator=None)
    dunning_level_id = fields.Many2one("dunning.level", "Dunning Level", readonly=True)
    dunning_date = fields.Date("Dunned On", readonly=True)
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
            raise UserError(self.env._("Aging date: enter a day, for example 2026-12-31.")) from error

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
        return [(key, self.env.company._get_bucket_label(first, last)) for key, first, last in ranges]

    @api.model
    def _get_label_options(self):
        """Return the options that name the buckets.

        The web client asks for views, and with them for these names, with no more of the context than the language and
        what ends in ``_view_ref``: the action of the wizard holds the options under both names.
        """
        context = self.env.context
        return {name: context.get(name) or context.get(f"{name}_view_ref") for name in ("ageing_days", "ageing_basis")}

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
        """Bring to the database what the query below reads beside open items."""
        self.env["account.move"].flush_model(
            ["invoice_user_id", "department_id", "invoice_date", "ref", "payment_reference"]
        )
        self.env["res.partner"].flush_model(["user_id", "customer_class_id"])
        self.env["dunning.item"].flush_model()
        self.env["sale.order"].flush_model(["name", "contract_number"])
        self.env["sale.order.line"].flush_model(["order_id"])

    @api.model
    def _get_ageing_query(self, companies, day, partners=None):
        """Return the query of the items open at the end of a day; see `account.move.line._get_open_query`.

        Columns that nobody asks for are subqueries of their own or outer joins on unique keys: the planner drops them.

        :param companies: whose items count
        :param partners: commercial partners, where only theirs count
        """
        self._flush_ageing()
        dated = SQL("COALESCE(move.invoice_date, item.date)")
        is_dated = self._get_ageing_basis() == "invoice"
        chosen = SQL("partner.commercial_partner_id IN %s", tuple(partners.ids)) if partners is not None else None
        return SQL(
            """
            SELECT item.id, item.id AS move_line_id, item.move_id, item.document, move.ref AS reference,
                   item.partner_id, item.contact_id, item.company_id, item.account_id,
                   item.company_currency_id, item.currency_id, item.date, %(dated)s AS invoice_date,
                   item.date_due AS date_maturity, COALESCE(move.invoice_user_id, customer.user_id) AS user_id,
                   move.department_id, customer.customer_class_id, NOT item.is_followed AS no_followup,
                   GREATEST(0, item.age) AS days_overdue, %(bucket)s AS bucket,
                   item.amount_original, item.amount_original_currency, item.amount, item.amount_currency,
                   CASE WHEN item.age > 0 OR item.amount < 0 THEN item.amount ELSE 0 END AS amount_overdue,
                   dunned.level_id AS dunning_level_id, dunned.date AS dunning_date,
                   %(promised)s AS is_promised, %(disputed)s AS is_disputed, %(orders)s
            FROM (%(open)s) AS item
            JOIN account_move move ON move.id = item.move_id
            LEFT JOIN res_partner customer ON customer.id = item.partner_id
            LEFT JOIN dunning_item dunned ON dunned.move_line_id = item.id
            """,
            dated=dated,
            bucket=self._get_bucket_sql(SQL("(%s - %s)", day, dated) if is_dated else SQL("item.age")),
            promised=self._get_held_sql(self.env["payment.promise"]._get_promised_query(companies)),
            disputed=self._get_held_sql(self.env["dunning.dispute"]._get_disputed_query(companies)),
            orders=self._get_order_sql(),
            open=self.env["account.move.line"]._get_open_query(companies, chosen, day),
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
    def _get_held_sql(self, query):
        """Return the SQL that tells whether an item is one of those of a query of promises or disputes."""
        return SQL("item.id IN (SELECT held.item_id FROM (%s) AS held)", query)

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
