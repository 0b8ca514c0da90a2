from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model
    def _follow_settlement(self):
        """Have orders that wait judged again: there may be room now."""
        if self.env["credit.grade"]._is_credit_used():
            self.env["sale.order"]._queue_credit_recheck()
        return super()._follow_settlement()
