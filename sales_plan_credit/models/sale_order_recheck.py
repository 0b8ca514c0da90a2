from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying

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
            order._try_recheck_credit()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _try_recheck_credit(self):
        """Judge again; give way to whoever works on this order or its payer, and leave it to the next run if need be.

        Unlike requests, crons are not repeated by Odoo when transactions meet.
        """
        self.ensure_one()
        try:
            done = retrying(self._recheck_credit_unless_locked, self.env)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            done = False
        if not done:
            soon = fields.Datetime.now() + timedelta(minutes=1)
            self.env.ref("sales_plan_credit.ir_cron_recheck_credit")._trigger(soon)

    def _recheck_credit_unless_locked(self):
        """Return whether this order could be judged again: not while another transaction holds it."""
        free = bool(self.try_lock_for_update())
        if free:
            self._recheck_credit()
        return free

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
