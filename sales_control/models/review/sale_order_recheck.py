from datetime import timedelta

from odoo import fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying


class SaleOrder(models.Model):
    """Orders that wait are judged again where what they wait for may have changed."""

    _inherit = "sale.order"

    def _recheck_by(self, cron, request=False, limit=None):
        """Judge these orders again, one transaction for each, for a cron: what they wait for may have changed.

        Orders that somebody works on are left to another run of ``cron`` in a minute: unlike requests, crons are not
        repeated by Odoo when transactions meet.

        :param bool request: see `_sync_reviews`
        :param int limit: how many orders in one call
        """
        self.env["ir.cron"]._commit_progress(remaining=len(self))
        for order in self[:limit]:
            if not order._try_recheck(request):
                cron._trigger(fields.Datetime.now() + timedelta(minutes=1))
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _try_recheck(self, request):
        """Return whether this order could be judged again: not while others work on it or on what it depends on."""

        def work():
            free = bool(self.try_lock_for_update())
            if free:
                self._recheck_reviews(request)
            return free

        self.ensure_one()
        try:
            return retrying(work, self.env)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            return False

    def _recheck_reviews(self, request=False):
        """Void what is no longer found, hold or release this order, and confirm what was asked for and fits now.

        :param bool request: see `_sync_reviews`
        """
        self.ensure_one()
        self._sync_reviews(request=request)
        self._follow_decisions()
