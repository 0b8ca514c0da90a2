from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_components = fields.Selection(related="company_id.credit_components", readonly=False, required=True)
    credit_count_draft_invoices = fields.Boolean(related="company_id.credit_count_draft_invoices", readonly=False)
    credit_default_grade_id = fields.Many2one(related="company_id.credit_default_grade_id", readonly=False)
