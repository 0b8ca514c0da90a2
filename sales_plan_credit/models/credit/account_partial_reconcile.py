from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model
    def _follow_settlement(self, items):
        """Have orders that wait judged again: there may be room now."""
        items._queue_credit_recheck()
        return super()._follow_settlement(items)
