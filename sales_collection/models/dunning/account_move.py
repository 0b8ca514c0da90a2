from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = "account.move"

    def action_include_in_dunning(self):
        """Have the receivable items of entries and invoices dunned. See `account.move.line`."""
        self.line_ids.action_include_in_dunning()

    def action_exclude_from_dunning(self):
        """Have the receivable items of entries and invoices not dunned."""
        self.line_ids.action_exclude_from_dunning()
