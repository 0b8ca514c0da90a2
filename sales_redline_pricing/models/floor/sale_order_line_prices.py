from contextlib import contextmanager

from odoo import models
from odoo.tools import float_compare

from ...tools.priced_line import PricedLine, get_earned_amount


class SaleOrderLine(models.Model):
    """What order lines earn: how much of them is judged, which lines rewards lower, what they cover of invoices."""

    _name = "sale.order.line"
    _inherit = "sale.order.line"

    # === HOW MUCH IS JUDGED === #

    @contextmanager
    def _follow_delivery(self):
        """Work marks out anew where the enclosed delivery changes how much is judged: other orders keep those of their
        confirmation.

        A field that depended on what is delivered would be worked out by every confirmation again.
        """
        before = self._filter_delivered_beyond()
        yield
        (before | self.exists()._filter_delivered_beyond()).order_id._recompute_floor_marks()

    def _filter_delivered_beyond(self):
        """Return those of these lines of which more is judged than was ordered."""
        return self.filtered(
            lambda line: line._get_judged_quantity() != line.product_uom_qty
            and line.order_id.company_id._has_price_floors()
        )

    def _get_judged_quantity(self):
        """Return how much of this line is judged, in its unit: what is ordered or, where it is more, delivered; of what
        only comes back, the same."""
        self.ensure_one()
        quantities = (self.product_uom_qty, self.qty_delivered)
        larger = max(quantities)
        return larger if larger > 0 else min(quantities)

    # === WHAT IT EARNS === #

    def _is_of_goods(self, products):
        """Tell whether this line is about goods, going by what red lines know of ``products``: id -> `Product`."""
        self.ensure_one()
        product = products.get(self.product_id._origin.id)
        return bool(product) and product.type == "consu"

    def _prepare_priced_line(self, total, product, parties, **values):
        """Return this line as a plain `PricedLine`.

        Exempt by structure, not by a flag: without product or quantity there is no price to judge; a combo is judged
        by its items; what the company uses for document discounts is one where it takes money off.

        :param total: tax-excluded, in company currency, not rounded, of the judged quantity
        :param product: its `tools.floors.Product`, None for a line without one
        :param parties: for whom it is judged, as of `sale.order._get_floor_parties`; none for a payment
        :param values: further ones of the `PricedLine`
        """
        self.ensure_one()
        unit = self.product_uom_id.browse(product and product.uom_id)
        judged, ordered = (
            self.product_uom_id._compute_quantity(quantity, unit, round=False)
            for quantity in (self._get_judged_quantity(), self.product_uom_qty)
        )
        items = []
        if product and product.type != "combo" and not (product.is_discount and total < 0):
            # Quantity steps are reached by what is ordered.
            step = ordered if ordered > 0 else judged
            items = [self.order_id._prepare_floor_item(product, step, party) for party in parties]
        return PricedLine(
            line=self,
            total=total,
            quantity=judged,
            item=items[0] if items else None,
            others=tuple(items[1:]),
            combo=self._get_combo(),
            product=product if items else None,
            comes_back=bool(product) and product.type == "consu",
            is_allowance=bool(product) and product.is_allowance,
            **values,
        )

    def _get_combo(self):
        """Return the line of the combo that this line is an item of, None outside combos.

        Core checks the item when it is chosen, not when the product of the line changes afterwards.
        """
        self.ensure_one()
        item, combo_line = self.combo_item_id, self.linked_line_id
        is_item = item and item.product_id == self.product_id and combo_line.order_id == self.order_id
        return combo_line if is_item and item.combo_id in combo_line.product_id.combo_ids else None

    def _get_untaxed_amount(self, amount):
        """Return what this line earns: ``amount``, or less where the tax data written into the line make it less.

        :param amount: tax-excluded, from price, quantity, discount and taxes, in the order's currency, not rounded, of
            the judged quantity
        """
        self.ensure_one()
        if not (self.extra_tax_data and self.product_uom_qty):
            return amount
        given = self.price_subtotal * self._get_judged_quantity() / self.product_uom_qty
        return get_earned_amount(amount, given, self.currency_id.rounding)

    # === WHAT IT COVERS OF INVOICES === #

    def _stands_behind(self, invoice_line):
        """Tell whether this order line may lend its price to an invoice line: confirmed, of the same company, product
        and payer, and billed for no more than was ordered or delivered, and no less than nothing."""
        self.ensure_one()
        order, move = self.order_id, invoice_line.move_id
        return (
            order.state == "sale"
            and order.company_id == move.company_id
            and self.product_id == invoice_line.product_id
            and move.partner_id.commercial_partner_id == order.partner_invoice_id.commercial_partner_id
            and self._is_billed_within()
        )

    def _is_billed_within(self):
        """Tell whether posted invoices bill no more of this line than was ordered or delivered, and no less than nothing."""
        self.ensure_one()
        # Lines without product have no unit that could compare.
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        quantities = (0.0, self.product_uom_qty, self.qty_delivered)
        billed = self.qty_invoiced_posted
        return (
            float_compare(billed, max(quantities), precision_digits=digits) <= 0
            and float_compare(billed, min(quantities), precision_digits=digits) >= 0
        )

    def _get_billed_amount(self):
        """Return what posted invoices bill for this order line less what they deduct, untaxed, in its currency."""
        self.ensure_one()
        lines = self.invoice_lines.filtered(lambda line: line.parent_state == "posted")
        return sum(-line.move_id.direction_sign * line.price_subtotal for line in lines)

    # === REWARDS === #
    # Of promotions, where sale_loyalty is installed.

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
