from odoo import models


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    def _get_finding_message(self, kind, key, facts):
        if kind != "weekend":
            return super()._get_finding_message(kind, key, facts)
        return self.env._("Delivery is promised for a weekend: %s", self._format_fact(facts["promised_for"]))

    def _get_fact_labels(self):
        return super()._get_fact_labels() | {"promised_for": self.env._("Delivery promised for")}
