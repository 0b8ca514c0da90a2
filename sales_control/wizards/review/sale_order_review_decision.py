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
            chosen = self.env["sale.order.review"].browse(self.env.context.get("default_review_ids") or ())
            reviews = chosen.exists().filtered("can_decide")
            if not reviews:
                raise UserError(self.env._("None of these reviews is awaiting your decision."))
            values["review_ids"] = [fields.Command.set(reviews.ids)]
        return values

    def action_reject(self):
        """Reject the reviews for the reason given."""
        self.ensure_one()
        self.review_ids.action_reject(self.comment)
        return {"type": "ir.actions.act_window_close"}

    def action_approve(self):
        """Approve the reviews with the remark given."""
        self.ensure_one()
        self.review_ids.action_approve(self.comment)
        return {"type": "ir.actions.act_window_close"}
