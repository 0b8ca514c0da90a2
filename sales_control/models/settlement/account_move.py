from odoo import api, models


class AccountMove(models.Model):
    """Entries that are set back to draft open again what they are reconciled with; posted again, they settle it."""

    _name = "account.move"
    _inherit = "account.move"

    @api.constrains("state")
    def _check_reconciled_state(self):
        if items := self.line_ids.filtered("matching_number"):
            self.env["account.partial.reconcile"]._follow_settlement(items)
