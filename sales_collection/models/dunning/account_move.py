from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = "account.move"

    # === CRUD METHODS === #

    def write(self, vals):
        """Have the charges that invoices book follow them: a cancelled invoice asks for nothing."""
        result = super().write(vals)
        if vals.get("state") == "cancel":
            self._get_dunning_charges()._release_invoices(self.env._("%(invoice)s cancelled: %(total)s claimed again."))
        elif vals.get("state") == "draft":
            self._get_dunning_charges()._book_again()
        return result

    def unlink(self):
        self._get_dunning_charges()._release_invoices(self.env._("%(invoice)s deleted: %(total)s claimed again."))
        return super().unlink()

    def _get_dunning_charges(self):
        """Return the charges that these invoices book, or booked before they were cancelled."""
        # Superuser: whoever may cancel or delete an invoice need not know of the charges that it books.
        return self.env["dunning.charge"].sudo().search([("move_id", "in", self.ids)])

    # === ACTION METHODS === #

    def action_include_in_dunning(self):
        """Have the receivable items of entries and invoices dunned. See `account.move.line`."""
        self.line_ids.action_include_in_dunning()

    def action_exclude_from_dunning(self):
        """Have the receivable items of entries and invoices not dunned."""
        self.line_ids.action_exclude_from_dunning()
