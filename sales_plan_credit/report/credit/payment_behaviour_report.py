from collections import defaultdict
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.groups import CREDIT_READERS
from ...tools.payment_behaviour import PERIOD_DAYS, Settlement, get_behaviour


class PaymentBehaviourReport(models.Model):
    """How customers paid, month by month; what is open and due counts as late until today, in the current month."""

    _name = "payment.behaviour.report"
    _inherit = "sale.weighted.average.mixin"
    _description = "Payment Behavior"
    _auto = False
    _order = "date desc, partner_id"
    _rec_name = "partner_id"
    _weighted_averages = {"days_late": ("late_amount_days", "amount"), "share_late": ("late_amount", "amount", 100)}

    date = fields.Date("Month", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    customer_class_id = fields.Many2one("sale.customer.class", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = fields.Monetary("Paid or Due", readonly=True, groups=CREDIT_READERS, help="In company currency.")
    late_amount = fields.Monetary("Late Amount", readonly=True, groups=CREDIT_READERS)
    late_amount_days = fields.Float("Amount x Days Late", readonly=True, groups=CREDIT_READERS)
    days_late = fields.Float(
        digits=(16, 1), readonly=True, aggregator="avg", groups=CREDIT_READERS, help="Weighted by amount."
    )
    share_late = fields.Float(
        "Share Late (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        groups=CREDIT_READERS,
        help="Share of the amount.",
    )

    @property
    def _table_query(self):
        self.env["res.partner"].flush_model(["user_id", "customer_class_id"])
        return SQL(
            """
            SELECT month.*, %s AS days_late, %s AS share_late
            FROM (
                SELECT MIN(row.id) AS id, date_trunc('month', row.paid)::date AS date, row.partner_id, row.company_id,
                       customer.user_id, customer.customer_class_id, SUM(row.amount) AS amount,
                       COALESCE(SUM(row.amount) FILTER (WHERE row.paid > row.due), 0) AS late_amount,
                       SUM(row.amount * GREATEST(0, row.paid - row.due)) AS late_amount_days
                FROM (%s) AS row
                JOIN res_partner customer ON customer.id = row.partner_id
                GROUP BY date_trunc('month', row.paid), row.partner_id, row.company_id, customer.user_id,
                         customer.customer_class_id
            ) AS month
            """,
            self._get_average_sql("days_late", SQL("month.late_amount_days"), SQL("month.amount")),
            self._get_average_sql("share_late", SQL("month.late_amount"), SQL("month.amount")),
            self._get_payment_query(self.env.companies),
        )

    # === BUSINESS METHODS === #

    @api.model
    def _read_behaviours(self, company, partners=None):
        """Return how customers have paid ``company`` in the last 12 months, in one statement.

        :param partners: commercial partners, all customers where not given
        :return: dict, partner -> `PaymentBehaviour`; customers without any document are left out
        """
        today = company._get_today()
        rows = defaultdict(lambda: defaultdict(list))
        for partner_id, kind, due, day, amount in self.env.execute_query(
            self._get_behaviour_query(company, partners, today - timedelta(days=PERIOD_DAYS))
        ):
            rows[partner_id][kind].append((due, day, amount))
        # Browsed together: what reads them later reads all of them at once.
        customers = self.env["res.partner"].browse(rows)
        return {partner: self._prepare_behaviour(rows[partner.id], today) for partner in customers}

    @api.model
    def _prepare_behaviour(self, rows, today):
        """Return the `PaymentBehaviour` of a customer.

        :param rows: dict, kind -> list of due date, day, amount; see `_get_behaviour_query`
        """
        return get_behaviour(
            settlements=[Settlement(due, day, float(amount)) for due, day, amount in rows["settled"]],
            sales=[(day, float(amount)) for _due, day, amount in rows["sold"]],
            receivable=float(sum(amount for _due, _day, amount in rows["receivable"])),
            first=next((day for _due, day, _amount in rows["first"]), None),
            today=today,
        )

    @api.model
    def _get_behaviour_query(self, company, partners, since):
        """Return the query of what `get_behaviour` is fed with, summed per day.

        Columns: partner_id, kind (``settled``, ``sold``, ``receivable``, ``first``), due, day, amount.
        """
        chosen = SQL("AND move.commercial_partner_id IN %s", tuple(partners.ids)) if partners else SQL()
        where = SQL("partner.commercial_partner_id IN %s", tuple(partners.ids)) if partners else SQL("TRUE")
        self.env["account.move"].flush_model(
            ["state", "move_type", "invoice_date", "amount_total_signed", "commercial_partner_id", "company_id"]
        )
        return SQL(
            """
            SELECT partner_id, 'settled', due, paid, SUM(amount) FROM (%(settled)s) AS row
            GROUP BY partner_id, due, paid
            UNION ALL
            SELECT partner_id, 'receivable', NULL, NULL, SUM(amount) FROM (%(receivable)s) AS row GROUP BY partner_id
            UNION ALL
            SELECT move.commercial_partner_id, 'sold', NULL, move.invoice_date, SUM(move.amount_total_signed)
            FROM account_move move WHERE %(sales)s AND move.invoice_date > %(since)s %(chosen)s
            GROUP BY move.commercial_partner_id, move.invoice_date
            UNION ALL
            SELECT move.commercial_partner_id, 'first', NULL, MIN(move.invoice_date), NULL
            FROM account_move move WHERE %(sales)s %(chosen)s GROUP BY move.commercial_partner_id
            """,
            settled=self._get_payment_query(company, partners, since),
            receivable=self.env["credit.exposure.report"]._get_receivable_query(company, where),
            sales=SQL(
                "move.company_id = %s AND move.state = 'posted' "
                "AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')",
                company.id,
            ),
            since=since,
            chosen=chosen,
        )

    # === QUERIES === #

    @api.model
    def _get_payment_query(self, companies, partners=None, since=None):
        """Return the query of what was paid (one row per receipt and claim), and what is open and past due, paid today.

        Columns: id, partner_id (commercial), company_id, due, paid, amount. An advance is paid when it is invoiced.

        :param partners: commercial partners, all where not given
        :param since: leave out what was paid before
        """
        chosen = SQL("partner.commercial_partner_id IN %s", tuple(partners.ids)) if partners else SQL("TRUE")
        return SQL(
            "%s UNION ALL %s", self._get_paid_query(companies, chosen, since), self._get_due_query(companies, chosen)
        )

    @api.model
    def _get_paid_query(self, companies, chosen, since):
        """Return the query of the receipts; see `account.partial.reconcile._get_settlement_query`."""
        items, partials = self.env["account.move.line"], self.env["account.partial.reconcile"]
        settled = SQL("partial.debit_move_id IN (SELECT id FROM claim) AND partial.max_date > %s", since or date.min)
        return SQL(
            """
            (WITH claim AS MATERIALIZED (%s)
             SELECT settled.id, claim.partner_id, claim.company_id, claim.date_due AS due,
                    GREATEST(settled.date, claim.date) AS paid, settled.amount
             FROM (%s) AS settled
             JOIN claim ON claim.id = settled.item_id
             WHERE settled.kind = 'receipt' AND settled.amount > 0)
            """,
            items._get_claim_query(companies, SQL("%s AND item.partner_id IS NOT NULL", chosen)),
            partials._get_settlement_query(settled),
        )

    @api.model
    def _get_due_query(self, companies, chosen):
        """Return the query of the claims that are open and past due, as if they were paid today."""
        items = self.env["account.move.line"]
        return SQL(
            """
            SELECT open.id::bigint * 4, open.partner_id, open.company_id, open.date_due, open.date_due + open.age,
                   open.amount
            FROM (%s) AS open
            JOIN account_move move ON move.id = open.move_id
            WHERE open.amount > 0 AND open.age > 0 AND %s
            """,
            items._get_open_query(companies, SQL("%s AND item.partner_id IS NOT NULL", chosen)),
            items._get_claim_condition(),
        )
