from odoo import api, fields, models
from odoo.tools import SQL

FLUSHED = {
    "account.move": [
        "move_type",
        "invoice_user_id",
        "department_id",
        "origin_payment_id",
        "statement_line_id",
        "reversed_entry_id",
    ],
    "account.move.line": [
        "account_id",
        "balance",
        "company_id",
        "date",
        "date_maturity",
        "move_id",
        "parent_state",
        "partner_id",
    ],
    "account.account": ["account_type"],
    "res.partner": ["commercial_partner_id"],
}


class ReceivableMovementReport(models.Model):
    """What fell due from customers and what settled it, item by item, in company currency at the invoice's rate.

    A movement counts on the day on which its item fell due at the earliest: what is paid before its due date counts
    in the period in which it falls due. Exchange differences move nothing.
    """

    _name = "receivable.movement.report"
    _description = "Receivable Movement"
    _auto = False
    _order = "date desc, id"
    _rec_name = "move_id"

    date = fields.Date("Counts on", readonly=True, help="The later of due date and receipt.")
    date_due = fields.Date("Due Date", readonly=True)
    date_settled = fields.Date("Settled on", readonly=True, help="Date of the receipt, credit note or discount.")
    kind = fields.Selection(
        [("due", "Fell due"), ("receipt", "Receipt"), ("credit_note", "Credit note"), ("discount", "Discount")],
        readonly=True,
        help="Discount: early payment discounts, write-offs and other settlements without money.",
    )
    amount = fields.Monetary(readonly=True)
    item_id = fields.Many2one("account.move.line", "Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    settling_move_id = fields.Many2one("account.move", "Settled by", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="As frozen on the invoice.")
    department_id = fields.Many2one("hr.department", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    @property
    def _table_query(self):
        return self._get_movement_query(self.env.companies)

    @api.readonly
    def action_view_documents(self):
        """Open the document that settled the item, or the invoice where it fell due."""
        self.ensure_one()
        self.check_access("read")
        move = self.settling_move_id or self.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": move.id,
            "views": [(False, "form")],
        }

    # === QUERIES === #

    @api.model
    def _flush_movements(self):
        """Bring to the database what the queries below read."""
        for model, names in FLUSHED.items():
            self.env[model].flush_model(names)
        self.env["account.partial.reconcile"].flush_model()

    @api.model
    def _get_movement_query(self, companies):
        """Return the query of everything that fell due and settled it; columns: the fields of this model."""
        self._flush_movements()
        items = self._get_claim_query(SQL("item.company_id IN %s", tuple(companies.ids)))
        return SQL(
            """
            WITH claim AS MATERIALIZED (%s)
            SELECT claim.id::bigint * 4 AS id, GREATEST(claim.date_due, claim.date) AS date, claim.date_due,
                   NULL::date AS date_settled, 'due' AS kind, claim.balance AS amount, claim.id AS item_id,
                   claim.move_id, NULL::integer AS settling_move_id, claim.partner_id, claim.user_id,
                   claim.department_id, claim.company_id
            FROM claim
            UNION ALL
            SELECT settled.id, GREATEST(claim.date_due, claim.date, settled.date), claim.date_due, settled.date,
                   settled.kind, settled.amount, claim.id, claim.move_id, settled.move_id, claim.partner_id,
                   claim.user_id, claim.department_id, claim.company_id
            FROM (%s) AS settled
            JOIN claim ON claim.id = settled.item_id
            """,
            items,
            self.env["account.partial.reconcile"]._get_settlement_query(
                SQL("partial.debit_move_id IN (SELECT id FROM claim)")
            ),
        )

    @api.model
    def _get_claim_query(self, condition):
        """Return the query of what customers have to pay: items of posted invoices and of opening entries.

        Money paid back to a customer, reversed receipts and exchange differences are debits too, and no claims.

        :param condition: `SQL` on ``item``
        """
        return SQL(
            """
            SELECT item.id, item.move_id, item.company_id, item.date, item.balance,
                   COALESCE(item.date_maturity, item.date) AS date_due,
                   COALESCE(partner.commercial_partner_id, item.partner_id) AS partner_id,
                   move.invoice_user_id AS user_id, move.department_id
            FROM account_move_line item
            JOIN account_move move ON move.id = item.move_id
            JOIN account_account account ON account.id = item.account_id
            LEFT JOIN res_partner partner ON partner.id = item.partner_id
            WHERE %s AND account.account_type = 'asset_receivable' AND item.parent_state = 'posted'
              AND item.balance > 0 AND %s
            """,
            condition,
            self._get_claim_condition(),
        )

    @api.model
    def _get_claim_condition(self):
        """Return the condition of a ``move`` whose debits are claims."""
        return SQL(
            """
            (move.move_type IN ('out_invoice', 'out_receipt', 'entry') AND move.origin_payment_id IS NULL
             AND move.statement_line_id IS NULL AND move.reversed_entry_id IS NULL
             AND NOT EXISTS (SELECT FROM account_partial_reconcile other WHERE other.exchange_move_id = move.id))
            """
        )
