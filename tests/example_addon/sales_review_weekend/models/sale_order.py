from odoo import models

from odoo.addons.sales_control.tools.finding import Finding


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_review_findings(self, stage):
        findings = super()._get_review_findings(stage)
        for order in self.filtered("commitment_date") if stage == "confirm" else ():
            day = order.company_id._get_day(order.commitment_date)
            if day.isoweekday() > 5:
                message = self.env._("Delivery is promised for a weekend: %s", day)
                facts = {"promised_for": str(day)}
                findings[order].append(Finding("weekend", f"day:{day}", 1.0, "review", message, facts=facts))
        return findings

    def _get_review_watched_fields(self):
        return super()._get_review_watched_fields() | {"commitment_date"}

    def _get_banner_dependencies(self):
        return [*super()._get_banner_dependencies(), "commitment_date"]
