from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _is_booked(self):
        """Tell whether the receipt of this transaction is in the books already, or has failed after all."""
        self.ensure_one()
        payment = self.payment_id
        return payment.move_id.state == "posted" or payment.state in ("paid", "canceled", "rejected")

    def _get_unbooked_amount(self):
        """Return what was received online with this transaction and nobody has booked yet, in its currency.

        What is captured in parts was received with those, which are transactions of their own; refunds lessen it.
        """
        self.ensure_one()
        parts = self.child_transaction_ids.filtered(lambda tx: tx.operation == self.operation)
        parts = parts.filtered(lambda tx: tx.state in ("done", "cancel")) or self
        refunds = parts.child_transaction_ids.filtered(lambda tx: tx.operation == "refund")
        unbooked = (parts | refunds).filtered(lambda tx: tx.state == "done" and not tx._is_booked())
        return max(0.0, sum(unbooked.mapped("amount")))

    def _split_prepaid(self):
        """Return what this transaction pays of its orders, beside what is booked: the oldest first, each up to its total;
        the last gets the rest.

        :return: dict, order -> amount in company currency
        """
        self.ensure_one()
        orders = self.sale_order_ids.sorted("id")
        shares = dict.fromkeys(orders, 0.0)
        live = orders.filtered(lambda order: order.state != "cancel") or orders
        left = live[:1]._to_company_currency(self._get_unbooked_amount(), self.currency_id)
        for order in live:
            total = order._to_company_currency(order.amount_total)
            shares[order] = left if order == live[-1:] else min(left, max(0.0, total))
            left -= shares[order]
        return shares
