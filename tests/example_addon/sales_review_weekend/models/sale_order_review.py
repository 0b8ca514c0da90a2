from odoo import models


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    def _get_fact_labels(self):
        return super()._get_fact_labels() | {"promised_for": self.env._("Delivery promised for")}
