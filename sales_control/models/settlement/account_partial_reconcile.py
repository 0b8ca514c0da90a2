from odoo import api, models
from odoo.tools import SQL

from ...tools.settlement import MONEY_JOURNALS
from ...tools.sql import flush

# What the query of settlements reads.
FLUSHED = {
    "account.move": ["journal_id", "move_type", "origin_payment_id", "reversed_entry_id", "statement_line_id"],
    "account.move.line": ["account_id", "amount_currency", "balance", "currency_id", "date", "move_id", "parent_state"],
    "account.account": ["account_type"],
    "account.journal": ["default_account_id", "type"],
    "account.payment": ["outstanding_account_id"],
    "account.payment.method.line": ["payment_account_id"],
    "account.partial.reconcile": None,
}


class AccountPartialReconcile(models.Model):
    """What settled an item that a customer owes: money, a credit note, or neither.

    This is the one definition of what was collected; reports, promises and plans read it.
    """

    _inherit = "account.partial.reconcile"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self._follow_settlement(partials.debit_move_id | partials.credit_move_id)
        return partials

    def unlink(self):
        items = self.debit_move_id | self.credit_move_id
        result = super().unlink()
        self._follow_settlement(items.exists())
        return result

    # === HOOKS === #

    @api.model
    def _follow_settlement(self, items):
        """Do what is due when items were settled or are open again; extended by what judges open items.

        :param items: journal items on both sides
        """

    # === QUERIES === #

    @api.model
    def _get_settlement_query(self, condition):
        """Return the query of what settled items, split into ``receipt``, ``credit_note`` and ``discount``.

        An exchange difference settles nothing, an entry that is not posted neither. A discount is whatever takes a
        claim away without money: early payment discount, write-off, netting against what we owe.

        Columns: id (of the row), partial_id, item_id, move_id and date of what settled, kind, amount (company currency,
        at the rate of the item), amount_currency (in the currency of the item); both rounded, parts sum to the whole.

        :param condition: `SQL` on ``partial``, whose debit is the item
        """
        self._flush_settlements()
        return SQL(
            """
            SELECT partial.id::bigint * 4 + part.number AS id, partial.id AS partial_id, item.id AS item_id,
                   other.move_id, other.date, part.kind, part.amount, part.amount_currency
            FROM ( -- inside: the planner orders eight tables by itself, and would take the condition last
                SELECT partial.* FROM account_partial_reconcile partial WHERE %(condition)s
            ) AS partial
            JOIN account_move_line item ON item.id = partial.debit_move_id
            JOIN res_currency currency ON currency.id = item.currency_id
            JOIN res_company company ON company.id = item.company_id
            JOIN res_currency company_currency ON company_currency.id = company.currency_id
            JOIN account_move_line other ON other.id = partial.credit_move_id
            JOIN account_move settling ON settling.id = other.move_id
            JOIN account_journal journal ON journal.id = settling.journal_id
            LEFT JOIN account_payment payment ON payment.id = settling.origin_payment_id
            CROSS JOIN LATERAL (
                SELECT ROUND(COALESCE(partial.debit_amount_currency * item.balance / NULLIF(item.amount_currency, 0),
                                      partial.amount), company_currency.decimal_places) AS amount,
                       partial.debit_amount_currency AS amount_currency, %(money)s AS money
                OFFSET 0  -- or the planner would read the settling move again for every use of the share
            ) AS total
            CROSS JOIN LATERAL (
                SELECT ROUND(total.amount * total.money, company_currency.decimal_places) AS amount,
                       ROUND(total.amount_currency * total.money, currency.decimal_places) AS amount_currency
            ) AS money
            CROSS JOIN LATERAL (
                VALUES (1, 'receipt', money.amount, money.amount_currency),
                       (CASE WHEN %(credit_note)s THEN 2 ELSE 3 END,
                        CASE WHEN %(credit_note)s THEN 'credit_note' ELSE 'discount' END,
                        total.amount - money.amount, total.amount_currency - money.amount_currency)
            ) AS part (number, kind, amount, amount_currency)
            WHERE other.parent_state = 'posted' AND (part.amount <> 0 OR part.amount_currency <> 0)
              AND NOT EXISTS (SELECT FROM account_partial_reconcile diff WHERE diff.exchange_move_id = other.move_id)
            """,
            money=self._get_money_share(),
            credit_note=self._get_credit_note_condition(),
            condition=condition,
        )

    @api.model
    def _flush_settlements(self):
        """Bring to the database what the query of settlements reads."""
        flush(self.env, FLUSHED)

    @api.model
    def _get_credit_note_condition(self):
        """Return the condition of a ``settling`` move that takes a claim back."""
        return SQL("(settling.move_type = 'out_refund' OR settling.reversed_entry_id IS NOT NULL)")

    @api.model
    def _get_money_share(self):
        """Return which share, 0 to 1, of what a ``settling`` move settles was money.

        Money comes in through a ``journal`` of bank, cash or credit, on its own account or one where payments wait for the
        statement. Of what the move credits to receivables, the rest was settled by what else it books: a discount
        with its tax, a write-off, fees, a netted bill. It spreads over all that the move settles.
        """
        return SQL(
            """
            CASE WHEN journal.type NOT IN %s OR %s THEN 0
            ELSE COALESCE((
                SELECT LEAST(1, GREATEST(0, COALESCE(SUM(line.balance) FILTER (WHERE %s), 0)
                       / NULLIF(-SUM(line.balance) FILTER (
                             WHERE account.account_type = 'asset_receivable' AND line.balance < 0), 0)))
                FROM account_move_line line
                JOIN account_account account ON account.id = line.account_id
                WHERE line.move_id = settling.id
            ), 1) END
            """,
            MONEY_JOURNALS,
            self._get_credit_note_condition(),
            self._get_money_condition(),
        )

    @api.model
    def _get_money_condition(self):
        """Return the condition of a ``line`` of a ``settling`` move that is money, now or with the bank statement."""
        return SQL(
            """
            (account.account_type IN ('asset_cash', 'liability_credit_card')
             OR account.id IN (journal.default_account_id, payment.outstanding_account_id)
             OR account.id IN (SELECT payment_account_id FROM account_payment_method_line
                               WHERE payment_account_id IS NOT NULL))
            """
        )
