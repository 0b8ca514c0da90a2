from odoo import api, fields, models
from odoo.tools import SQL

from .contract_payment_query import ContractPaymentQuery


class ContractPaymentReport(models.Model):
    """The payments that contracts ask for, in company currency at the order's rate, whatever rates came later."""

    _name = "contract.payment.report"
    _inherit = "sale.weighted.average.mixin"
    _description = "Contract Payments"
    _auto = False
    _order = "date_due, order_id desc, sequence, id"
    _rec_name = "name"
    _weighted_averages = {
        "days_late": ("late_amount_days", "amount_collected"),
        "rate": ("amount_collected", "amount_due", 100),
    }

    order_id = fields.Many2one("sale.order", "Order", readonly=True)
    milestone_id = fields.Many2one("sale.payment.milestone", "Contract Payment", readonly=True)
    sequence = fields.Integer(readonly=True)
    name = fields.Char("Description", readonly=True)
    kind = fields.Selection(
        lambda self: self.env["sale.payment.milestone"]._fields["kind"]._description_selection(self.env),
        string="Type",
        readonly=True,
    )
    state = fields.Selection(
        lambda self: self.env["sale.payment.milestone"]._fields["state"]._description_selection(self.env),
        string="Status",
        readonly=True,
    )
    contract_number = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        readonly=True,
        help="As recorded on the first invoice; before that, the order's salesperson.",
    )
    department_id = fields.Many2one("hr.department", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    date_due = fields.Date("Due Date", readonly=True)
    is_expected = fields.Boolean("Expected", readonly=True)
    amount_due = fields.Monetary("Due", readonly=True, help="Amount due under the contract, taxes included.")
    amount_invoiced = fields.Monetary("Invoiced", readonly=True)
    amount_collected = fields.Monetary("Collected", readonly=True, help="Receipts, by date.")
    amount_discounted = fields.Monetary("Discounts", readonly=True)
    amount_open = fields.Monetary("Open", readonly=True)
    amount_overdue = fields.Monetary("Overdue", readonly=True)
    late_amount_days = fields.Float("Amount x Days Late", readonly=True)
    days_late = fields.Float(
        digits=(16, 1), readonly=True, aggregator="avg", help="Days late of the amounts collected, weighted by amount."
    )
    rate = fields.Float(
        "Collected (%)", digits=(16, 2), readonly=True, aggregator="avg", help="Percentage of the amount due."
    )

    @property
    def _table_query(self):
        query = ContractPaymentQuery(self.env)
        figures = query.get_figures(SQL("orders.company_id IN %s", tuple(self.env.companies.ids)))
        amounts = SQL(", ").join(
            SQL(
                "ROUND(figure.%s / COALESCE(NULLIF(figure.currency_rate, 0), 1), currency.decimal_places) AS %s",
                SQL.identifier(name),
                SQL.identifier(alias),
            )
            for name, alias in (
                ("due", "amount_due"),
                ("invoiced", "amount_invoiced"),
                ("collected", "amount_collected"),
                ("discounted", "amount_discounted"),
                ("open", "amount_open"),
                ("overdue", "amount_overdue"),
                ("late_days", "late_amount_days"),
            )
        )
        return SQL(
            """
            SELECT figure.id, figure.id AS milestone_id, figure.order_id, milestone.sequence, milestone.name,
                   milestone.kind, figure.state, orders.contract_number, partner.commercial_partner_id AS partner_id,
                   figure.user_id, figure.department_id, orders.company_id, figure.date_due, figure.is_expected,
                   %s, %s AS days_late, %s AS rate
            FROM (%s) AS figure
            JOIN sale_payment_milestone milestone ON milestone.id = figure.id
            JOIN sale_order orders ON orders.id = figure.order_id
            JOIN res_partner partner ON partner.id = orders.partner_id
            JOIN res_company company ON company.id = orders.company_id
            JOIN res_currency currency ON currency.id = company.currency_id
            WHERE orders.state = 'sale' OR (orders.state = 'cancel' AND figure.invoiced <> 0)
            """,
            amounts,
            self._get_average_sql("days_late", SQL("figure.late_days"), SQL("figure.collected")),
            self._get_average_sql("rate", SQL("figure.collected"), SQL("figure.due")),
            figures,
        )

    @api.model
    def _get_figures(self, milestones):
        """Return what real documents say about milestones, in the currency of their orders.

        Every milestone of their orders is read, with one statement: receipts fill them in sequence.

        :param milestones: `sale.payment.milestone` that the caller may read
        :return: dict, id -> dict of ``due``, ``invoiced``, ``collected``, ``discounted``, ``open``, ``overdue``, ``state``
        """
        orders = milestones.order_id
        if not orders:
            return {}
        query = ContractPaymentQuery(self.env).get_figures(SQL("orders.id IN %s", tuple(orders.ids)))
        return {row["id"]: row for row in self.env.execute_query_dict(query)}

    # === ACTIONS === #

    @api.readonly
    def action_view_order(self):
        """Open the order."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

    @api.readonly
    def action_view_invoices(self):
        """Open the invoices of this payment."""
        self.ensure_one()
        self.check_access("read")
        return self.milestone_id.action_view_invoices()

    @api.readonly
    def action_view_receipts(self):
        """Open the receipts, credit notes and discounts on the invoices of this payment."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.receivable_movement_report_action")
        moves = self.milestone_id._get_invoices()
        return dict(action, domain=[("move_id", "in", moves.ids), ("kind", "!=", "due")], context={})
