from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderReviewDecision(models.TransientModel):
    """Ask for the reason of a rejection, or for a remark on an approval."""

    _name = "sale.order.review.decision"
    _description = "Order Review Decision"

    review_ids = fields.Many2many("sale.order.review", string="Reviews", readonly=True, required=True)
    comment = fields.Text("Reason", help="Kept with the decision and visible to the salesperson.")

    @api.model
    def default_get(self, fields_list):
        """Keep of the reviews chosen those that wait for the user."""
        values = super().default_get(fields_list)
        if "review_ids" in fields_list:
            chosen = self.env.context.get("default_review_ids") or ()
            ids = [one for one in chosen if isinstance(one, int)] if isinstance(chosen, list | tuple) else []
            reviews = self._filter_waiting(self.env["sale.order.review"].browse(ids).exists())
            values["review_ids"] = [fields.Command.set(reviews.ids)]
        return values

    @api.model
    def _filter_waiting(self, reviews):
        """Return those of these reviews that wait for the user; others may have become void meanwhile.

        :raise UserError: when none does
        """
        waiting = reviews.filtered("can_decide")
        if not waiting:
            raise UserError(self.env._("None of these reviews is awaiting your decision."))
        return waiting

    def action_reject(self):
        """Reject the reviews for the reason given."""
        self.ensure_one()
        self._filter_waiting(self.review_ids).action_reject(self.comment)
        return {"type": "ir.actions.act_window_close"}

    def action_approve(self):
        """Approve the reviews with the remark given."""
        self.ensure_one()
        self._filter_waiting(self.review_ids).action_approve(self.comment)
        return {"type": "ir.actions.act_window_close"}
