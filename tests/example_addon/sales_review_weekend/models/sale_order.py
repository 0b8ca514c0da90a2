from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_review_findings(self, stage):
        findings = super()._get_review_findings(stage)
        for order in self.filtered("commitment_date") if stage == "confirm" else ():
            if (day := order.company_id._get_day(order.commitment_date)).isoweekday() > 5:
                facts, stake = {"promised_for": str(day)}, order._get_review_amount("untaxed")
                findings[order].append(order._make_finding("weekend", f"day:{day}", 1.0, "review", facts, stake=stake))
        return findings

    def _get_review_watched_fields(self):
        return super()._get_review_watched_fields() | {"commitment_date"}

    def _get_banner_dependencies(self):
        return [*super()._get_banner_dependencies(), "commitment_date"]
