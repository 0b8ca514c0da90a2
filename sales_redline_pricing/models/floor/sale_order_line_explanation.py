from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.misc import formatLang

from ...tools.floors import PRICE_DIGITS
from ...tools.groups import FLOOR_READERS


class SaleOrderLine(models.Model):
    """What people see of red lines on an order line: the margin, and “Why this red line?”."""

    _inherit = "sale.order.line"

    net_margin = fields.Float(
        "Margin",
        compute="_compute_net_margin",
        compute_sudo=True,
        groups=FLOOR_READERS,
        help="Net price less today's cost, as a share of the net price; empty while the cost is missing.",
    )

    @api.depends("net_price", "product_id", "company_id")
    def _compute_net_margin(self):
        for line in self:
            cost = line.product_id.with_company(line.company_id).standard_price
            line.net_margin = (line.net_price - cost) / line.net_price if cost and line.net_price else 0

    # === ACTION METHODS === #

    def action_explain_floor(self):
        """Open “Why this red line?” for this line.

        Whoever may not see red lines is told whether the price is too low, and, if the company tells it, which price
        passes; the others see every candidate, what became of it and why.

        :return: a client action; its ``params`` are the explanation
        :raise AccessError: when the user may not read this line
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "sales_redline_pricing.floor_explanation",
            "name": self.env._("Why this red line?"),
            "target": "new",
            "params": self._get_floor_explanation(),
        }

    # === BUSINESS METHODS === #

    def _get_floor_explanation(self):
        """Return how this line stands to its red line, in words and formatted figures, as far as the user may see."""
        self.ensure_one()
        line = self.sudo()
        order = line.order_id
        priced_lines = order._prepare_priced_lines()
        date = order._get_review_date()
        evaluations = self.env["sale.price.floor"]._evaluate([(order.company_id, date, priced_lines)])
        explanation = line._prepare_floor_verdict(evaluations.get(line))
        if self.env.user.has_group(FLOOR_READERS):
            priced_line = next((priced for priced in priced_lines if priced.line == line), None)
            explanation |= line._prepare_floor_details(evaluations.get(line), priced_line)
        return explanation

    def _prepare_floor_verdict(self, evaluation):
        """Return what everybody may know who reads this line."""
        self.ensure_one()
        state = evaluation.state if evaluation else "none"
        return {
            "product": self.product_id.display_name or self.name,
            "state": state,
            "verdict": self._get_floor_verdicts()[state],
            "net_price": evaluation and self.product_id and self._format_net_price(evaluation),
            "unit": self.product_uom_id.name,
            "passing_price": evaluation and self.order_id._get_passing_price(evaluation),
            "is_reader": False,
        }

    def _get_floor_verdicts(self):
        return {
            "ok": self.env._("The price is high enough."),
            "warn": self.env._("The price passes, but there is little left above the lowest one."),
            "below": self.env._("The price is too low."),
            "no_cost": self.env._("The cost of the product is missing: nobody can tell whether the price is too low."),
            "none": self.env._("No red line counts for this line."),
        }

    def _prepare_floor_details(self, evaluation, priced_line):
        """Return what only readers of red lines may know: figures and candidates."""
        self.ensure_one()
        has_price = evaluation and evaluation.price is not None
        has_gap = has_price and evaluation.state == "below"
        item = priced_line and priced_line.item
        return {
            "is_reader": True,
            "red_line": has_price and self._format_unit_price(evaluation.price),
            "gap": has_gap and self._format_company_price(evaluation.gap),
            "given_away": has_gap and self._format_company_price(evaluation.gap * evaluation.quantity),
            "product_unit": self.product_id.uom_id.name,
            "is_combo": bool(priced_line and priced_line.combo),
            "candidates": self._prepare_floor_candidates(priced_line) if item else [],
        }

    def _prepare_floor_candidates(self, priced_line):
        """Return every red line that could count for this line, with its price, and why it wins or not."""
        self.ensure_one()
        order = self.order_id
        candidates = self.env["sale.price.floor"]._explain(order.company_id, order._get_review_date(), priced_line)
        winner = next((floor for floor, reason, _price in candidates if reason == "wins"), None)
        return [
            {
                "id": floor.id,
                "name": floor.display_name,
                "reason": reason,
                "label": floor._get_reason_label(reason),
                "detail": floor._get_reason_detail(reason, priced_line.item, winner),
                "formula": floor.formula,
                "enforcement": dict(floor._fields["enforcement"]._description_selection(self.env))[floor.enforcement],
                "price": self._format_unit_price(price) if price is not None else self.env._("Cost is missing"),
            }
            for floor, reason, price in candidates
        ]

    def _format_net_price(self, evaluation):
        """Return the net price of an evaluation for people, per unit of this line.

        With as many digits as it takes to tell it from its red line: 79.996 is not shown as 80.00.
        """
        self.ensure_one()
        order = self.order_id
        net = order.company_id.currency_id._convert(
            evaluation.net, order.currency_id, order.company_id, order._get_review_date(), round=False
        )
        net = self.product_id.uom_id._compute_price(net, self.product_uom_id)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        if evaluation.state == "below" and float_compare(net, self._convert_floor(evaluation.price), digits) >= 0:
            digits = PRICE_DIGITS
        return formatLang(self.env, net, digits=digits, currency_obj=order.currency_id)

    def _format_company_price(self, amount):
        """Return an amount in company currency for people, with the digits of prices."""
        currency = self.company_id.currency_id
        return formatLang(self.env, amount, dp="Product Price", currency_obj=currency)
