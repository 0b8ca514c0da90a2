from odoo import api, models
from odoo.tools import SQL

from ...tools.promises import Settlement


class AccountPartialReconcile(models.Model):
    """What settles an item changes what promises, disputes and holds say of it."""

    _inherit = "account.partial.reconcile"

    @api.model
    def _follow_settlement(self, items):
        """Have holds judged again soon: items that stop supply may be settled, or open again."""
        self.env["sale.order"]._recheck_dunning()
        return super()._follow_settlement(items)

    @api.model
    def _get_settlements(self, items):
        """Return what settled these items, in one statement.

        :param items: receivable `account.move.line` that the customer owes (debits)
        :return: list of `Settlement`, amounts in the currency of each item; one with a write-off inside makes two
        """
        if not items:
            return []
        settled = self._get_settlement_query(SQL("partial.debit_move_id IN %s", tuple(items.ids)))
        query = "SELECT partial_id, item_id, date, amount_currency::float, kind FROM (%s) AS settled ORDER BY id"
        return [Settlement(*row) for row in self.env.execute_query(SQL(query, settled))]

    @api.model
    def _get_last_mark(self):
        """Return the id of the last reconciliation there is: what comes later has a higher one."""
        return self.env.execute_query(SQL("SELECT COALESCE(MAX(id), 0) FROM account_partial_reconcile"))[0][0]
