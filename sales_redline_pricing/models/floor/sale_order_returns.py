from contextlib import contextmanager, nullcontext

from odoo import models
from odoo.fields import Domain

from odoo.addons.sales_control.tools.judgement import Judgement


class SaleOrder(models.Model):
    """Goods that come back with one order were sold by another: what becomes of that one is judged here too."""

    _name = "sale.order"
    _inherit = "sale.order"

    def write(self, vals):
        if vals.get("state", "sale") == "sale":
            return super().write(vals)
        with self._get_orders_that_give_back()._judge_edit():
            return super().write(vals)

    @contextmanager
    def _judge_edit(self):
        """Judge the orders with which goods of these come back, too: what was not sold after all is a discount there.

        Whoever edits these orders may not read those, and is not refused because of them: they go on hold.
        """
        behind = self._get_orders_that_give_back()
        with super()._judge_edit(), behind._judge_edit() if behind else nullcontext():
            yield

    def _get_orders_that_give_back(self):
        """Return the confirmed orders, not billed yet, that give back goods which these confirmed orders sold, as
        superuser."""
        judgement = Judgement.of(self.env.cr)
        orders = self.sudo().filtered(
            lambda order: order.state == "sale"
            and order._origin.id not in judgement.edited
            and order.company_id._has_price_floors()
        )
        sold = orders.order_line.filtered(lambda line: line.product_uom_qty > 0 and line.product_id.type == "consu")
        if not sold or judgement.goods_leaving:
            return orders.browse()
        customers = orders.partner_id.commercial_partner_id
        backs = Domain("product_id", "in", sold.product_id.ids) & Domain("product_uom_qty", "<", 0)
        backs &= Domain("order_id", "not in", orders.ids) & Domain("company_id", "in", orders.company_id.ids)
        backs &= Domain("state", "=", "sale") & Domain("order_id.invoice_status", "!=", "invoiced")
        backs &= Domain("order_partner_id.commercial_partner_id", "in", customers.ids)
        return sold.search(backs).order_id
