from collections import defaultdict

from odoo import models

from ...tools.floors import PRICE_DIGITS, Item
from ...tools.priced_line import PricedLine, get_earned_amount


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _prepare_priced_line(self, total):
        """Return this line as a plain `PricedLine`; see the one of order lines.

        :param total: tax-excluded, in company currency, not rounded
        """
        self.ensure_one()
        product = self.product_id
        unit = self.product_uom_id or product.uom_id
        quantity = unit._compute_quantity(self.quantity, product.uom_id, round=False) if product else self.quantity
        item = product and product.type != "combo" and not self._is_true_down_payment()
        return PricedLine(
            line=self,
            total=total,
            quantity=quantity,
            item=self._prepare_floor_item(quantity) if item else None,
            combo=self._get_combo(),
            comes_back=product.type == "consu" or self._is_true_down_payment(),
        )

    def _get_combo(self):
        """Return the order line of the combo that this line bills an item of, None outside combos."""
        self.ensure_one()
        line = self.sale_line_ids
        return line._get_combo() if len(line) == 1 and line.product_id == self.product_id else None

    def _get_untaxed_amount(self, amount):
        """Return what this line earns: see the one of order lines.

        :param amount: tax-excluded, from price, quantity, discount and taxes, in the invoice's currency, not rounded
        """
        self.ensure_one()
        if not self.extra_tax_data:
            return amount
        return get_earned_amount(amount, self.price_subtotal, self.currency_id.rounding)

    def _is_true_down_payment(self):
        """Tell whether this line bills a down payment or deducts it: no product here, no quantity on its order line,
        and no more deducted than was billed."""
        self.ensure_one()
        lines = self.sale_line_ids
        return (
            bool(lines)
            and not self.product_id
            and all(line._is_true_down_payment() for line in lines)
            and all(line.currency_id.compare_amounts(line._get_billed_amount(), 0) >= 0 for line in lines)
        )

    def _prepare_floor_item(self, quantity):
        """Return what is sold to whom on this line, for the resolution of red lines."""
        self.ensure_one()
        move, product = self.move_id, self.product_id
        partner = move.partner_id.commercial_partner_id
        return Item(
            product_id=product.id,
            template_id=product.product_tmpl_id.id,
            categ_ids=product.categ_id._get_path_ids(),
            partner_id=partner.id,
            class_id=partner.customer_class_id.id or None,
            department_ids=frozenset(int(node) for node in (move.department_id.parent_path or "").split("/") if node),
            quantity=quantity,
            date=move._get_floor_date(),
        )

    def _is_covered_by_order(self, net):
        """Tell whether this line bills a confirmed order line at its net price or above.

        :param net: net price of this line, per product unit, in company currency
        """
        self.ensure_one()
        lines = self.sale_line_ids
        if not lines or not all(line._stands_behind(self) for line in lines):
            return False
        approved = self._get_approved_prices(lines)
        return all(round(net, PRICE_DIGITS) >= round(approved[line], PRICE_DIGITS) for line in lines)

    def _get_approved_prices(self, lines):
        """Return the net prices of confirmed order lines, at the rate of this invoice.

        An order line in another currency is billed at its own figure, whatever the rate does meanwhile.
        """
        prices = defaultdict(float)
        for order, evaluations in lines.order_id._get_floor_evaluations().items():
            day = order._get_review_date()
            currencies = (order.currency_id, order.company_id.currency_id, order.company_id)
            convert = self.env["res.currency"]._get_conversion_rate
            drift = convert(*currencies, self.move_id._get_floor_date()) / convert(*currencies, day)
            prices |= {evaluation.line: evaluation.net * drift for evaluation in evaluations}
        return prices
