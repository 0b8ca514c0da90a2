from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = "account.move"

    # === CRUD METHODS === #

    def unlink(self):
        # Superuser: whoever may delete an invoice need not know of the charges that it books.
        charges = self.env["dunning.charge"].sudo().search([("move_id", "in", self.ids)])
        charges._release_invoices()
        return super().unlink()

    # === ACTION METHODS === #

    def action_include_in_dunning(self):
        """Have the receivable items of entries and invoices dunned. See `account.move.line`."""
        self.line_ids.action_include_in_dunning()

    def action_exclude_from_dunning(self):
        """Have the receivable items of entries and invoices not dunned."""
        self.line_ids.action_exclude_from_dunning()
