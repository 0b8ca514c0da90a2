from odoo import fields, models


class SaleReviewRule(models.Model):
    _inherit = "sale.review.rule"

    kind = fields.Selection(selection_add=[("weekend", "Weekend delivery")], ondelete={"weekend": "cascade"})
