from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.sales_control.tools.judgement import Judgement

from ...tools.credit import Leaving

# States of moves from which no goods are to come.
ENDED = ("done", "cancel")


class StockMove(models.Model):
    _inherit = "stock.move"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Goods of a line that was delivered or given up for good are debt again: an edit of its order."""
        # Superuser: warehouse people do not read orders, and returns are no matter of credit.
        lines = self.env["sale.order.line"].browse(
            {vals["sale_line_id"] for vals in vals_list if vals.get("sale_line_id")}
        )
        with lines.sudo()._get_reopened_orders()._judge_edit():
            return super().create(vals_list)

    def write(self, vals):
        """Moves that are taken up again, or become those of a line, are such an edit too."""
        lines = self.env["sale.order.line"].browse(vals.get("sale_line_id") or ())
        if vals.get("state", "done") not in ENDED:
            lines |= self.filtered(lambda move: move.state in ENDED).sale_line_id
        # Superuser: see above.
        with lines.sudo()._get_reopened_orders()._judge_edit():
            return super().write(vals)

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

    def _declare_leaving(self, together=True):
        """Return the block inside which the credit check knows what leaves with these moves.

        :param together: all of them leave at once; else each delivery is judged by itself
        """
        leaving = Leaving(self._get_leaving_quantities(), together)
        return Judgement.of(self.env.cr).during(leaving=leaving)
