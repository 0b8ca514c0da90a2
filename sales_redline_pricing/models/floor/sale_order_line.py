from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import float_compare, float_round
from odoo.tools.misc import formatLang

from odoo.addons.sales_control.tools.protection import DERIVED

from ...tools.floors import PRICE_DIGITS
from ...tools.groups import FLOOR_READERS

# Follow from price and red line: whoever writes them by RPC would hide what he gives away.
FLOOR_FIELDS = dict.fromkeys(
    (
        "net_price",
        "price_floor",
        "price_floor_rule_id",
        "floor_state",
        "floor_cost_missing",
        "floor_gap",
        "given_away",
    ),
    DERIVED,
)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    net_price = fields.Float(
        compute="_compute_floor",
        store=True,
        digits="Product Price",
        help="Excluding taxes, after all discounts, per unit of the product, in company currency.",
        groups="base.group_user",
    )
    price_floor = fields.Float(
        "Red Line",
        compute="_compute_floor",
        store=True,
        digits="Product Price",
        groups=FLOOR_READERS,
        help="Per unit of the line, in the currency of the order, rounded up.",
    )
    price_floor_rule_id = fields.Many2one(
        "sale.price.floor",
        "Red Line Rule",
        compute="_compute_floor",
        store=True,
        groups=FLOOR_READERS,
        index="btree_not_null",  # to find them when the red line is deleted
    )
    floor_state = fields.Selection(
        [("ok", "At or above"), ("warn", "Close to"), ("below", "Below"), ("none", "None")],
        "Red Line Status",
        compute="_compute_floor",
        store=True,
        groups="base.group_user",
    )
    floor_cost_missing = fields.Boolean(
        "Cost Missing",
        compute="_compute_floor",
        store=True,
        help="The red line depends on a cost that is missing: there is no way to tell whether the price is too low.",
        groups="base.group_user",
    )
    floor_gap = fields.Float(
        "Shortfall",
        compute="_compute_floor",
        store=True,
        digits="Product Price",
        groups=FLOOR_READERS,
        help="Amount by which the net price is below the red line: per unit of the product, in company currency.",
    )
    given_away = fields.Monetary(
        compute="_compute_floor",
        store=True,
        currency_field="company_currency_id",
        groups=FLOOR_READERS,
        help="Shortfall times quantity, in company currency.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    net_margin = fields.Float(
        "Margin",
        compute="_compute_net_margin",
        compute_sudo=True,
        groups=FLOOR_READERS,
        help="Net price less today's cost, as a share of the net price; empty if the cost is missing.",
    )

    @api.depends(
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "price_unit",
        "discount",
        "tax_ids",
        "order_id.amount_untaxed",
        "order_id.partner_id",
        "order_id.partner_invoice_id",
        "order_id.currency_id",
        "order_id.department_id",
        "order_id.state",
    )
    def _compute_floor(self):
        evaluations = {}
        for results in self.order_id._get_floor_evaluations().values():
            evaluations |= {result.line: result for result in results}
        for line in self:
            line.update(line._prepare_floor_values(evaluations.get(line)))

    @api.depends("net_price", "product_id", "company_id")
    def _compute_net_margin(self):
        for line in self:
            cost = line.product_id.with_company(line.company_id).standard_price
            line.net_margin = (line.net_price - cost) / line.net_price if cost and line.net_price else 0

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **FLOOR_FIELDS}

    def write(self, vals):
        if "qty_delivered" not in vals:
            return super().write(vals)
        with self._follow_delivery():
            return super().write(vals)

    # === ACTION METHODS === #

    def action_explain_floor(self):
        """Open “Why this red line?” for this line.

        Whoever may not see red lines is told whether the price is too low, and, if the company tells it, which price
        passes; the others see every candidate, what became of it and why.

        :return: a client action; its ``params`` are the explanation
        :raise AccessError: when the user may not read this line, or is a customer: he would learn which price passes
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Red lines are internal: they are not shown to customers."))
        return {
            "type": "ir.actions.client",
            "tag": "sales_redline_pricing.floor_explanation",
            "name": self.env._("Why this red line?"),
            "target": "new",
            "params": self._get_floor_explanation(),
        }

    # === BUSINESS METHODS === #

    def _prepare_floor_values(self, evaluation):
        """Return the stored values of an `Evaluation`, None for a line without one."""
        self.ensure_one()
        gap = evaluation.gap if evaluation else 0
        state = evaluation.state if evaluation else "none"
        return {
            "net_price": evaluation.net if evaluation else 0,
            "price_floor": evaluation and evaluation.price and self._convert_floor(evaluation.price),
            "price_floor_rule_id": evaluation and evaluation.floor and evaluation.floor.id,
            "floor_state": "none" if state == "no_cost" else state,
            "floor_cost_missing": state == "no_cost",
            "floor_gap": gap,
            "given_away": gap * evaluation.quantity if gap else 0,
        }

    def _convert_floor(self, price):
        """Return a price per product unit in company currency as one per unit of this line in the order's currency.

        Rounded up to the precision of prices: entered as it is shown, it passes.
        """
        self.ensure_one()
        order = self.order_id
        own = order.company_id.currency_id._convert(
            price, order.currency_id, order.company_id, order._get_review_date(), round=False
        )
        own = self.product_id.uom_id._compute_price(own, self.product_uom_id)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return float_round(round(own, 6), precision_digits=digits, rounding_method="UP")

    def _format_unit_price(self, price):
        """Return a price per product unit in company currency for people: per unit of this line, with its currency."""
        self.ensure_one()
        price = formatLang(self.env, self._convert_floor(price), dp="Product Price")
        return f"{price} {self.order_id.currency_id.name}"

    # === WHY THIS RED LINE? === #

    def _get_floor_explanation(self):
        """Return how this line stands to its red line, in words and formatted figures, as far as the user may see."""
        self.ensure_one()
        line = self.sudo()
        evaluations = {evaluation.line: evaluation for evaluation in line.order_id._evaluate_floors()[line.order_id]}
        explanation = line._prepare_floor_verdict(evaluations.get(line))
        if self.env.user.has_group(FLOOR_READERS):
            explanation |= line._prepare_floor_details(evaluations.get(line))
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
            "warn": self.env._("The price is accepted, but it is close to the lowest possible one."),
            "below": self.env._("The price is too low."),
            "no_cost": self.env._(
                "The cost of the product is missing: there is no way to tell whether the price is too low."
            ),
            "none": self.env._("No red line applies to this line."),
        }

    def _prepare_floor_details(self, evaluation):
        """Return what only readers of red lines may know: figures and candidates."""
        self.ensure_one()
        has_price = evaluation and evaluation.price is not None
        has_gap = has_price and evaluation.state == "below"
        item = evaluation and evaluation.item
        return {
            "is_reader": True,
            "red_line": has_price and self._format_unit_price(evaluation.price),
            "gap": has_gap and self._format_company_price(evaluation.gap),
            "given_away": has_gap and self._format_company_price(evaluation.gap * evaluation.quantity),
            "product_unit": self.product_id.uom_id.name,
            "is_combo": bool(item and self._get_combo()),
            "candidates": self._prepare_floor_candidates(item) if item else [],
        }

    def _prepare_floor_candidates(self, item):
        """Return every red line that could count for an `Item` of this line, with its price, and why it wins or not."""
        self.ensure_one()
        order = self.order_id
        candidates = self.env["sale.price.floor"]._explain(order.company_id, order._get_review_date(), item)
        winner = next((floor for floor, reason, _price in candidates if reason == "wins"), None)
        return [
            {
                "id": floor.id,
                "name": floor.display_name,
                "reason": reason,
                "label": floor._get_reason_label(reason),
                "detail": floor._get_reason_detail(reason, item, winner),
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
