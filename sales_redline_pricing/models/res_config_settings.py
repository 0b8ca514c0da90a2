from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    price_floor_tell_passing = fields.Boolean(related="company_id.price_floor_tell_passing", readonly=False)
