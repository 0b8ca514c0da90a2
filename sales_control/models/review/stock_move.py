from collections import defaultdict

from odoo import api, models

from ...tools.judgement import Judgement


class StockMove(models.Model):
    _inherit = "stock.move"

    @api.constrains("state", "quantity", "location_dest_id", "sale_line_id")
    def _check_order_review(self):
        """Refuse what makes goods leave without validating a delivery: a done move that grows, goes to the customer after
        all or gets another order, a state by RPC."""
        if not Judgement.of(self.env.cr).goods_leaving:
            self.filtered(lambda move: move.state == "done")._get_reviewed_orders()._check_not_stopped("deliver")

    def write(self, vals):
        if "sale_line_id" in vals:
            self._check_not_cut(vals["sale_line_id"])
        return super().write(vals)

    def _check_not_cut(self, line_id):
        """Refuse to take goods off an order that waits for a decision: they would leave without it.

        :param line_id: of the order line that they get, none for goods of no order
        """
        # Superuser: warehouse people move goods of orders that they may not read.
        lines = self.sudo().filtered(lambda move: move.state != "cancel").sale_line_id
        (lines.order_id - lines.browse(line_id or ()).order_id)._check_not_stopped("deliver")

    def _action_done(self, cancel_backorder=False):
        """Refuse goods of orders that wait for a decision; what leaves may add to its order without an error."""
        orders = self.filtered(lambda move: move.state not in ("done", "cancel"))._get_reviewed_orders()
        orders._check_not_stopped("deliver")
        # While goods leave the review puts orders on hold where it would refuse otherwise.
        with Judgement.of(self.env.cr).during(goods_leaving=True), orders._judge_edit():
            return super()._action_done(cancel_backorder=cancel_backorder)

    def _filter_outgoing(self):
        """Return those of these moves that take goods to customers, as Odoo counts what is delivered: wherever they come
        from, to customers or into the transit between companies. Returns do not."""
        # Superuser: the transit between companies may be closed to who sells.
        moves = self.sudo()
        outgoing = moves.filtered(lambda move: move.location_dest_id._takes_to_customers())
        # The goods go where the lines of a move say.
        lines = (moves - outgoing).move_line_ids.filtered(lambda line: line.location_dest_id._takes_to_customers())
        return self & (outgoing | lines.move_id).with_env(self.env)

    def _filter_leaving(self):
        """Return those of these moves whose goods are about to leave to customers."""
        return self._filter_outgoing().filtered(lambda move: move.state not in ("done", "cancel"))

    def _get_reviewed_orders(self):
        """Return the orders whose goods leave to customers with these moves; returns are never stopped."""
        # Superuser: warehouse people move goods of orders that they may not read.
        moves = self._filter_outgoing().sudo()
        return moves.sale_line_id.order_id | moves.picking_id.sale_id

    # === WHAT LEAVES === #

    def _get_leaving_quantities(self):
        """Return what is about to leave with these moves.

        :return: dict, order line id -> quantity in the unit of the line
        """
        # Superuser: warehouse people move goods of orders that they may not read.
        moves = self._filter_leaving().sudo().filtered("sale_line_id")
        leaving = moves._get_quantity_by_move()
        return {
            line.id: sold._get_line_quantity({move: leaving[move] for move in sold})
            for line, sold in moves.grouped("sale_line_id").items()
        }

    def _get_quantity_by_move(self):
        """Return how much leaves with each of these moves when their deliveries are validated.

        What is picked; what is reserved where nothing is picked; before that the whole demand.

        :return: dict, move -> quantity in the unit of its product
        """
        result = {}
        for moves in self.grouped("picking_id").values():
            chosen = moves.filtered("picked") or moves
            done = any(chosen.mapped("quantity"))
            for move in moves:
                quantity = move.quantity if done else move.product_uom_qty
                unit = move.product_id.uom_id
                result[move] = move in chosen and move.product_uom._compute_quantity(quantity, unit, round=False)
        return result

    def _get_line_quantity(self, leaving):
        """Return how much of an order line leaves with these moves of it, in the unit of the line.

        Of a kit, which moves as its components, that share of what is open which leaves of every component.

        :param dict leaving: move -> quantity in the unit of its product
        """
        line = self.sale_line_id
        if self.product_id == line.product_id:
            return line.product_id.uom_id._compute_quantity(sum(leaving.values()), line.product_uom_id, round=False)
        demand, amounts = defaultdict(float), defaultdict(float)
        for move in line.move_ids._filter_leaving():
            demand[move.product_id] += move.product_qty
            amounts[move.product_id] += leaving.get(move, 0.0)
        share = min(amounts[product] / demand[product] for product in demand if demand[product])
        return share * max(0.0, line.product_uom_qty - line.qty_delivered)
