from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        if self.env["credit.grade"]._is_credit_used():
            self.env["sale.order"]._queue_credit_recheck()
        return partials
