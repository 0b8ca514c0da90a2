from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, date_utils

from odoo.addons.sales_control.tools.dso import MAX_MONTHS, get_countback_dso, get_period_dso

KEYS = {"company": "company_id", "customer": "partner_id", "salesperson": "user_id", "department": "department_id"}


class ReceivableDso(models.TransientModel):
    """Days sales outstanding at month ends, by both methods, of a company or of its parts.

    Made by `receivable.dso.wizard` for whoever asks, and seen by him alone. Days cannot be added up: whoever asks for
    customers gets customers.
    """

    _name = "receivable.dso"
    _description = "Days Sales Outstanding"
    _order = "date desc, receivable desc, id"

    date = fields.Date("Month End", readonly=True)
    company_id = fields.Many2one("res.company", "Company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    department_id = fields.Many2one("hr.department", "Department", readonly=True)
    receivable = fields.Monetary(readonly=True, aggregator="sum", help="Open amount at month end.")
    sales = fields.Monetary(
        "Sales of the Period", readonly=True, aggregator="sum", help="Invoices less credit notes, taxes included."
    )
    days = fields.Integer("Days of the Period", readonly=True, aggregator=None)
    dso_period = fields.Float(
        "DSO (Period)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Receivables / sales of the period x its days: the standard DSO of the Credit Research Foundation. "
        "0 without sales.",
    )
    dso_countback = fields.Float(
        "DSO (Count-Back)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days of the most recent months whose sales use up the receivables. 0 if two years of sales are not enough.",
    )
    is_unbounded = fields.Boolean(
        "Exceeds Known Sales", readonly=True, help="The open amount exceeds the sales of two years."
    )

    @api.model
    def _prepare_rows(self, company, month_ends, dimension, days):
        """Return the values of the rows of a company; the user sees what the rules of aged receivables let him see.

        :param month_ends: last days of months
        :param dimension: ``company``, ``customer``, ``salesperson`` or ``department``
        :param days: of the period
        """
        sales = self._get_sales(company, dimension, min(month_ends), max(month_ends), days)
        rows = []
        for end in month_ends:
            receivables = self._get_receivables(company, dimension, end)
            for key in {*receivables, *sales}:
                row = self._prepare_row(company, dimension, key, end, receivables.get(key, 0.0), sales[key], days)
                if row["receivable"] or row["sales"]:
                    rows.append(row)
        return rows

    @api.model
    def _prepare_row(self, company, dimension, key, end, receivable, sales, days):
        """Return the values of one row.

        :param sales: ``{day: amount}`` of the two years before
        """
        sold = sum(amount for day, amount in sales.items() if end - timedelta(days=days) < day <= end)
        months = defaultdict(float)
        for day, amount in sales.items():
            if day <= end:
                months[date_utils.start_of(day, "month")] += amount
        countback = get_countback_dso(receivable, months, end)
        return {
            "date": end,
            "company_id": company.id,
            KEYS[dimension]: key,
            "receivable": receivable,
            "sales": company.currency_id.round(sold),
            "days": days,
            "dso_period": get_period_dso(receivable, sold, days) or 0.0,
            "dso_countback": countback or 0.0,
            "is_unbounded": countback is None,
        }

    @api.model
    def _get_receivables(self, company, dimension, end):
        """Return ``{key: open at the month end}``."""
        ageing = self.env["receivable.ageing"].with_context(
            allowed_company_ids=company.ids, ageing_date=end, ageing_days=None, ageing_basis="due"
        )
        groups = ageing._read_group([], [KEYS[dimension]], ["amount:sum"])
        return {key.id: company.currency_id.round(amount) for key, amount in groups}

    @api.model
    def _get_sales(self, company, dimension, first, last, days):
        """Return ``{key: {day: sales less credit notes}}``, taxes included, of all days that the methods may ask for."""
        self.env["account.move"].flush_model()
        begin = first - timedelta(days=max(days, MAX_MONTHS * 31))
        query = SQL(
            """
            SELECT %(key)s, COALESCE(move.invoice_date, move.date) AS day, SUM(move.amount_total_signed)::float
            FROM account_move move
            JOIN res_partner customer ON customer.id = move.commercial_partner_id
            WHERE move.move_type IN ('out_invoice', 'out_refund', 'out_receipt') AND move.state = 'posted'
              AND move.company_id = %(company)s AND COALESCE(move.invoice_date, move.date) BETWEEN %(begin)s AND %(last)s
              AND %(visible)s
            GROUP BY 1, 2
            """,
            key=self._get_key_sql(dimension),
            company=company.id,
            begin=begin,
            last=last,
            visible=self._get_visible_sql(),
        )
        sales = defaultdict(dict)
        for key, day, amount in self.env.execute_query(query):
            sales[key or False][day] = amount
        return sales

    @api.model
    def _get_key_sql(self, dimension):
        """Return the SQL of what sales are summed by, the same as in `receivable.ageing`."""
        return {
            "company": SQL("move.company_id"),
            "customer": SQL("customer.id"),
            "salesperson": SQL("COALESCE(move.invoice_user_id, customer.user_id)"),
            "department": SQL("move.department_id"),
        }[dimension]

    @api.model
    def _get_visible_sql(self):
        """Return the SQL of the customers whose sales count: those of whom the user sees what they owe."""
        if self.env["receivable.statement"]._sees_all():
            return SQL("TRUE")
        return SQL("customer.user_id = %s", self.env.uid)
