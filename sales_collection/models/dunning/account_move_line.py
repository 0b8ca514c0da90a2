from odoo import models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    """Items of general journals, such as opening balances, are not dunned until the accountant says so."""

    _name = "account.move.line"
    _inherit = "account.move.line"

    def action_include_in_dunning(self):
        """Have receivable items dunned, in one step: those of opening entries, which Odoo exempts by default."""
        self._set_no_followup(False)

    def action_exclude_from_dunning(self):
        """Have receivable items not dunned."""
        self._set_no_followup(True)

    def _set_no_followup(self, value):
        lines = self.filtered(lambda line: line.account_type == "asset_receivable")
        if not lines:
            raise UserError(
                self.env._("There is no receivable journal item in the selection: choose customers' items.")
            )
        lines.check_access("write")
        lines.no_followup = value
