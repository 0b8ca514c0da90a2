from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    review_default_reviewer_ids = fields.Many2many(related="company_id.review_default_reviewer_ids", readonly=False)
    review_auto_confirm = fields.Boolean(related="company_id.review_auto_confirm", readonly=False)
