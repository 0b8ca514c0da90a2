from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    order_on_hold = fields.Boolean("Order on Hold", related="sale_id.on_hold", groups="base.group_user")
    review_hold_reason = fields.Text(compute="_compute_review_hold_reason", compute_sudo=True, groups="base.group_user")

    @api.depends("state", "move_ids", "sale_id.on_hold")
    @api.depends_context("lang")
    def _compute_review_hold_reason(self):
        stopped = self.move_ids._get_reviewed_orders()._get_stopped("deliver")
        for picking in self:
            orders = picking.move_ids._get_reviewed_orders()
            picking.review_hold_reason = "\n".join(
                self.env._(
                    "%(order)s: %(reasons)s. Waiting for: %(deciders)s",
                    order=order.name,
                    reasons="; ".join(stopped[order]),
                    deciders=order._get_deciders_label(),
                )
                for order in orders
                if order in stopped
            )

    def button_validate(self):
        """Say before anything is asked about back-orders that an order waits for a decision."""
        moves = self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        moves._get_reviewed_orders()._check_not_stopped("deliver")
        return super().button_validate()
