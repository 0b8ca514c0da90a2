from odoo import api, fields, models
from odoo.tools import float_round
from odoo.tools.misc import formatLang

from odoo.addons.sales_control.tools.protected import without

from .priced_line import PricedLine, get_earned_amount

# Follow from price and red line: whoever writes them by RPC would hide what he gives away.
FLOOR_FIELDS = {"net_price", "price_floor", "price_floor_rule_id", "floor_state", "floor_gap", "given_away"}
FLOOR_READERS = "sales_redline_pricing.sales_redline_pricing_group_reader"


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    net_price = fields.Float(
        compute="_compute_floor",
        store=True,
        digits="Product Price",
        help="Without taxes, after all discounts, per unit of the product, in company currency.",
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
        "sale.price.floor", "Red Line Rule", compute="_compute_floor", store=True, groups=FLOOR_READERS
    )
    floor_state = fields.Selection(
        [("ok", "At or above"), ("warn", "Close"), ("below", "Below"), ("none", "None")],
        "Red Line State",
        compute="_compute_floor",
        store=True,
    )
    floor_cost_missing = fields.Boolean(
        "Cost Missing",
        compute="_compute_floor",
        store=True,
        help="The red line rests on a cost that is missing: nobody can tell whether the price is too low.",
    )
    floor_gap = fields.Float(
        "Shortfall",
        compute="_compute_floor",
        store=True,
        digits="Product Price",
        groups=FLOOR_READERS,
        help="By how much the net price is below the red line: per unit of the product, in company currency.",
    )
    given_away = fields.Monetary(
        compute="_compute_floor",
        store=True,
        currency_field="company_currency_id",
        groups=FLOOR_READERS,
        help="Shortfall times quantity, in company currency.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([without(vals, FLOOR_FIELDS) for vals in vals_list])

    def write(self, vals):
        return super().write(without(vals, FLOOR_FIELDS))

    @api.depends(
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "price_unit",
        "discount",
        "tax_ids",
        "order_id.amount_untaxed",
        "order_id.partner_id",
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

    def _prepare_priced_line(self, total, product):
        """Return this line as a plain `PricedLine`.

        Exempt by structure, not by a flag: without product or quantity there is no price to judge; a combo is judged
        by its items.

        :param total: tax-excluded, in company currency, not rounded
        :param product: its `floor_kernel.Product`, None for a line without one
        """
        self.ensure_one()
        unit = self.product_uom_id.browse(product and product.uom_id)
        quantity = self.product_uom_id._compute_quantity(self.product_uom_qty, unit, round=False)
        judged = product and product.type != "combo"
        return PricedLine(
            line=self,
            total=total,
            quantity=quantity,
            item=self.order_id._prepare_floor_item(product, quantity) if judged else None,
            combo=self._get_combo(),
            product=product if judged else None,
            comes_back=bool(product) and product.type == "consu",
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

        :param amount: tax-excluded, from price, quantity, discount and taxes, in the order's currency, not rounded
        """
        self.ensure_one()
        if not self.extra_tax_data:
            return amount
        return get_earned_amount(amount, self.price_subtotal, self.currency_id.rounding)
