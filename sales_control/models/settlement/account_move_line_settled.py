from odoo import api, models
from odoo.tools import SQL

from ...tools.attribution import get_column_pair, get_part_sql
from ...tools.sql import flush

# What the query of settled lines reads, beside settlements.
FLUSHED = {
    "account.move": ["amount_total", "company_id", "currency_id", "move_type", "state"],
    "account.move.line": ["display_type", "move_id", "price_subtotal", "price_total"],
    "sale.order.line": ["invoice_lines", "order_id"],
}
# Column -> what is split, by which weight, rounded like which currency
PARTS = {
    "amount": ("amount", "weight", "company_currency"),
    "amount_untaxed": ("amount", "untaxed", "company_currency"),
    "amount_currency": ("amount_currency", "weight", "currency"),
    "amount_untaxed_currency": ("amount_currency", "untaxed", "currency"),
}


class AccountMoveLine(models.Model):
    """Which line of an invoice was settled by what: the one definition, on which orders, plans and contracts stand."""

    _name = "account.move.line"
    _inherit = "account.move.line"

    @api.model
    def _get_line_settlement_query(self, condition):
        """Return the query of what settled the lines of posted customer invoices: a row per settlement and line.

        A settlement belongs to the lines of its invoice by their amounts, taxes included, less what credit notes took
        off them; a credit note belongs to the lines of the same order lines, what it has beside to all. Parts are
        exact: those of a settlement sum to it, those of a line in all settlements of its invoice to the line
        (see `get_part_sql`). Nothing is asked about access rights.

        Columns: settlement_id, partial_id, item_id, settling_move_id, date and kind as of
        `account.partial.reconcile._get_settlement_query`; move_id and line_id of the invoice, order_id and
        order_line_id (null where a line belongs to none), company_id; amount and amount_untaxed (company currency, at
        the rate of the invoice, the latter net of tax in the proportion of the line), amount_currency and
        amount_untaxed_currency (the same in currency_id, the invoice's).

        :param condition: `SQL` on ``move``, the invoices
        """
        flush(self.env, FLUSHED)
        return SQL(
            """
            WITH billed AS (%s), settled AS (%s), credited AS (%s), taken AS (%s), unpaid AS (%s), place AS (%s)
            %s
            """,
            self._get_billed_query(condition),
            self._get_settled_query(),
            self._get_credited_query(),
            self._get_taken_query(),
            self._get_unpaid_query(),
            self._get_place_query(),
            self._get_line_part_query(),
        )

    # === STEPS === #

    @api.model
    def _get_origin_join(self):
        """Return the join of a ``line`` with the order line that it bills, ``origin``; the first one where it is many."""
        return SQL(
            """
            LEFT JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id AND NOT EXISTS (
                SELECT FROM sale_order_line_invoice_rel other
                WHERE other.invoice_line_id = rel.invoice_line_id AND other.order_line_id < rel.order_line_id
            )
            LEFT JOIN sale_order_line origin ON origin.id = rel.order_line_id
            """
        )

    @api.model
    def _get_billed_query(self, condition):
        """Return the lines of the invoices: their weight is what they come to, taxes included.

        Taxes that are rounded for the whole invoice make its total differ from that of its lines by cents: so that a
        paid invoice has paid what it says without taxes, the share of these is of its total.
        """
        return SQL(
            """
            SELECT line.id AS line_id, line.move_id, origin.order_id, origin.id AS order_line_id, line.price_total AS weight,
                   COALESCE(line.price_subtotal / NULLIF(line.price_total, 0), 0)
                       * SUM(line.price_total) OVER (PARTITION BY line.move_id) / NULLIF(move.amount_total, 0)
                       AS untaxed_share,
                   SUM(line.price_total) OVER (PARTITION BY line.move_id, origin.id) AS order_line_weight
            FROM (
                SELECT move.id, move.amount_total FROM account_move move
                WHERE %s AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt')
            ) AS move
            JOIN account_move_line line ON line.move_id = move.id AND line.display_type = 'product'
            %s
            """,
            condition,
            self._get_origin_join(),
        )

    @api.model
    def _get_settled_query(self):
        """Return the settlements in their row, one after the other; each credit note has a row of its own."""
        settlements = self.env["account.partial.reconcile"]._get_settlement_query(
            SQL(
                "partial.debit_move_id IN (SELECT id FROM account_move_line "
                "WHERE move_id IN (SELECT move_id FROM billed) AND display_type = 'payment_term')"
            )
        )
        return SQL(
            """
            SELECT row.*, SUM(amount) OVER following AS amount_upto,
                   SUM(amount_currency) OVER following AS amount_currency_upto
            FROM (
                SELECT settlement.id, settlement.partial_id, settlement.item_id, settlement.date, settlement.kind,
                       settlement.move_id AS settling_move_id, item.move_id, settlement.amount,
                       settlement.amount_currency,
                       CASE settlement.kind WHEN 'credit_note' THEN settlement.move_id ELSE 0 END AS note_id
                FROM (%s) AS settlement
                JOIN account_move_line item ON item.id = settlement.item_id
            ) AS row
            WINDOW following AS (PARTITION BY move_id, note_id ORDER BY id)
            """,
            settlements,
        )

    @api.model
    def _get_credited_query(self):
        """Return what each credit note, as far as it settles an invoice, takes off each order line."""
        return SQL(
            """
            SELECT used.move_id, used.note_id, note.order_line_id, used.amount * note.weight / note.total AS amount
            FROM (
                SELECT move_id, note_id, SUM(amount_currency) AS amount
                FROM settled WHERE note_id <> 0 GROUP BY move_id, note_id
            ) AS used
            JOIN (
                SELECT line.move_id, origin.id AS order_line_id, SUM(line.price_total) AS weight,
                       SUM(SUM(line.price_total)) OVER (PARTITION BY line.move_id) AS total
                FROM account_move_line line
                %s
                WHERE line.move_id IN (SELECT note_id FROM settled) AND line.display_type = 'product'
                GROUP BY line.move_id, origin.id
            ) AS note ON note.move_id = used.note_id AND note.total <> 0
            """,
            self._get_origin_join(),
        )

    @api.model
    def _get_taken_query(self):
        """Return what each credit note takes off each line of an invoice."""
        return SQL(
            """
            SELECT billed.move_id, billed.line_id, credited.note_id,
                   credited.amount * billed.weight / billed.order_line_weight AS amount
            FROM credited
            JOIN billed ON billed.move_id = credited.move_id AND billed.order_line_id = credited.order_line_id
            WHERE billed.order_line_weight <> 0
            """
        )

    @api.model
    def _get_unpaid_query(self):
        """Return the lines with what credit notes leave of them to be paid, where they leave anything of the invoice."""
        return SQL(
            """
            SELECT line.*, CASE WHEN SUM(rest) OVER invoice > 0 THEN rest ELSE weight END AS unpaid,
                   CASE WHEN SUM(rest) OVER invoice > 0 THEN SUM(rest) OVER invoice
                        ELSE SUM(weight) OVER invoice END AS total
            FROM (
                SELECT billed.*, ROUND(CASE WHEN billed.weight > 0
                           THEN GREATEST(0, LEAST(billed.weight, billed.weight - COALESCE(taken.amount, 0)))
                           ELSE LEAST(0, GREATEST(billed.weight, billed.weight - COALESCE(taken.amount, 0)))
                       END, 6) AS rest
                FROM billed
                LEFT JOIN (SELECT line_id, SUM(amount) AS amount FROM taken GROUP BY line_id) AS taken
                     ON taken.line_id = billed.line_id
            ) AS line
            WINDOW invoice AS (PARTITION BY move_id)
            """
        )

    @api.model
    def _get_place_query(self):
        """Return where each line lies among the weights by which the settlements of a row are split."""
        return SQL(
            """
            SELECT line.*, SUM(weight) OVER following AS weight_upto, COALESCE(untaxed_share, 0) * weight AS untaxed,
                   SUM(COALESCE(untaxed_share, 0) * weight) OVER following AS untaxed_upto,
                   SUM(weight) OVER (PARTITION BY move_id, note_id) AS total
            FROM (
                SELECT unpaid.line_id, unpaid.move_id, unpaid.order_id, unpaid.order_line_id, unpaid.untaxed_share,
                       used.note_id, CASE WHEN used.note_id = 0 THEN unpaid.unpaid
                           ELSE COALESCE(taken.amount, 0)
                                + (used.amount - COALESCE(matched.amount, 0)) * unpaid.unpaid / unpaid.total
                       END AS weight
                FROM (
                    SELECT move_id, note_id, SUM(amount_currency) AS amount FROM settled GROUP BY move_id, note_id
                ) AS used
                JOIN unpaid ON unpaid.move_id = used.move_id AND unpaid.total <> 0
                LEFT JOIN taken ON taken.line_id = unpaid.line_id AND taken.note_id = used.note_id
                LEFT JOIN (
                    SELECT move_id, note_id, SUM(amount) AS amount FROM taken GROUP BY move_id, note_id
                ) AS matched ON matched.move_id = used.move_id AND matched.note_id = used.note_id
            ) AS line
            WINDOW following AS (PARTITION BY move_id, note_id ORDER BY order_id, line_id)
            """
        )

    @api.model
    def _get_line_part_query(self):
        """Return the last step: every settlement split over the lines of its invoice."""
        return SQL(
            """
            SELECT settled.id AS settlement_id, settled.partial_id, settled.item_id, settled.settling_move_id,
                   settled.date, settled.kind, place.move_id, place.line_id, place.order_id,
                   place.order_line_id, move.company_id, move.currency_id, part.*
            FROM settled
            JOIN place ON place.move_id = settled.move_id AND place.note_id = settled.note_id
                 AND place.total <> 0
            JOIN account_move move ON move.id = settled.move_id
            JOIN res_currency currency ON currency.id = move.currency_id
            JOIN res_company company ON company.id = move.company_id
            JOIN res_currency company_currency ON company_currency.id = company.currency_id
            CROSS JOIN LATERAL (SELECT %s OFFSET 0) AS part  -- or each would be computed twice
            WHERE part.amount <> 0 OR part.amount_currency <> 0
               OR part.amount_untaxed <> 0 OR part.amount_untaxed_currency <> 0
            """,
            SQL(", ").join(self._get_part_column(name, *parts) for name, parts in PARTS.items()),
        )

    @api.model
    def _get_part_column(self, name, amount, weight, currency):
        part = get_part_sql(
            get_column_pair("settled", amount),
            get_column_pair("place", weight),
            SQL("place.total"),
            SQL.identifier(currency, "decimal_places"),
        )
        return SQL("%s AS %s", part, SQL.identifier(name))
