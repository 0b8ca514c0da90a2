from odoo import api, models


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    # === HOOKS === #

    @api.model
    def _get_fact_labels(self):
        """Name the figures of stopped supply."""
        return super()._get_fact_labels() | {
            "level": self.env._("Dunning level"),
            "items": self.env._("Open items"),
        }
