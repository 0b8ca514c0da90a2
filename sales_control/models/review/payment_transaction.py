from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        """Book the payment of orders that wait for a decision, but leave their invoices as drafts."""
        for tx in self.filtered(lambda tx: tx.state == "done"):
            held = tx.invoice_ids.filtered(lambda move: move.state == "draft" and move._is_stopped_by_review())
            if held:
                tx.invoice_ids -= held
        return super()._post_process()

    def _check_amount_and_confirm_order(self):
        """Confirm paid orders that nothing stops; for the others ask the reviewers and never raise."""
        stopped = self.filtered(lambda tx: tx._ask_reviewers())
        return super(PaymentTransaction, self - stopped)._check_amount_and_confirm_order()

    def _ask_reviewers(self):
        """Open the reviews of the quotation that this transaction pays, if it needs any.

        :return: True when the quotation waits now
        """
        self.ensure_one()
        quotation = self.sale_order_ids.filtered(lambda order: order.state in ("draft", "sent"))
        if len(self.sale_order_ids) != 1 or not quotation or not quotation._is_confirmation_amount_reached():
            return False
        # As the system, whoever processes the payment: the request is the salesperson's.
        order = quotation._for_salesperson().with_user(SUPERUSER_ID)
        try:
            with order._telling_salesperson():
                return bool(order._hold_for_review())
        except UserError as error:  # blocked: the payment is booked all the same, the salesperson has to act
            order._ask_salesperson(order.env._("Paid, but cannot be confirmed"), error)
            return True

    def _invoice_sale_orders(self):
        """Do not invoice automatically what waits for a decision: posting it would fail."""
        stopped = self.filtered(lambda tx: tx.sale_order_ids._get_stopped("invoice"))
        return super(PaymentTransaction, self - stopped)._invoice_sale_orders()
