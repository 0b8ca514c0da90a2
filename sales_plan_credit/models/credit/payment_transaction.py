from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _is_booked(self):
        """Tell whether the receipt of this transaction is in the books already."""
        self.ensure_one()
        return self.payment_id.move_id.state == "posted"

    def _split_prepaid(self):
        """Return what this transaction pays of its orders: the oldest first, each up to its total; the last gets the rest.

        :return: dict, order -> amount in company currency
        """
        self.ensure_one()
        orders = self.sale_order_ids.sorted("id")
        shares = dict.fromkeys(orders, 0.0)
        live = orders.filtered(lambda order: order.state != "cancel") or orders
        left = live[:1]._to_company_currency(self.amount, self.currency_id)
        for order in live:
            total = order._to_company_currency(order.amount_total)
            shares[order] = left if order == live[-1:] else min(left, max(0.0, total))
            left -= shares[order]
        return shares
