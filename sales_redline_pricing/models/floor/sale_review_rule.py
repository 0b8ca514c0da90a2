from odoo import fields, models


class SaleReviewRule(models.Model):
    _inherit = "sale.review.rule"

    kind = fields.Selection(selection_add=[("price", "Price below red line")], ondelete={"price": "cascade"})
