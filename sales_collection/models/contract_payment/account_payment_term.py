from odoo import models


class AccountPaymentTerm(models.Model):
    """Payment terms in instalments propose contract payments."""

    _inherit = "account.payment.term"

    def _prepare_milestones(self, order):
        """Return the list of values of the milestones that these payment terms propose for an order.

        Terms of percentages stay percentages; where an amount is fixed, all become amounts, the last the balance. What
        leaves nothing of a small order is no payment of it.

        :param order: `sale.order`, for its total and currency
        """
        self.ensure_one()
        lines = self.line_ids
        values = [line._prepare_milestone_values(is_advance=line._is_advance()) for line in lines]
        if "fixed" in lines.mapped("value"):
            self._fix_amounts(values, order)
        return [vals for vals in values if vals.get("amount") or vals["percentage"]]

    def _fix_amounts(self, values, order):
        """Make fixed amounts of the instalments of an order, as Odoo bills them: never more than what is left of it."""
        left = order.amount_total
        for line, vals in zip(self.line_ids, values, strict=True):
            share = line.value_amount / 100 * order.amount_total if line.value == "percent" else line.value_amount
            share = left if line == self.line_ids[-1:] else order.currency_id.round(share)
            vals.update(amount=max(0.0, min(share, order.currency_id.round(left))), percentage=0.0)
            left -= vals["amount"]
