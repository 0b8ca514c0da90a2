from odoo import api, models

from odoo.addons.sales_control.tools.protection import DERIVED

from ...tools.credit import OpenLine


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), "qty_delivered_method": DERIVED}

    def write(self, vals):
        """Goods that have left have left: whoever wrote less would free the limit that they use up."""
        sent = self._filter_sent() if "qty_delivered" in vals and not self.env.su else self.browse()
        if not sent:
            return super().write(vals)
        super(SaleOrderLine, self - sent).write(vals)
        return super(SaleOrderLine, sent).write({name: vals[name] for name in vals if name != "qty_delivered"})

    # === BUSINESS METHODS === #

    def _filter_sent(self):
        """Return those of these lines whose goods have left, or come back, by deliveries; none where credit is not used."""
        if not self.env["credit.grade"]._is_credit_used():
            return self.browse()
        # Superuser: salespeople need not read goods.
        return self.filtered(lambda line: "done" in line.sudo().move_ids.mapped("state"))

    def _prepare_open_line(self, leaving=0.0, reopened=False):
        """Return this line as a plain `OpenLine`, with a quantity that is about to leave taken as delivered.

        :param reopened: the order is being confirmed: its goods will be sent again
        """
        self.ensure_one()
        delivered, invoiced = self.qty_delivered + leaving, self.qty_invoiced_posted
        return OpenLine(
            ordered=self.product_uom_qty,
            delivered=delivered,
            invoiced=invoiced,
            unit=self._get_gross_unit_price(max(delivered, invoiced)),
            closed=not reopened and self._is_delivery_closed(),
        )

    def _get_gross_unit_price(self, quantity):
        """Return the gross price per unit, not rounded: from the line total, without a quantity from price and taxes.

        :param quantity: what was delivered or invoiced of a line on which nothing is ordered
        """
        self.ensure_one()
        if self.product_uom_qty:
            return (self.price_total + self._get_forged_amount()) / self.product_uom_qty
        quantity = quantity or 1.0
        return self._get_plain_amounts(quantity)["total_included"] / quantity

    def _get_forged_amount(self):
        """Return what given tax amounts, which anyone can write, hide of the total of a line that is sold."""
        self.ensure_one()
        if not self.extra_tax_data or self.price_unit * self.product_uom_qty <= 0:
            return 0.0
        return max(0.0, self._get_plain_amounts(self.product_uom_qty)["total_included"] - self.price_total)

    def _is_delivery_closed(self):
        """Tell whether nothing of this line will be delivered or billed any more: a refused back-order is no debt."""
        self.ensure_one()
        if self.state != "sale":
            return False
        if self.product_id.invoice_policy != "delivery" or not self.move_ids:
            return False
        return all(move.state in ("done", "cancel") for move in self.move_ids)

    def _get_reopened_orders(self):
        """Return the orders of those of these lines that are closed and get new deliveries now."""
        if not (self and self.env["credit.grade"]._is_credit_used()):
            return self.env["sale.order"]
        return self.filtered(lambda line: line._is_delivery_closed()).order_id
