from odoo import models

from .sale_order_hold import GOODS_LEAVING


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Refuse goods of orders that wait for a decision; what leaves may add to its order without an error."""
        self._get_reviewed_orders()._check_not_stopped("deliver")
        cache = self.env.cr.cache
        outer = cache.get(GOODS_LEAVING)
        cache[GOODS_LEAVING] = True
        try:
            return super()._action_done(cancel_backorder=cancel_backorder)
        finally:
            cache[GOODS_LEAVING] = outer

    def _get_reviewed_orders(self):
        """Return the orders whose goods leave to customers with these moves; returns are never stopped."""
        leaving = self.filtered(
            lambda move: move.state not in ("done", "cancel")
            and move.location_dest_id.usage == "customer"
            and move.location_id.usage != "customer"
        )
        # Superuser: warehouse people move goods of orders that they may not read.
        moves = leaving.sudo()
        return moves.sale_line_id.order_id | moves.picking_id.sale_id
