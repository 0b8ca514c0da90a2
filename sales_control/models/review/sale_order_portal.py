from odoo import SUPERUSER_ID, models


class SaleOrder(models.Model):
    """What customers may do on their pages with a quotation that needs a review, and what they read."""

    _name = "sale.order"
    _inherit = "sale.order"

    def _get_portal_findings(self):
        """Return what keeps the customer from accepting this quotation: list of `Finding`."""
        self.ensure_one()
        # Superuser: the customer is judged by rules and reviews that he may not read.
        order = self.sudo()
        return order._get_uncovered_findings("confirm")[order] if order.state in ("draft", "sent") else []

    def _is_held_for_portal(self):
        """Tell whether the customer cannot accept this quotation yet because a decision about it is missing."""
        return bool(self._get_portal_findings())

    def _is_payable_on_portal(self):
        """Tell whether the customer may pay this quotation: nothing holds it but what a payment in advance settles."""
        return all(self._is_settled_by_payment(finding) for finding in self._get_portal_findings())

    def _has_to_be_signed(self):
        # Never signed without paying while something holds it: a signature alone confirms.
        return super()._has_to_be_signed() and (not self._is_held_for_portal() or self._has_to_be_paid())

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and self._is_payable_on_portal()

    def _can_be_edited_on_portal(self):
        return super()._can_be_edited_on_portal() and self.sudo().review_state != "pending"

    def _remind_of_review(self):
        """Tell the salesperson, once, that his customer looks at an offer whose review nobody has asked for."""
        self.ensure_one()
        # Superuser: the customer triggers it by opening the page.
        order = self.with_user(SUPERUSER_ID)
        salesperson = order.user_id
        if order.review_state == "pending" or not salesperson.active:
            return
        summary = order.with_context(lang=salesperson.lang).env._(
            "Your customer cannot accept this offer before it is reviewed: request a review"
        )
        if summary not in order.activity_ids.mapped("summary"):
            order.activity_schedule("mail.mail_activity_data_todo", user_id=salesperson.id, summary=summary)

    def _get_portal_hold_message(self, payable=False):
        """Return what the customer reads while this quotation is held: no figures, no names, no reasons.

        :param payable: whether he is offered to pay
        """
        if payable:
            return self.env._(
                "We are completing our internal review of this offer. There is no need to wait for it if you pay in full in advance."
            )
        return self.env._(
            "We are completing our internal review of this offer. You will be able to accept it here shortly."
        )
