from odoo import api, fields, models
from odoo.tools import SQL


class AccountInvoiceReport(models.Model):
    _name = "account.invoice.report"
    _inherit = "account.invoice.report"

    department_id = fields.Many2one("hr.department", string="Department", readonly=True)

    _depends = {"account.move": ["department_id"]}

    @api.model
    def _select(self) -> SQL:
        return SQL("%s, move.department_id AS department_id", super()._select())
