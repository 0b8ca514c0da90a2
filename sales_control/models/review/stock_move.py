from odoo import api, models

from ...tools.judgement import Judgement


class StockMove(models.Model):
    _inherit = "stock.move"

    @api.constrains("state", "quantity")
    def _check_order_review(self):
        """Refuse what makes goods leave without validating a delivery: a done move that grows, a state by RPC."""
        if not Judgement.of(self.env.cr).goods_leaving:
            self.filtered(lambda move: move.state == "done")._get_reviewed_orders()._check_not_stopped("deliver")

    def _action_done(self, cancel_backorder=False):
        """Refuse goods of orders that wait for a decision; what leaves may add to its order without an error."""
        orders = self.filtered(lambda move: move.state not in ("done", "cancel"))._get_reviewed_orders()
        orders._check_not_stopped("deliver")
        # While goods leave the review puts orders on hold where it would refuse otherwise.
        with Judgement.of(self.env.cr).during(goods_leaving=True), orders._judge_edit():
            return super()._action_done(cancel_backorder=cancel_backorder)

    def _filter_outgoing(self):
        """Return those of these moves that take goods to customers; returns do not."""
        return self.filtered(
            lambda move: move.location_dest_id.usage == "customer" and move.location_id.usage != "customer"
        )

    def _get_reviewed_orders(self):
        """Return the orders whose goods leave to customers with these moves; returns are never stopped."""
        # Superuser: warehouse people move goods of orders that they may not read.
        moves = self._filter_outgoing().sudo()
        return moves.sale_line_id.order_id | moves.picking_id.sale_id
