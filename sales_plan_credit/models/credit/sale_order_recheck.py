from odoo import api, models
from odoo.fields import Domain

from .sale_order_check import KINDS


class SaleOrder(models.Model):
    """Holds that clear themselves when receipts arrive or limits change."""

    _inherit = "sale.order"

    @api.model
    def _cron_recheck_credit(self, limit=100):
        """Judge again the orders that wait for credit, oldest first; one transaction for each.

        :param limit: how many orders in one call
        """
        waiting = self.search(self._get_credit_waiting_domain(), order="date_order, id")
        waiting._recheck_by(self.env.ref("sales_plan_credit.ir_cron_recheck_credit"), limit=limit)

    @api.model
    def _get_credit_waiting_domain(self):
        """Return the domain of the orders that wait for a credit decision, held ones and quotations."""
        reviews = Domain("kind", "in", KINDS) & Domain("state", "=", "pending")
        return Domain("state", "in", ("draft", "sent", "sale")) & Domain("order_review_ids", "any", reviews)

    def _recheck_reviews(self, request=False):
        """Claim the payers: what is released now may use up their limit."""
        with self._claim_payers():
            return super()._recheck_reviews(request)
