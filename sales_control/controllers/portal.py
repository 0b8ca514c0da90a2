from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import CustomerPortal, PaymentPortal


class ReviewCustomerPortal(CustomerPortal):
    """A quotation that waits for a decision is shown, but not accepted; paid only where that settles the matter."""

    def _get_page_view_values(self, document, access_token, values, *args, **kwargs):
        if document._name == "sale.order" and document._is_held_for_portal():
            values = dict(values, **self._prepare_hold_values(document, values))
        return super()._get_page_view_values(document, access_token, values, *args, **kwargs)

    def _prepare_hold_values(self, order, values):
        """Return what the page of a held quotation shows otherwise; remind the salesperson where it offers nothing.

        :param dict values: of the page so far; a payment link has brought its ``payment_amount``
        """
        amount = values.get("payment_amount") if order._is_payable_on_portal() else None
        payable = bool(amount) or order._has_to_be_paid()
        if request.env.user.share and not payable:
            order._remind_of_review()
        return {"payment_amount": amount, "review_hold_message": order._get_portal_hold_message(payable)}


class ReviewPaymentPortal(PaymentPortal):
    """No payment starts for a quotation that waits for a decision, unless paying in advance settles it."""

    @route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        """Refuse to start the payment of a quotation that waits for a decision all the same, in neutral words."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            order = request.env["sale.order"]  # core refuses in its own words
        if order and not order._is_payable_on_portal():
            raise ValidationError(order._get_portal_hold_message())
        return super().portal_order_transaction(order_id, access_token, **kwargs)
