from odoo import api, models
from odoo.fields import Domain

from .sale_order_findings import KINDS


class SaleOrder(models.Model):
    """Holds that clear themselves when receipts arrive or limits change."""

    _inherit = "sale.order"

    @api.model
    def _cron_recheck_credit(self, limit=100):
        """Judge again the orders that wait for credit, oldest first; one transaction for each.

        :param limit: how many orders in one call
        """
        waiting = self.search(self._get_credit_waiting_domain(), order="date_order, id")
        self.env["ir.cron"]._commit_progress(remaining=len(waiting))
        for order in waiting[:limit]:
            if order.try_lock_for_update():
                order._recheck_credit()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _get_credit_waiting_domain(self):
        """Return the domain of the orders that wait for a credit decision, held ones and quotations."""
        reviews = Domain("kind", "in", KINDS) & Domain("state", "=", "pending")
        return Domain("state", "in", ("draft", "sent", "sale")) & Domain("order_review_ids", "any", reviews)

    def _recheck_credit(self):
        """Void what is no longer found, release the hold, and confirm what was asked for and fits now."""
        self.ensure_one()
        with self._claim_payers():
            self._sync_reviews()
            self._follow_decisions()
