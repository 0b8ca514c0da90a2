from odoo import api, models

from ...tools.groups import RECEIVABLE_READERS

# They tell what a customer has left open, to whoever reads his own review, searches or groups by them.
FIGURES = {"measure", "facts"}


class SaleOrderReview(models.Model):
    """What is said about stopped supply."""

    _name = "sale.order.review"
    _inherit = "sale.order.review"

    @api.model
    def _has_field_access(self, field, operation):
        """Close the plain figures to whoever does not see all receivables; what he may read is made for him."""
        if not super()._has_field_access(field, operation):
            return False
        return field.name not in FIGURES or self.env.su or self.env.user.has_groups(RECEIVABLE_READERS)

    # === HOOKS === #

    @api.model
    def _get_neutral_message(self, kind, key, facts):
        """Say no figure of what a customer has left open to whoever does not look after him."""
        if kind != "dunning":
            return super()._get_neutral_message(kind, key, facts)
        if "partner_id" not in facts:
            return self.env._("Supply to the customer is stopped.")
        return self.env._("Supply to %(customer)s is stopped.", customer=self._format_fact(facts["partner_id"]))

    @api.model
    def _reads_facts(self, kind, facts, reader):
        """Open figures of stopped supply to who sees all receivables, and to the salesperson of the customer."""
        if kind != "dunning":
            return super()._reads_facts(kind, facts, reader)
        if not reader or reader.has_groups(RECEIVABLE_READERS):
            return bool(reader)
        return "partner_id" in facts and self._get_record_of_fact(facts["partner_id"]).user_id == reader

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
