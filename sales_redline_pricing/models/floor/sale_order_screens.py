from odoo import api, fields, models


class SaleOrder(models.Model):
    """What the form of an order shows of red lines."""

    _inherit = "sale.order"

    has_price_floor = fields.Boolean("Has Red Lines", compute="_compute_has_price_floor")

    @api.depends("order_line.floor_state", "order_line.floor_cost_missing")
    def _compute_has_price_floor(self):
        for order in self:
            order.has_price_floor = any(
                line.floor_cost_missing or line.floor_state not in (False, "none") for line in order.order_line
            )
