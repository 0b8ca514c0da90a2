from odoo import models
from odoo.exceptions import UserError

from odoo.addons.sales_control.tools.judgement import Judgement

from ...tools.credit import Leaving


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Judge the goods that leave with these moves against the credit of their payers."""
        self._check_customer_hold()
        self._filter_leaving()._get_reviewed_orders()._claim_payers()
        with self._declare_leaving():
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

    def _declare_leaving(self, together=True):
        """Return the block inside which the credit check knows what leaves with these moves.

        :param together: all of them leave at once; else each delivery is judged by itself
        """
        leaving = Leaving(self._get_leaving_quantities(), together)
        return Judgement.of(self.env.cr).during(leaving=leaving)
