from odoo import models


class SaleOrderLine(models.Model):
    """What rewards of promotions (sale_loyalty, where it is installed) are for."""

    _name = "sale.order.line"
    _inherit = "sale.order.line"

    def _get_reward_targets(self):
        """Return the lines that rewards among these lines of one order lower, as the rewards themselves say.

        Whoever points a discount at another line by a forged reward lowers that line instead: it is judged too.

        :return: dict, reward line -> set of lines; rewards for the whole order are left out
        """
        if "reward_id" not in self._fields:
            return {}
        lines = {
            reward: reward.order_id._get_lines_of_reward(reward.reward_id) for reward in self.filtered("reward_id")
        }
        return {reward: frozenset(reward._filter_same_taxes(found)) for reward, found in lines.items() if found}

    def _filter_same_taxes(self, lines):
        """Return those of the lines that this reward is for which are taxed like it: there is one line for each tax."""
        self.ensure_one()
        same = lines.filtered(
            lambda line: line.tax_ids.filtered(lambda tax: tax.amount_type != "fixed") == self.tax_ids
        )
        return same or lines
