from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.sql import flush

# What the query of open items reads.
FLUSHED = {
    "account.move.line": [
        "account_id",
        "amount_currency",
        "amount_residual",
        "amount_residual_currency",
        "balance",
        "company_id",
        "currency_id",
        "date",
        "date_maturity",
        "matching_number",
        "move_id",
        "move_name",
        "no_followup",
        "parent_state",
        "partner_id",
    ],
    "account.account": ["account_type"],
    "account.partial.reconcile": None,
    "res.partner": ["commercial_partner_id"],
}
# What the query of claims reads beside.
CLAIM_FLUSHED = {
    "account.move": [
        "department_id",
        "invoice_user_id",
        "move_type",
        "origin_payment_id",
        "reversed_entry_id",
        "statement_line_id",
    ],
}


class AccountMoveLine(models.Model):
    """What customers owe, item by item, and how old it is: the one definition of *open* that every screen reads."""

    _inherit = "account.move.line"

    # What is open; a small part of all items.
    _open_item_idx = models.Index(
        "(partner_id, company_id) "
        "WHERE parent_state = 'posted' AND (amount_residual <> 0 OR amount_residual_currency <> 0)"
    )
    # Reconciled, and not posted any more: hardly any.
    _undone_item_idx = models.Index("(id) WHERE parent_state <> 'posted' AND matching_number IS NOT NULL")

    amount_open = fields.Monetary(
        "Open",
        compute="_compute_amount_open",
        currency_field="company_currency_id",
        help="What posted documents leave open; a reconciliation with an entry in draft counts as none.",
    )
    amount_open_currency = fields.Monetary("Open in Currency", compute="_compute_amount_open", aggregator=None)

    @api.depends("amount_residual", "amount_residual_currency", "parent_state")
    def _compute_amount_open(self):
        amounts = self._get_open_amounts()
        for item in self:
            item.amount_open, item.amount_open_currency = amounts.get(item._origin.id, (0.0, 0.0))

    # === OPEN ITEMS === #

    def _get_open_amounts(self):
        """Return what is open of those of these items that customers owe: ``{id: (amount, amount in its currency)}``.

        One statement; see `_get_open_query`.
        """
        items = self._origin
        if not items:
            return {}
        # Superuser: what is open of an item is the same, whoever asks.
        query = self._get_open_query(items.sudo().company_id, SQL("item.id IN %s", tuple(items.ids)))
        rows = self.env.execute_query(SQL("SELECT id, amount::float, amount_currency::float FROM (%s) AS open", query))
        return {item: amounts for item, *amounts in rows}

    @api.model
    def _get_open_query(self, companies, condition=None, day=None):
        """Return the query of what posted documents leave open on receivable accounts, whatever made it.

        Credit notes, refunds due and unallocated receipts are negative. A reconciliation with an entry that is not posted
        counts as none: Odoo keeps those of documents that are set back to draft. With a day it is what was open at the
        end of that day, rebuilt from later reconciliations: the sum is the balance of the receivable accounts in the
        general ledger, to the cent. Without one it is what is open now, documents dated later included.

        Columns: id (of the item), move_id, document, partner_id (the commercial one), contact_id, account_id, journal_id,
        company_id, company_currency_id, currency_id, date, date_due (an item without a due date is due on its date; one
        that waits for an event at the earliest today), is_expected (it waits), amount (open, in company currency),
        amount_currency (open, in the item's), amount_original, amount_original_currency, is_followed, and age: days since
        date_due, on the day or on the company's today; 0 and less is not due.

        :param companies: whose items count
        :param condition: `SQL` on ``item`` and ``partner``
        """
        flush(self.env, FLUSHED)
        where = [
            SQL("item.parent_state = 'posted'"),
            SQL("item.company_id IN %s", tuple(companies.ids) or (None,)),
            condition or SQL("TRUE"),
            SQL("item.date <= %s", day) if day else SQL("TRUE"),
        ]
        return SQL(
            """
            WITH undone AS (%(undone)s)
            SELECT %(columns)s
            FROM account_move_line item LEFT JOIN undone ON undone.item_id = item.id %(tables)s
            WHERE (item.amount_residual <> 0 OR item.amount_residual_currency <> 0) AND %(where)s
              AND (undone.item_id IS NULL OR item.amount_residual + undone.amount <> 0
                   OR item.amount_residual_currency + undone.amount_currency <> 0)
            UNION ALL
            SELECT %(columns)s
            FROM undone JOIN account_move_line item ON item.id = undone.item_id %(tables)s
            WHERE item.amount_residual = 0 AND item.amount_residual_currency = 0 AND %(where)s
              AND (undone.amount <> 0 OR undone.amount_currency <> 0)
            """,
            undone=self._get_undone_query(day),
            columns=self._get_open_columns(companies, day),
            tables=self._get_open_tables(),
            where=SQL(" AND ").join(where),
        )

    @api.model
    def _get_open_columns(self, companies, day):
        """Return the columns of `_get_open_query`."""
        today = SQL("%s::date", day) if day else companies._get_today_sql(SQL("item.company_id"))
        expected = self._get_expected_sql()
        due = SQL("COALESCE(item.date_maturity, item.date)")
        due = SQL("CASE WHEN %s THEN GREATEST(%s, %s) ELSE %s END", expected, due, today, due)
        return SQL(
            """
            item.id, item.move_id, item.move_name AS document, partner.commercial_partner_id AS partner_id,
            item.partner_id AS contact_id, item.account_id, item.journal_id, item.company_id, item.company_currency_id,
            item.currency_id, item.date, %(due)s AS date_due, %(expected)s AS is_expected,
            item.amount_residual + COALESCE(undone.amount, 0) AS amount,
            item.amount_residual_currency + COALESCE(undone.amount_currency, 0) AS amount_currency,
            item.balance AS amount_original, item.amount_currency AS amount_original_currency,
            item.no_followup IS NOT TRUE AS is_followed, %(day)s - %(due)s AS age
            """,
            due=due,
            expected=expected,
            day=today,
        )

    @api.model
    def _get_expected_sql(self):
        """Return the condition of an ``item`` whose due date is not known yet: it is not due, whatever it says."""
        return SQL("FALSE")

    @api.model
    def _get_open_tables(self):
        """Return what `_get_open_query` joins to an ``item``."""
        return SQL(
            """
            JOIN account_account account ON account.id = item.account_id AND account.account_type = 'asset_receivable'
            LEFT JOIN res_partner partner ON partner.id = item.partner_id
            """
        )

    @api.model
    def _get_undone_query(self, day=None):
        """Return the query of what to add to the residuals of items: item_id, amount, amount_currency.

        :param day: leave out what is reconciled later, too
        """
        columns = SQL(
            "p.id, p.debit_move_id, p.credit_move_id, p.amount, p.debit_amount_currency, p.credit_amount_currency"
        )
        sides = [
            SQL(
                """
                SELECT %s FROM account_move_line entry JOIN account_partial_reconcile p ON p.%s = entry.id
                WHERE entry.parent_state <> 'posted' AND entry.matching_number IS NOT NULL
                """,
                columns,
                SQL.identifier(side),
            )
            for side in ("debit_move_id", "credit_move_id")
        ]
        if day:
            sides.append(SQL("SELECT %s FROM account_partial_reconcile p WHERE p.max_date > %s", columns, day))
        return SQL(
            """
            SELECT side.item_id, SUM(side.amount) AS amount, SUM(side.amount_currency) AS amount_currency
            FROM (%s) AS partial
            CROSS JOIN LATERAL (VALUES
                (partial.debit_move_id, partial.amount, partial.debit_amount_currency),
                (partial.credit_move_id, -partial.amount, -partial.credit_amount_currency)
            ) AS side (item_id, amount, amount_currency)
            GROUP BY side.item_id
            """,
            SQL(" UNION ").join(sides),
        )

    # === OVERDUE === #

    @api.model
    def _get_owed_sums(self, condition=None):
        """Return the SQL sums of what is owed, over rows with ``amount`` and ``age`` as `_get_open_query` gives them.

        What each means, and what *overdue* is: see `tools/ageing.py`.

        :param condition: `SQL` on the rows
        :return: dict of ``past_due``, ``not_due``, ``credits``, ``balance`` and ``days``, the age of the oldest past due
        """
        past_due = SQL("amount > 0 AND age > 0")
        kinds = {
            "past_due": past_due,
            "not_due": SQL("amount > 0 AND age <= 0"),
            "credits": SQL("amount < 0"),
            "balance": SQL("TRUE"),
        }
        condition = condition or SQL("TRUE")
        query = "COALESCE(SUM(amount) FILTER (WHERE %s AND %s), 0)"
        sums = {name: SQL(query, condition, kind) for name, kind in kinds.items()}
        sums["days"] = SQL("COALESCE(MAX(age) FILTER (WHERE %s AND %s), 0)", condition, past_due)
        return sums

    # === CLAIMS === #

    @api.model
    def _get_movement_query(self, companies):
        """Return the query of everything that fell due and of what settled it, in company currency.

        Columns: id, date (on which it counts: a claim when it falls due, what settles it not before), date_due,
        date_settled, kind (``due`` or those of `account.partial.reconcile._get_settlement_query`), amount, item_id,
        move_id, settling_move_id, and what `_get_claim_query` tells of the claim.
        """
        self.env["account.partial.reconcile"]._flush_settlements()
        return SQL(
            """
            WITH claim AS MATERIALIZED (%s)
            SELECT claim.id::bigint * 4 AS id, GREATEST(claim.date_due, claim.date) AS date, claim.date_due,
                   NULL::date AS date_settled, 'due' AS kind, claim.balance AS amount, claim.id AS item_id,
                   claim.move_id, NULL::integer AS settling_move_id, claim.partner_id, claim.user_id,
                   claim.department_id, claim.company_id
            FROM claim
            UNION ALL
            SELECT settled.id, GREATEST(claim.date_due, claim.date, settled.date), claim.date_due, settled.date,
                   settled.kind, settled.amount, claim.id, claim.move_id, settled.move_id, claim.partner_id,
                   claim.user_id, claim.department_id, claim.company_id
            FROM (%s) AS settled
            JOIN claim ON claim.id = settled.item_id
            """,
            self._get_claim_query(companies),
            self.env["account.partial.reconcile"]._get_settlement_query(
                SQL("partial.debit_move_id IN (SELECT id FROM claim)")
            ),
        )

    @api.model
    def _get_claim_query(self, companies, condition=None):
        """Return the query of what customers have to pay, settled or not: items of posted invoices and opening entries.

        Money paid back to a customer, reversed receipts and exchange differences are debits too, and no claims. Columns:
        id, move_id, company_id, date, balance, date_due (after today, as long as it waits for an event), partner_id (the
        commercial one), user_id and department_id.

        :param companies: whose items count
        :param condition: `SQL` on ``item`` and ``partner``
        """
        flush(self.env, FLUSHED | CLAIM_FLUSHED)
        return SQL(
            """
            SELECT item.id, item.move_id, item.company_id, item.date, item.balance,
                   CASE WHEN %s THEN GREATEST(COALESCE(item.date_maturity, item.date), %s + 1)
                        ELSE COALESCE(item.date_maturity, item.date) END AS date_due,
                   COALESCE(partner.commercial_partner_id, item.partner_id) AS partner_id,
                   move.invoice_user_id AS user_id, move.department_id
            FROM account_move_line item
            JOIN account_move move ON move.id = item.move_id
            JOIN account_account account ON account.id = item.account_id
            LEFT JOIN res_partner partner ON partner.id = item.partner_id
            WHERE item.company_id IN %s AND %s AND account.account_type = 'asset_receivable'
              AND item.parent_state = 'posted' AND item.balance > 0 AND %s
            """,
            self._get_expected_sql(),
            companies._get_today_sql(SQL("item.company_id")),
            tuple(companies.ids) or (None,),
            condition or SQL("TRUE"),
            self._get_claim_condition(),
        )

    @api.model
    def _get_claim_condition(self):
        """Return the condition of a ``move`` whose debits are claims."""
        return SQL(
            """
            (move.move_type IN ('out_invoice', 'out_receipt', 'entry') AND move.origin_payment_id IS NULL
             AND move.statement_line_id IS NULL AND move.reversed_entry_id IS NULL
             AND NOT EXISTS (SELECT FROM account_partial_reconcile other WHERE other.exchange_move_id = move.id))
            """
        )
