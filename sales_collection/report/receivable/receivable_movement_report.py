from odoo import api, fields, models


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

    date = fields.Date("Counted On", readonly=True, help="The later of due date and receipt date.")
    date_due = fields.Date("Due Date", readonly=True)
    date_settled = fields.Date("Settled on", readonly=True, help="Date of the receipt, credit note or discount.")
    kind = fields.Selection(
        [("due", "Fell due"), ("receipt", "Receipt"), ("credit_note", "Credit note"), ("discount", "Discount")],
        string="Type",
        readonly=True,
        help="Discount: early payment discounts, write-offs and other settlements without payment.",
    )
    amount = fields.Monetary(readonly=True)
    item_id = fields.Many2one("account.move.line", "Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    settling_move_id = fields.Many2one("account.move", "Settled by", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="As recorded on the invoice.")
    department_id = fields.Many2one("hr.department", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    @property
    def _table_query(self):
        return self.env["account.move.line"]._get_movement_query(self.env.companies)

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
