from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.sales_control.tools.judgement import Judgement

from ...tools.credit import Leaving


class StockMove(models.Model):
    _inherit = "stock.move"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Goods of a line that was delivered or given up for good are debt again: an edit of its order."""
        lines = self.env["sale.order.line"].browse(
            {vals["sale_line_id"] for vals in vals_list if vals.get("sale_line_id")}
        )
        # Superuser: warehouse people do not read orders, and returns are no matter of credit.
        with lines.sudo()._get_reopened_orders()._judge_edit():
            return super().create(vals_list)

    # === BUSINESS METHODS === #

    def _action_done(self, cancel_backorder=False):
        """Judge the goods that leave with these moves against the credit of their payers."""
        self._check_customer_hold()
        self._filter_leaving()._get_reviewed_orders()._claim_payers()
        with self._declare_leaving():
            return super()._action_done(cancel_backorder=cancel_backorder)

    def _check_customer_hold(self):
        """Refuse goods that leave to customers on hold, but for those whom the review of the order judges.

        :raise UserError: with the customer and the reason of the hold
        """
        if not self.env["credit.grade"]._is_credit_used():
            return
        # Superuser: warehouse people do not read the credit of customers.
        for move in self._filter_leaving().sudo():
            receivers = (move.partner_id | move.picking_id.partner_id).commercial_partner_id
            receivers -= move._get_reviewed_orders()._get_credit_parties()
            for partner in receivers.with_company(move.company_id).filtered("credit_on_hold"):
                raise UserError(
                    self.env._(
                        "%(customer)s is on hold: %(reason)s. A credit manager can release the hold.",
                        customer=partner.display_name,
                        reason=partner.credit_hold_reason or "-",
                    )
                )

    def _filter_leaving(self):
        """Return those of these moves whose goods are about to leave to customers."""
        return self._filter_outgoing().filtered(lambda move: move.state not in ("done", "cancel"))

    def _declare_leaving(self, together=True):
        """Return the block inside which the credit check knows what leaves with these moves.

        :param together: all of them leave at once; else each delivery is judged by itself
        """
        leaving = Leaving(self._get_leaving_quantities(), together)
        return Judgement.of(self.env.cr).during(leaving=leaving)

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
