from odoo import fields, models


class SaleReviewRule(models.Model):
    _name = "sale.review.rule"
    _inherit = "sale.review.rule"

    kind = fields.Selection(selection_add=[("dunning", "Dunned receivables")], ondelete={"dunning": "cascade"})
