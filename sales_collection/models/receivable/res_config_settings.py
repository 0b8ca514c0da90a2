from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = "res.config.settings"

    receivable_ageing_days = fields.Char(related="company_id.receivable_ageing_days", readonly=False)
