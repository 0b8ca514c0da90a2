from odoo import api, models

from ...tools.cover import Cover
from ...tools.floors import Item
from ...tools.priced_line import PricedLine, Sold, get_earned_amount


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _prepare_priced_line(self, total, product, cover=None, sold=None):
        """Return this line as a plain `PricedLine`; see the one of order lines.

        :param total: tax-excluded, in company currency, not rounded
        :param product: its `tools.floors.Product`, None for a line without one
        :param cover: `Cover` of this line, None for one without
        :param sold: what of goods that come back the customer was sold before: `Sold`, None for nothing
        """
        self.ensure_one()
        unit = self.product_uom_id.browse(product and product.uom_id)
        quantity = (self.product_uom_id or unit)._compute_quantity(self.quantity, unit, round=False)
        if cover:
            return cover.prepare_priced_line(self, total, quantity)
        is_down_payment = self._is_true_down_payment()
        judged = product and product.type != "combo" and not (product.is_discount and total < 0)
        return PricedLine(
            line=self,
            total=total,
            quantity=quantity,
            item=self._prepare_floor_item(product, quantity) if judged and not is_down_payment else None,
            product=product,
            comes_back=is_down_payment or (bool(product) and product.type == "consu"),
            is_allowance=bool(product) and product.is_allowance,
            sold=sold or Sold(),
        )

    def _get_sold_before(self):
        """Return what of the goods that come back with these invoice lines their customers were sold before.

        :return: dict, invoice line -> `Sold`
        """
        wanted = {
            line: (
                line.company_id.id,
                line.move_id.commercial_partner_id.id,
                line.product_id.id,
                line.move_id._get_floor_date(),
                0,
                line.move_id.id,
            )
            for line in self
            if line.product_id.type == "consu" and line.quantity < 0
        }
        return self.env["product.product"]._get_sold_before(wanted)

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

    def _prepare_floor_item(self, product, quantity):
        """Return what is sold to whom on this line, for the resolution of red lines.

        :param product: a `tools.floors.Product`
        :param quantity: in its unit
        """
        self.ensure_one()
        move = self.move_id
        partner = move.commercial_partner_id
        return Item(
            product_id=product.id,
            template_id=product.template_id,
            categ_ids=product.categ_ids,
            partner_id=partner.id,
            class_id=partner.customer_class_id.id or None,
            department_ids=frozenset(self.env["sale.order"]._get_department_path(move.department_id)),
            quantity=quantity,
            date=move._get_floor_date(),
        )

    # === WHAT ORDERS COVER === #

    def _get_floor_covers(self):
        """Return what confirmed orders cover of these invoice lines: what bills their lines up to what was ordered.

        :return: dict, invoice line -> `Cover`; lines that nothing covers are left out
        """
        behind = {line: line.sale_line_ids for line in self if line._is_behind_floor_cover()}
        orders = self.env["sale.order"].union(*(lines.order_id for lines in behind.values()))
        known = {
            evaluation.line: evaluation
            for evaluations in orders._get_floor_evaluations().values()
            for evaluation in evaluations
            if not self._is_borne_by_nothing(evaluation, evaluations)
        }
        # Of several order lines the dearest one counts.
        dearest = {
            line: max((known[one] for one in lines), key=lambda evaluation: evaluation.unit)
            for line, lines in behind.items()
            if all(one in known for one in lines)
        }
        return {
            line: Cover(evaluation, line._get_rate_drift(evaluation.line.order_id), evaluation.line._get_combo())
            for line, evaluation in dearest.items()
        }

    @api.model
    def _is_borne_by_nothing(self, evaluation, evaluations):
        """Tell whether an order line takes money off an order that sells nothing which would be judged for it: what it is
        billed together with bears it.

        :param evaluation: `Evaluation` of the line
        :param evaluations: those of all lines of its order
        """
        comes_back = evaluation.quantity < 0 and evaluation.line.product_id.type == "consu"
        return (
            evaluation.unit * evaluation.quantity < 0
            and not comes_back
            and all(one.price is None for one in evaluations)
            and sum(one.unit * one.quantity for one in evaluations) < 0
        )

    def _is_behind_floor_cover(self):
        """Tell whether this line bills order lines that lend it their price."""
        self.ensure_one()
        lines = self.sale_line_ids
        return bool(lines) and not self._is_true_down_payment() and all(line._stands_behind(self) for line in lines)

    def _get_rate_drift(self, order):
        """Return what a price of an order in company currency comes to at the rate of this invoice, as a factor.

        An order in another currency is billed at its own figures, whatever the rate does meanwhile.
        """
        self.ensure_one()
        currencies = (order.currency_id, order.company_id.currency_id, order.company_id)
        convert = self.env["res.currency"]._get_conversion_rate
        return convert(*currencies, self.move_id._get_floor_date()) / convert(*currencies, order._get_review_date())
