from odoo import api, models


class IrActionsReport(models.Model):
    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    @api.model
    def _get_singly_printed(self):
        return super()._get_singly_printed() | {"sales_plan_credit.report_credit_sheet"}
