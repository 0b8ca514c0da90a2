from odoo import fields, models


class SaleReviewRule(models.Model):
    _inherit = "sale.review.rule"

    kind = fields.Selection(
        selection_add=[("credit", "Credit limit"), ("overdue", "Overdue receivables")],
        ondelete={"credit": "cascade", "overdue": "cascade"},
    )
