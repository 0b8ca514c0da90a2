from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = "res.config.settings"

    dunning_hold_days = fields.Integer(related="company_id.dunning_hold_days", readonly=False)
