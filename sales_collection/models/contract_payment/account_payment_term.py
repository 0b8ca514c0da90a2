from odoo import models


class AccountPaymentTerm(models.Model):
    """Payment terms in instalments propose contract payments."""

    _inherit = "account.payment.term"

    def _prepare_milestones(self, order):
        """Return the list of values of the milestones that these payment terms propose for an order.

        Terms of percentages stay percentages; where an amount is fixed, all become amounts, the last the balance.

        :param order: `sale.order`, for its total and currency
        """
        self.ensure_one()
        lines = self.line_ids
        values = [line._prepare_milestone_values(is_advance=line._is_advance()) for line in lines]
        if "fixed" in lines.mapped("value"):
            left = order.amount_total
            for line, vals in zip(lines[:-1], values[:-1], strict=True):
                share = line.value_amount / 100 * order.amount_total if line.value == "percent" else line.value_amount
                vals["amount"] = order.currency_id.round(share)
                vals["percentage"] = 0.0
                left -= vals["amount"]
            values[-1].update(amount=max(0.0, order.currency_id.round(left)), percentage=0.0)
        return values
