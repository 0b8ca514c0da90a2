from odoo import api, models


class SaleOrderReview(models.Model):
    """What is said about stopped supply."""

    _name = "sale.order.review"
    _inherit = "sale.order.review"

    # === HOOKS === #

    @api.model
    def _get_finding_message(self, kind, key, facts):
        """Say that supply is stopped, or by how much contract payments miss the order's total."""
        if kind == "dunning":
            return self._get_supply_message(facts)
        if (kind, key) == ("mismatch", "payment_milestones"):
            return self._get_milestone_message(facts)
        return super()._get_finding_message(kind, key, facts)

    @api.model
    def _get_fact_labels(self):
        """Name the figures of stopped supply and of contract payments."""
        return super()._get_fact_labels() | {
            "level": self.env._("Dunning level"),
            "items": self.env._("Open items"),
            "milestone_sum": self.env._("Sum of the contract payments"),
            "order_total": self.env._("Order total"),
            "milestone_difference": self.env._("Missing in the contract payments"),
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_supply_message(self, facts):
        return self.env._(
            "Supply to %(customer)s is stopped: %(amount)s open at dunning level %(level)s (%(items)s). Collect first, or ask for a release.",
            customer=self._format_fact(facts["partner_id"]),
            amount=self._format_money(facts["amount"], facts["company_currency_id"]),
            level=self._format_fact(facts["level"]),
            items=facts["items"],
        )
