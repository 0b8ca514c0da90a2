"""The SQL that fills contract payments with invoices and receipts, in the currency of the orders.

An invoice that names its payment, and a credit note of such an invoice, belong to it. What is left of the order's
posted invoices fills the room of its payments in sequence, the last one that is no retention takes what is too much.
What an invoice keeps for a retention is that retention's, and so are receipts on it. Other receipts follow their
invoices in the same way, by date. An invoice of several orders is split by its lines, and what settles it as everywhere.
"""

from odoo.tools import SQL

from odoo.addons.sales_control.tools.sql import flush

FLUSHED = {
    "sale.payment.milestone": ["order_id", "sequence", "kind", "amount_due", "date_due", "is_expected"],
    "sale.order": ["company_id", "currency_id", "currency_rate", "department_id", "state", "user_id", "partner_id"],
    "sale.order.line": ["order_id", "invoice_lines"],
    "account.move": ["payment_milestone_id", "amount_total", "amount_total_signed", "currency_id", "invoice_date"]
    + ["department_id", "invoice_user_id", "move_type", "reversed_entry_id"],
    "account.move.line": ["amount_currency", "currency_id", "display_type", "move_id", "parent_state"]
    + ["payment_milestone_id", "price_total"],
}


class ContractPaymentQuery:
    """Builds the query; every method returns the `SQL` of one step of it."""

    def __init__(self, env):
        self.env = env

    def get_figures(self, condition):
        """Return the query of one row per milestone.

        Columns: id, order_id, due, invoiced, collected, discounted, open, overdue, late_days (amount x days late), state,
        date_due, is_expected, user_id, department_id, currency_rate; amounts in the order's currency.

        :param condition: `SQL` on the ``orders`` whose milestones are wanted
        """
        flush(self.env, FLUSHED)
        return SQL(
            """
            WITH milestone AS (%s), share AS (%s), retained AS (%s), document AS (%s), invoice AS (%s), piece AS (%s),
                 room AS (%s), filled AS (%s), settled AS (%s), figure AS (%s), reduced AS (%s)
            %s
            """,
            self._get_milestones(condition),
            self._get_shares(),
            self._get_retained(),
            self._get_documents(),
            self._get_invoices(),
            self._get_pieces(),
            self._get_rooms(),
            self._get_filled(),
            self._get_settled(),
            self._get_sums(),
            self._get_reduced(),
            self._get_result(),
        )

    def _get_milestones(self, condition):
        """Return the milestones, with what their orders say."""
        return SQL(
            """
            SELECT milestone.id, milestone.order_id, milestone.kind, milestone.amount_due, milestone.date_due,
                   milestone.is_expected, orders.state AS order_state, orders.user_id, orders.department_id, orders.currency_id,
                   orders.currency_rate::numeric AS currency_rate, currency.decimal_places AS digits,
                   company_currency.decimal_places AS company_digits, orders.company_id,
                   ROW_NUMBER() OVER (PARTITION BY milestone.order_id ORDER BY milestone.sequence, milestone.id) AS rank,
                   COUNT(*) OVER (PARTITION BY milestone.order_id) AS last
            FROM sale_payment_milestone milestone
            JOIN sale_order orders ON orders.id = milestone.order_id
            JOIN res_currency currency ON currency.id = orders.currency_id
            JOIN res_company company ON company.id = orders.company_id
            JOIN res_currency company_currency ON company_currency.id = company.currency_id
            WHERE %s
            """,
            condition,
        )

    def _get_shares(self):
        """Return where orders lie in the lines of their posted invoices; what belongs to no order comes last."""
        return SQL(
            """
            SELECT weight.*, COUNT(order_id) OVER (PARTITION BY move_id) AS orders,
                   SUM(weight) OVER (PARTITION BY move_id ORDER BY order_id) AS weight_upto,
                   SUM(weight) OVER (PARTITION BY move_id) AS weights
            FROM (
                SELECT line.move_id, origin.order_id, SUM(line.price_total) AS weight
                FROM (
                    SELECT DISTINCT billed.move_id
                    FROM sale_order_line ordered
                    JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = ordered.id
                    JOIN account_move_line billed ON billed.id = rel.invoice_line_id AND billed.parent_state = 'posted'
                    WHERE ordered.order_id IN (SELECT order_id FROM milestone)
                ) AS move
                JOIN account_move_line line ON line.move_id = move.move_id AND line.display_type = 'product'
                %s
                GROUP BY line.move_id, origin.order_id
            ) AS weight
            """,
            self.env["account.move.line"]._get_origin_join(),
        )

    def _get_retained(self):
        """Return the parts of invoices that retentions let fall due later: items that name them."""
        return SQL(
            """
            SELECT milestone.id, milestone.order_id, item.move_id, SUM(item.amount_currency) AS amount
            FROM milestone
            JOIN account_move_line item ON item.payment_milestone_id = milestone.id
                 AND item.currency_id = milestone.currency_id AND item.parent_state = 'posted'
            WHERE milestone.kind = 'retention'
            GROUP BY milestone.id, milestone.order_id, item.move_id
            """
        )

    def _get_documents(self):
        """Return what posted invoices (credit notes negative) come to for every order, in the order's currency.

        They are split like what settles them, see `get_part_sql`; those in another currency at the order's rate.
        """
        return SQL(
            """
            SELECT billed.*, CASE WHEN is_foreign THEN ROUND(part * currency_rate, digits) ELSE part END AS amount
            FROM (
                SELECT share.order_id, share.move_id, share.orders, named.id AS milestone_id, total.is_foreign,
                       share.weight_upto, share.weight, share.weights, orders.currency_rate, orders.digits, move.invoice_date, move.move_type, move.invoice_user_id,
                       move.department_id, ROUND(total.amount * share.weight_upto / share.weights, total.digits)
                           - ROUND(total.amount * (share.weight_upto - share.weight) / share.weights, total.digits)
                           AS part
                FROM share
                JOIN milestone orders ON orders.order_id = share.order_id AND orders.rank = 1
                JOIN account_move move ON move.id = share.move_id
                LEFT JOIN account_move reversed ON reversed.id = move.reversed_entry_id
                LEFT JOIN milestone named ON named.order_id = share.order_id
                     AND named.id = COALESCE(move.payment_milestone_id, reversed.payment_milestone_id)
                CROSS JOIN LATERAL (
                    SELECT move.currency_id <> orders.currency_id AS is_foreign,
                           CASE WHEN move.currency_id <> orders.currency_id THEN orders.company_digits
                                ELSE orders.digits END AS digits,
                           CASE WHEN move.currency_id <> orders.currency_id THEN move.amount_total_signed
                                WHEN move.move_type = 'out_refund' THEN -move.amount_total
                                ELSE move.amount_total END AS amount
                ) AS total
                WHERE share.weights <> 0 AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
            ) AS billed
            """
        )

    def _get_invoices(self):
        """Return the same in two parts: what retentions keep is theirs, the rest belongs to whom the invoice says."""
        columns = "order_id move_id orders is_foreign currency_rate digits invoice_date move_type invoice_user_id department_id"
        return SQL(
            """
            SELECT %(columns)s, document.milestone_id, NULL::int AS retention_id,
                   document.amount - COALESCE(kept.amount, 0) AS amount
            FROM document
            LEFT JOIN (
                SELECT order_id, move_id, SUM(kept) AS amount FROM (%(kept)s) AS each GROUP BY order_id, move_id
            ) AS kept ON kept.order_id = document.order_id AND kept.move_id = document.move_id
            UNION ALL
            SELECT %(columns)s, document.retention_id, document.retention_id, document.kept
            FROM (%(kept)s) AS document
            """,
            columns=SQL(", ").join(SQL.identifier("document", name) for name in columns.split()),
            kept=self._get_kept(),
        )

    def _get_kept(self):
        """Return the documents once for each retention that keeps a part of them, split like them."""
        return SQL(
            """
            SELECT document.*, retained.id AS retention_id,
                   ROUND(retained.amount * weight_upto / weights, digits)
                       - ROUND(retained.amount * (weight_upto - weight) / weights, digits) AS kept
            FROM document JOIN retained ON retained.order_id = document.order_id AND retained.move_id = document.move_id
            WHERE NOT document.is_foreign
            """
        )

    def _get_pieces(self):
        """Return the receipts and discounts on these invoices, with where each lies in the order's row of them."""
        lines = self.env["account.move.line"]._get_line_settlement_query(
            SQL("move.id IN (SELECT move_id FROM invoice)")
        )
        return SQL(
            """
            SELECT split.*, SUM(amount) OVER following AS upper, SUM(amount) OVER following - amount AS lower
            FROM (
                SELECT received.id, received.date, received.kind, received.order_id, invoice.milestone_id,
                       CASE WHEN invoice.is_foreign
                           THEN ROUND(SUM(received.amount) OVER upto * invoice.currency_rate, invoice.digits)
                                - ROUND((SUM(received.amount) OVER upto - received.amount) * invoice.currency_rate,
                                        invoice.digits)
                           ELSE received.amount_currency END AS amount
                FROM (
                    SELECT line.settlement_id AS id, line.date, line.kind, line.move_id, line.order_id,
                           retained.id AS retention_id, SUM(line.amount) AS amount,
                           SUM(line.amount_currency) AS amount_currency
                    FROM (%s) AS line
                    JOIN account_move_line item ON item.id = line.item_id
                    LEFT JOIN retained ON retained.id = item.payment_milestone_id AND retained.move_id = item.move_id
                    WHERE line.kind IN ('receipt', 'discount')
                    GROUP BY line.settlement_id, line.date, line.kind, line.move_id, line.order_id, retained.id
                ) AS received
                JOIN invoice ON invoice.move_id = received.move_id AND invoice.order_id = received.order_id
                     AND invoice.retention_id IS NOT DISTINCT FROM received.retention_id
                WINDOW upto AS (PARTITION BY received.move_id, received.order_id ORDER BY received.id)
            ) AS split
            WINDOW following AS (PARTITION BY order_id, milestone_id ORDER BY date, id)
            """,
            lines,
        )

    def _get_rooms(self):
        """Return what the invoices that name a milestone leave of it, and where that lies in the row of the order.

        What exceeds the whole row is more delivered than ordered: it is no retention's, where there is something else.
        """
        return SQL(
            """
            SELECT room.*, SUM(room) OVER following - room AS lower,
                   SUM(room) OVER following AS upper, SUM(room) OVER (PARTITION BY order_id) AS total,
                   rank = COALESCE(MAX(rank) FILTER (WHERE kind <> 'retention') OVER (PARTITION BY order_id), last)
                       AS takes_excess,
                   SUM(GREATEST(0, named)) OVER (PARTITION BY order_id) - SUM(GREATEST(0, named)) OVER following
                       AS named_after
            FROM (
                SELECT milestone.*, COALESCE(own.amount, 0) AS named, COALESCE(own.credited, 0) AS credited,
                       GREATEST(0, milestone.amount_due - COALESCE(own.amount, 0)) AS room
                FROM milestone
                LEFT JOIN (
                    SELECT milestone_id, SUM(amount) AS amount,
                           -SUM(amount) FILTER (WHERE move_type = 'out_refund') AS credited
                    FROM invoice WHERE milestone_id IS NOT NULL GROUP BY milestone_id
                ) AS own ON own.milestone_id = milestone.id
            ) AS room
            WINDOW following AS (PARTITION BY order_id ORDER BY rank)
            """
        )

    def _get_filled(self):
        """Return the milestones with what is invoiced; credit notes beyond the other invoices take from the last."""
        return SQL(
            """
            SELECT room.*, room.named + CASE
                       WHEN COALESCE(pool.amount, 0) >= 0
                       THEN GREATEST(0, LEAST(COALESCE(pool.amount, 0), room.upper) - room.lower)
                            + takes_excess::int * GREATEST(0, COALESCE(pool.amount, 0) - room.total)
                       ELSE -LEAST(GREATEST(0, room.named), GREATEST(0, -pool.amount - room.named_after))
                   END AS invoiced,
                   CASE WHEN pool.amount > 0 THEN COALESCE(pool.credited, 0) ELSE 0 END AS pool_credited
            FROM room
            LEFT JOIN (
                SELECT order_id, SUM(amount) AS amount, -SUM(amount) FILTER (WHERE move_type = 'out_refund') AS credited
                FROM invoice WHERE milestone_id IS NULL GROUP BY order_id
            ) AS pool ON pool.order_id = room.order_id
            """
        )

    def _get_settled(self):
        """Return what receipts and discounts, each on its date, settle of the milestones."""
        return SQL(
            """
            SELECT room.id, piece.kind, piece.amount, GREATEST(0, piece.date - room.date_due) AS days_late
            FROM piece JOIN room ON room.id = piece.milestone_id
            UNION ALL
            SELECT room.id, piece.kind, part.amount, GREATEST(0, piece.date - room.date_due)
            FROM piece
            JOIN room ON room.order_id = piece.order_id
            CROSS JOIN LATERAL (
                SELECT LEAST(GREATEST(piece.upper, room.lower), room.upper)
                       - LEAST(GREATEST(piece.lower, room.lower), room.upper) + takes_excess::int
                       * (GREATEST(piece.upper, room.total) - GREATEST(piece.lower, room.total)) AS amount
            ) AS part
            WHERE piece.milestone_id IS NULL AND part.amount <> 0
            """
        )

    def _get_sums(self):
        """Return the milestones with what is collected, and the salesperson frozen on their first invoice."""
        return SQL(
            """
            SELECT filled.*, COALESCE(sums.collected, 0) AS collected, COALESCE(sums.discounted, 0) AS discounted,
                   COALESCE(sums.late_days, 0) AS late_days,
                   CASE WHEN filled.order_state = 'cancel' THEN filled.invoiced ELSE filled.amount_due END AS due,
                   first.move_id AS first_move_id, first.invoice_user_id, first.department_id AS invoice_department_id
            FROM filled
            LEFT JOIN (
                SELECT id, SUM(amount) FILTER (WHERE kind = 'receipt') AS collected,
                       SUM(amount) FILTER (WHERE kind = 'discount') AS discounted,
                       SUM(amount * days_late) FILTER (WHERE kind = 'receipt') AS late_days
                FROM settled GROUP BY id
            ) AS sums ON sums.id = filled.id
            LEFT JOIN (
                SELECT DISTINCT ON (filled.id) filled.id, invoice.move_id, invoice.invoice_user_id, invoice.department_id
                FROM filled
                JOIN invoice ON invoice.order_id = filled.order_id
                     AND COALESCE(invoice.milestone_id, filled.id) = filled.id
                WHERE filled.invoiced <> 0 AND invoice.orders = 1 AND invoice.move_type <> 'out_refund'
                ORDER BY filled.id, invoice.milestone_id NULLS LAST, invoice.invoice_date, invoice.move_id
            ) AS first ON first.id = filled.id
            """
        )

    def _get_reduced(self):
        """Return the milestones with what credit notes took off them for good: credited, not invoiced again.

        A credit note of a whole invoice takes nothing off: it will be invoiced again, or the order is changed.
        """
        return SQL(
            """
            SELECT short.*, short.own_credit + LEAST(short.rest, GREATEST(0, short.pool_credited
                       - (SUM(short.rest) OVER (PARTITION BY order_id ORDER BY rank) - short.rest))) AS credit
            FROM (
                SELECT figure.*, own.credit AS own_credit,
                       CASE WHEN invoiced = 0 THEN 0 ELSE GREATEST(0, due - invoiced) - own.credit END AS rest
                FROM figure
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN invoiced = 0 THEN 0
                                ELSE LEAST(GREATEST(0, credited), GREATEST(0, due - invoiced)) END AS credit
                ) AS own
            ) AS short
            """
        )

    def _get_result(self):
        """Return the last step: what is open and overdue, and the state."""
        return SQL(
            """
            SELECT result.id, order_id, due, invoiced, collected, discounted, open, late_days, date_due, is_expected,
                   currency_rate, result.is_overdue::int * GREATEST(0, open) AS overdue,
                   CASE WHEN first_move_id IS NULL THEN user_id ELSE invoice_user_id END AS user_id,
                   CASE WHEN first_move_id IS NULL THEN department_id ELSE invoice_department_id END AS department_id,
                   CASE WHEN order_state = 'cancel' AND invoiced = 0 THEN 'cancelled'
                        WHEN open <= 0 AND due <> 0 AND collected + discounted <> 0 THEN 'collected'
                        WHEN is_overdue AND open > 0 THEN 'overdue'
                        WHEN is_reached AND open > 0 THEN 'due'
                        WHEN invoiced > 0 THEN 'invoiced' ELSE 'planned' END AS state
            FROM (
                SELECT reduced.*, due - collected - discounted - credit AS open,
                       COALESCE(date_due < day.today AND NOT is_expected AND order_state = 'sale', FALSE) AS is_overdue,
                       COALESCE(date_due = day.today AND NOT is_expected AND order_state = 'sale', FALSE) AS is_reached
                FROM reduced
                JOIN %s ON day.company_id = reduced.company_id
            ) AS result
            """,
            # Superuser: the day of every company, whoever looks.
            self.env["res.company"].sudo().search([])._get_today_table(),
        )
