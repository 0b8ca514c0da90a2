from odoo import api, models
from odoo.tools import SQL

from .promise_kernel import Settlement


class AccountPartialReconcile(models.Model):
    """What settled an item: a receipt, a credit note, or something else."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self._follow_settlement()
        return partials

    def unlink(self):
        result = super().unlink()
        self._follow_settlement()
        return result

    @api.model
    def _follow_settlement(self):
        """Have holds judged again soon: items that stop supply may be settled, or open again."""
        self.env["sale.order"]._recheck_dunning()

    @api.model
    def _get_settlements(self, items):
        """Return what settled these items, in one statement.

        :param items: receivable `account.move.line` that the customer owes (debits)
        :return: list of `Settlement`, amounts in the currency of each item; exchange differences are none
        """
        if not items:
            return []
        self.env["account.move"].flush_model(["move_type", "origin_payment_id", "statement_line_id", "journal_id"])
        self.env["account.move.line"].flush_model(["date", "move_id"])
        self.flush_model(["debit_move_id", "credit_move_id", "debit_amount_currency"])
        rows = self.env.execute_query(self._get_settlement_query(SQL("partial.debit_move_id IN %s", tuple(items.ids))))
        return [Settlement(*row) for row in rows]

    @api.model
    def _get_settlement_query(self, where):
        """Return the query of settlements: partial, item, date of the counterpart, amount, kind.

        A receipt is an entry of a payment, of a bank statement, or in a bank or cash journal.

        :param where: `SQL` condition on ``partial``
        """
        return SQL(
            """
            SELECT partial.id, partial.debit_move_id AS item_id, counterpart.date,
                   partial.debit_amount_currency::float AS amount,
                   CASE WHEN move.move_type = 'out_refund' THEN 'credit'
                        WHEN move.origin_payment_id IS NOT NULL OR move.statement_line_id IS NOT NULL
                             OR journal.type IN ('bank', 'cash', 'credit') THEN 'receipt'
                        ELSE 'other' END AS kind
            FROM account_partial_reconcile partial
            JOIN account_move_line counterpart ON counterpart.id = partial.credit_move_id
            JOIN account_move move ON move.id = counterpart.move_id
            JOIN account_journal journal ON journal.id = move.journal_id
            WHERE %s AND partial.debit_amount_currency <> 0
            """,
            where,
        )

    @api.model
    def _get_last_mark(self):
        """Return the id of the last reconciliation there is: what comes later has a higher one."""
        return self.env.execute_query(SQL("SELECT COALESCE(MAX(id), 0) FROM account_partial_reconcile"))[0][0]
