from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import CustomerPortal, PaymentPortal


class ReviewCustomerPortal(CustomerPortal):
    """A quotation that waits for a decision is shown, but neither signed nor paid."""

    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        if document._name == "sale.order" and document._is_held_for_portal():
            if request.env.user.share:
                document._remind_of_review()
            # Also where a payment link asks for an amount.
            values = dict(values, payment_amount=None, review_hold_message=document._get_portal_hold_message())
        return super()._get_page_view_values(document, access_token, values, *args, **kwargs)


class ReviewPaymentPortal(PaymentPortal):
    """No payment starts for a quotation that waits for a decision."""

    @route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        """Refuse to start the payment of a quotation that waits for a decision, in neutral words."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            order = request.env["sale.order"]  # core refuses in its own words
        if order and order._is_held_for_portal():
            raise ValidationError(order._get_portal_hold_message())
        return super().portal_order_transaction(order_id, access_token, **kwargs)
