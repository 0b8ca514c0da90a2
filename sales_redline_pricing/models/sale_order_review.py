from odoo import fields, models

from .sale_order_line import FLOOR_READERS


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    # The shortfall and its figures would tell a red line to whoever reads his own review.
    measure = fields.Float(groups=FLOOR_READERS)
    facts = fields.Json(groups=FLOOR_READERS)
    facts_table = fields.Html(groups=FLOOR_READERS)
