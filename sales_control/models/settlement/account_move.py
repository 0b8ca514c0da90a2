from odoo import api, models


class AccountMove(models.Model):
    """Entries that are set back to draft open again what they are reconciled with; posted again, they settle it."""

    _name = "account.move"
    _inherit = "account.move"

    @api.constrains("state")
    def _check_reconciled_state(self):
        if any(line.matching_number for line in self.line_ids):
            self.env["account.partial.reconcile"]._follow_settlement()
