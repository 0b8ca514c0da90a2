from odoo import api, models

from ...tools.protection import DERIVED
from ..contract.sale_order import CONTRACT_LINE

# Follow from price, quantity, discount and taxes: whoever writes them by RPC would choose what the review sees.
AMOUNTS = dict.fromkeys(("price_subtotal", "price_tax", "price_total"), DERIVED)


class SaleOrderLine(models.Model):
    """Edits of lines are edits of their orders: judged again by the review."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "protected.fields.mixin"]

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **AMOUNTS, **CONTRACT_LINE}

    @api.model
    def _get_review_watched_fields(self):
        """Return the names of the line's fields whose change is judged again."""
        return {
            "order_id",
            "product_id",
            "product_template_id",
            "product_uom_id",
            "product_uom_qty",
            "price_unit",
            "discount",
            "tax_ids",
            "display_type",
            "is_downpayment",
            "extra_tax_data",
            "currency_id",
            "qty_delivered",
            "contract_qty",
        }

    def _get_hidden_amount(self, basis):
        """Return by how much this line will be billed for more than its amount says, in the order's currency.

        :param str basis: ``untaxed`` or ``total``
        """
        self.ensure_one()
        extra = 0.0
        if self.product_id.invoice_policy == "delivery":
            extra = max(0.0, self.qty_delivered - max(0.0, self.product_uom_qty))
        if not (extra or self.extra_tax_data):
            return 0.0
        amounts = self._get_plain_amounts(self.product_uom_qty + extra)
        plain = amounts["total_included" if basis == "total" else "total_excluded"]
        return max(0.0, plain - (self.price_total if basis == "total" else self.price_subtotal))

    def _get_plain_amounts(self, quantity):
        """Return what a quantity of this line comes to by price, discount and taxes, whatever tax data was written in.

        :param quantity: in the unit of the line
        :return: dict as of `account.tax.compute_all`, in the order's currency
        """
        self.ensure_one()
        price = self.price_unit * (1 - self.discount / 100)
        order = self.order_id
        return self.tax_ids.compute_all(price, order.currency_id, quantity, self.product_id, order.partner_id)

    def _is_true_down_payment(self):
        """Tell whether this line is a down payment: by its quantity too, the flag alone can be written by anyone."""
        self.ensure_one()
        return self.is_downpayment and not self.product_uom_qty

    def _get_orders_in_advance(self):
        """Return the quotations of which these lines are nothing but down payments."""
        quotations = self.order_id.filtered(lambda order: order.state in ("draft", "sent"))
        return quotations - self.filtered(lambda line: not line._is_true_down_payment()).order_id

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse({vals["order_id"] for vals in vals_list if vals.get("order_id")})
        with orders._judge_edit():
            return super().create(vals_list)

    def write(self, vals):
        if "invoice_lines" in vals:
            kept = self.env["account.move.line"]._get_lasting_links(vals["invoice_lines"])
            vals = dict(vals, invoice_lines=kept)
        orders = self.env["sale.order"]
        if vals.keys() & self._get_review_watched_fields():
            orders = self.order_id | orders.browse(vals.get("order_id") or ())
        with orders._judge_edit():
            return super().write(vals)

    def unlink(self):
        # A negative line that goes makes the order larger.
        with self.order_id._judge_edit():
            return super().unlink()
