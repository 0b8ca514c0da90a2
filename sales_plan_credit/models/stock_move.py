from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.sales_control.models.transaction_state import transaction_state

from .credit_kernel import Leaving
from .sale_order_findings import LEAVING


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Judge the goods that leave with these moves against the credit of their payers."""
        self._check_customer_hold()
        with self._declare_leaving(), self.env["sale.order"]._claim_payers():
            return super()._action_done(cancel_backorder=cancel_backorder)

    def _check_customer_hold(self):
        """Refuse goods that leave without an order to customers on hold; orders are judged by their review.

        :raise UserError: with the customer and the reason of the hold
        """
        if not self.env["credit.grade"]._is_credit_used():
            return
        # Superuser: warehouse people do not read the credit of customers.
        for move in self._filter_leaving().sudo().filtered(lambda move: not move._get_reviewed_orders()):
            partner = (move.partner_id or move.picking_id.partner_id).commercial_partner_id
            partner = partner.with_company(move.company_id)
            if partner.credit_on_hold:
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
        return transaction_state(self.env.cr, LEAVING, Leaving(self._get_leaving_quantities(), together))

    def _get_leaving_quantities(self):
        """Return what is about to leave with these moves.

        :return: dict, order line id -> quantity in the unit of the line
        """
        quantities = defaultdict(float)
        # Superuser: warehouse people move goods of orders that they may not read.
        for move in self._filter_leaving().sudo().filtered("sale_line_id"):
            unit = move.sale_line_id.product_uom_id
            quantities[move.sale_line_id.id] += move.product_uom._compute_quantity(
                move._get_leaving_quantity(), unit, round=False
            )
        return quantities

    def _get_leaving_quantity(self):
        """Return how much of this move leaves: what is picked, the whole demand before anything is."""
        self.ensure_one()
        return self.quantity or self.product_uom_qty


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def button_validate(self):
        with self.move_ids._declare_leaving():
            return super().button_validate()

    def _compute_review_hold_reason(self):
        with self.move_ids._declare_leaving(together=False):
            return super()._compute_review_hold_reason()
