from collections import defaultdict

from odoo import models


class SaleOrderLine(models.Model):
    """Gift cards and wallets (sale_loyalty, where it is installed) pay an order; they do not make it cheaper."""

    _name = "sale.order.line"
    _inherit = "sale.order.line"

    def _filter_payments(self):
        """Return those of these lines that pay with a gift card or a wallet, by the kind of its programme.

        A line that takes no more off than the card is charged, and the card had: whoever may write lines could point
        any discount at a card.
        """
        if "coupon_id" not in self._fields:
            return self.browse()
        # Superuser: whoever confirms, customers included, does not read the cards.
        lines = self.sudo().filtered(lambda line: line.coupon_id and line._takes_from_card())
        funded = lines._get_funded_cards()
        return lines.filtered(lambda line: line._get_card_key() in funded).sudo(self.env.su)

    def _takes_from_card(self):
        """Tell whether this line takes no more off than what its gift card or wallet is charged for it."""
        self.ensure_one()
        reward, card = self.reward_id, self.coupon_id
        if not (reward.program_id.is_payment_program and reward.program_id == card.program_id):
            return False
        order = self.order_id
        charged = reward.currency_id._convert(
            self.points_cost * reward.discount, order.currency_id, order.company_id, order._get_review_date()
        )
        return (
            self.product_id == reward.discount_line_product_id
            and reward.discount_mode == "per_point"
            and order.currency_id.compare_amounts(-self.price_total, charged) <= 0
        )

    def _get_card_key(self):
        self.ensure_one()
        return self.order_id.id, self.coupon_id.id

    def _get_funded_cards(self):
        """Return on which orders which cards have, or had at the confirmation, what these lines charge them.

        :return: set of (order id, card id)
        """
        costs = defaultdict(float)
        for line in self:
            costs[line.order_id, line.coupon_id] += line.points_cost
        charged = self.filtered(lambda line: line.order_id.state == "sale")._get_charged_points()
        missing = {
            (order, card): cost - charged.get((order.id, card.id), 0.0)
            if order.state == "sale"
            else -order._get_real_points_for_coupon(card)
            for (order, card), cost in costs.items()
        }
        return {(order.id, card.id) for (order, card), points in missing.items() if points <= 0}

    def _get_charged_points(self):
        """Return what the orders of these lines were charged to their cards when they were confirmed.

        :return: dict, (order id, card id) -> points
        """
        if not self:
            return {}
        domain = [
            ("order_model", "=", "sale.order"),
            ("order_id", "in", self.order_id.ids),
            ("card_id", "in", self.coupon_id.ids),
        ]
        charged = self.env["loyalty.history"]._read_group(domain, ["order_id", "card_id"], ["used:sum"])
        return {(order_id, card.id): points for order_id, card, points in charged}

    def _get_paid_amount(self, basis):
        """Return what those of these lines that are payments pay, in the currency of their order.

        :param str basis: ``untaxed`` or ``total``
        """
        return -sum(self._filter_payments().mapped("price_total" if basis == "total" else "price_subtotal"))
