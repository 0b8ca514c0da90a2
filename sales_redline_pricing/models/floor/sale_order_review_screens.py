from odoo import api, models


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    @api.model
    def _get_fact_labels(self):
        return super()._get_fact_labels() | {
            "net_price": self.env._("Net price (per unit of the product, company currency)"),
            "floor": self.env._("Red line"),
            "gap": self.env._("Shortfall"),
            "quantity": self.env._("Quantity"),
            "gap_total": self.env._("Given away"),
        }
