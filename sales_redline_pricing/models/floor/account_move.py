from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.floors import PRICE_DIGITS, Item
from ...tools.priced_line import PricedLine, get_earned_amount


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.constrains("state")
    def _check_price_floor(self):
        """Refuse to post customer invoices below the red lines unless an approved order line stands behind, on every
        road: button, batch, automatic posting, RPC."""
        refused = self._get_lines_below_floor()
        if refused:
            raise UserError(self._get_price_refusal(refused))

    def _get_price_refusal(self, evaluations):
        """Return why these invoices are refused, line by line, without costs and red lines."""
        lines = [
            self.env._(
                "%(invoice)s: the price of %(product)s is below its red line",
                invoice=evaluation.line.move_id.display_name,
                product=evaluation.line.product_id.display_name,
            )
            for evaluation in evaluations
        ]
        lines.append(
            self.env._(
                "Raise the price, or invoice an order whose price is approved; red lines are set by their managers."
            )
        )
        return "\n".join(lines)

    def _get_lines_below_floor(self):
        """Return the evaluations that stop these invoices: below their red line, or without the cost it rests on.

        A line at the price of its confirmed order line or above is covered by that order. Refunds are exempt.

        :return: list of `Evaluation`
        """
        moves = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        # Superuser: whoever posts is judged by red lines that he may not read.
        moves = moves.sudo()
        lines = {move: move._prepare_priced_lines() for move in moves}
        documents = [(move.company_id, move._get_floor_date(), lines[move]) for move in moves]
        evaluations = self.env["sale.price.floor"]._evaluate(documents).values()
        return [
            evaluation
            for evaluation in evaluations
            if evaluation.state in ("below", "no_cost") and evaluation.floor and self._stops_invoice(evaluation)
        ]

    def _stops_invoice(self, evaluation):
        """Tell whether an evaluation stops an invoice: not when it only warns or its order covers it."""
        floor = self.env["sale.price.floor"].sudo().browse(evaluation.floor.id)
        return floor.enforcement != "warn" and not evaluation.line._is_covered_by_order(evaluation.net)

    def _get_floor_date(self):
        """Return the day whose rates and red lines count for this invoice: its date, today before it has one."""
        self.ensure_one()
        return self.invoice_date or fields.Date.context_today(self)

    def _prepare_priced_lines(self):
        """Return the product lines of this invoice as plain `PricedLine` values, as they are now."""
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        base_lines = [self._prepare_product_base_line_for_taxes_computation(line) for line in lines]
        self.env["account.tax"]._add_tax_details_in_base_lines(base_lines, self.company_id)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.currency_id, self.company_id.currency_id, self.company_id, self._get_floor_date()
        )
        amounts = [base_line["tax_details"]["raw_total_excluded_currency"] for base_line in base_lines]
        return [
            line._prepare_priced_line(line._get_untaxed_amount(amount) * rate)
            for line, amount in zip(lines, amounts, strict=True)
        ]


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
