from odoo import api, models
from odoo.tools.misc import formatLang


class SaleOrderReview(models.Model):
    """What is said about contract payments that do not make the total of their order."""

    _name = "sale.order.review"
    _inherit = "sale.order.review"

    @api.model
    def _get_milestone_message(self, facts):
        """Return the sentence, which says by how much and what to do."""
        currency = self._get_currency(facts["currency"])
        difference = facts["milestone_difference"]
        amounts = {"sum": facts["milestone_sum"], "total": facts["order_total"], "difference": abs(difference)}
        values = {name: formatLang(self.env, amount, currency_obj=currency) for name, amount in amounts.items()}
        values["order"] = facts["order"]
        if difference > 0:
            return self.env._(
                "The contract payments of %(order)s add up to %(sum)s, but the order total is %(total)s: raise an amount or a percentage by %(difference)s, or add a payment.",
                **values,
            )
        return self.env._(
            "The contract payments of %(order)s add up to %(sum)s, but the order total is %(total)s: lower an amount or a percentage by %(difference)s.",
            **values,
        )
