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
        # Superuser: as where it is asked for.
        later = self.sudo()._get_later_findings(uncovered)
        for order in self:
            order.can_request_review = (
                bool(order._origin)
                and order.state != "cancel"
                and order.review_state != "pending"
                and any(finding.severity == "review" for finding in uncovered[order] + later[order])
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

    def _is_settled_by_payment(self, finding):
        """Tell whether a finding ends once the whole order is paid; other addons say so of theirs.

        :param finding: a `Finding` of this quotation
        """
        return False

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
            "Your customer cannot accept this offer before its review: request it"
        )
        if summary not in order.activity_ids.mapped("summary"):
            order.activity_schedule("mail.mail_activity_data_todo", user_id=salesperson.id, summary=summary)

    def _get_portal_hold_message(self, payable=False):
        """Return what the customer reads while this quotation is held: no figures, no names, no reasons.

        :param payable: whether he is offered to pay
        """
        if payable:
            return self.env._(
                "We are finishing our internal check of this offer. You need not wait for it if you pay in full in advance."
            )
        return self.env._(
            "We are finishing our internal check of this offer. You will be able to accept it here shortly."
        )
