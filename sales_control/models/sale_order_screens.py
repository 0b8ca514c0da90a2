from odoo import SUPERUSER_ID, api, fields, models


class SaleOrder(models.Model):
    """What forms and the customer's portal show of the review."""

    _inherit = "sale.order"

    can_request_review = fields.Boolean(compute="_compute_can_request_review")
    review_step_ids = fields.Many2many(
        "sale.order.review.step", string="Review Decisions", compute="_compute_review_step_ids"
    )

    @api.depends(lambda self: self._get_banner_dependencies())
    def _compute_can_request_review(self):
        uncovered = self._get_uncovered_findings("confirm")
        for order in self:
            order.can_request_review = (
                bool(order._origin)
                and order.state != "cancel"
                and order.review_state != "pending"
                and any(finding.severity == "review" for finding in uncovered[order])
            )

    @api.depends("order_review_ids.step_ids")
    def _compute_review_step_ids(self):
        for order in self:
            order.review_step_ids = order.order_review_ids.step_ids

    def _compute_gift_card_count(self):
        """Count gift cards for everybody who reads the order, where sale_loyalty is installed.

        Auditors read orders but no gift cards, and the form of an order would fail for them; the number alone says
        nothing. The field is of sale_loyalty: without it, nobody calls this.
        """
        return super(SaleOrder, self.sudo())._compute_gift_card_count()

    # === PORTAL === #

    def _is_held_for_portal(self):
        """Tell whether the customer cannot accept this quotation yet because a decision about it is missing."""
        self.ensure_one()
        # Superuser: the customer is judged by rules and reviews that he may not read.
        order = self.sudo()
        return order.state in ("draft", "sent") and bool(order._get_uncovered_findings("confirm")[order])

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._is_held_for_portal()

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._is_held_for_portal()

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
            "Your customer cannot accept this offer before its review: request it"
        )
        if summary not in order.activity_ids.mapped("summary"):
            order.activity_schedule("mail.mail_activity_data_todo", user_id=salesperson.id, summary=summary)

    def _get_portal_hold_message(self):
        """Return what the customer reads instead of the buttons: no figures, no names, no reasons."""
        return self.env._(
            "We are finishing our internal check of this offer. You will be able to accept it here shortly."
        )
