from odoo import api, models
from odoo.tools import SQL

from ...tools.attribution import get_column_pair, get_part_sql
from ...tools.sql import flush

FLUSHED = {
    "sale.order.line": ["display_type", "invoice_lines", "is_downpayment", "order_id", "price_subtotal", "price_total"]
    + ["product_uom_qty"],
}
# What is told of every part, beside its amounts
FACTS = ("settlement_id", "partial_id", "item_id", "settling_move_id", "date", "kind", "move_id", "line_id", "order_id")
# Column -> the weight by which a deposit is split, the sum of all weights, the currency that it is rounded like
PARTS = {
    "amount": ("weight", "total", "company_currency"),
    "amount_untaxed": ("untaxed", "total_untaxed", "company_currency"),
    "amount_currency": ("weight", "total", "currency"),
    "amount_untaxed_currency": ("untaxed", "total_untaxed", "currency"),
}


class SaleOrderLine(models.Model):
    """What was collected on order lines."""

    _name = "sale.order.line"
    _inherit = "sale.order.line"

    @api.model
    def _get_line_settlement_query(self, condition):
        """Return the query of what settled order lines, down payments included: a row per settlement and order line.

        What a down payment collects belongs to the goods of its order by their amounts, as long as and as far as no
        invoice deducts it; an order of down payments alone keeps it on them. What invoices bill without an order, and
        lines of other orders in the same invoice, are left out. Nothing is asked about access rights.

        Columns: as of `account.move.line._get_line_settlement_query`, order_line_id being the line that the part
        belongs to, and is_deposit: whether it came, or went, through a down payment. Sums of lines mean something,
        single rows need not: a deduction is a negative part, and rounding may leave a cent of either sign.

        :param condition: `SQL` on ``orders``
        """
        flush(self.env, FLUSHED)
        return SQL(
            """
            WITH wanted AS MATERIALIZED (SELECT orders.id FROM sale_order orders WHERE %s),
                 part AS MATERIALIZED (%s), goods AS (%s), deposit AS (%s)
            %s UNION ALL %s
            """,
            condition,
            self._get_part_query(),
            self._get_goods_query(),
            self._get_deposit_query(),
            self._get_own_part_query(),
            self._get_deposit_part_query(),
        )

    # === STEPS === #

    @api.model
    def _get_part_query(self):
        """Return the parts of the order lines of wanted orders; whether they are down payments, by their quantity too."""
        parts = self.env["account.move.line"]._get_line_settlement_query(
            SQL(
                """
                move.id IN (
                    SELECT invoiced.move_id
                    FROM sale_order_line ordered
                    JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = ordered.id
                    JOIN account_move_line invoiced ON invoiced.id = rel.invoice_line_id
                    WHERE ordered.order_id IN (SELECT id FROM wanted)
                )
                """
            )
        )
        return SQL(
            """
            SELECT settled.*, %s AS is_deposit
            FROM (%s) AS settled
            JOIN sale_order_line ordered ON ordered.id = settled.order_line_id
            WHERE settled.order_id IN (SELECT id FROM wanted)
            """,
            self._get_deposit_condition(),
            parts,
        )

    @api.model
    def _get_goods_query(self):
        """Return where each line lies among the goods of its order: what down payments are for."""
        return SQL(
            """
            SELECT line.*, SUM(weight) OVER following AS weight_upto, SUM(untaxed) OVER following AS untaxed_upto,
                   SUM(weight) OVER (PARTITION BY order_id) AS total,
                   SUM(untaxed) OVER (PARTITION BY order_id) AS total_untaxed
            FROM (
                SELECT ordered.id AS order_line_id, ordered.order_id, ordered.price_total AS weight,
                       ordered.price_subtotal AS untaxed
                FROM sale_order_line ordered
                WHERE ordered.order_id IN (SELECT order_id FROM part WHERE is_deposit)
                  AND ordered.display_type IS NULL
                  AND NOT %s
            ) AS line
            WINDOW following AS (PARTITION BY order_id ORDER BY order_line_id)
            """,
            self._get_deposit_condition(),
        )

    @api.model
    def _get_deposit_condition(self):
        """Return the condition of an ``ordered`` line that is a down payment; see `_is_true_down_payment`."""
        return SQL("(ordered.is_downpayment IS TRUE AND ordered.product_uom_qty = 0)")

    @api.model
    def _get_deposit_query(self):
        """Return the parts of down payments in their row, one after the other."""
        sums = SQL(", ").join(
            SQL("SUM(part.%s) OVER following AS %s", SQL.identifier(name), SQL.identifier(f"{name}_upto"))
            for name in PARTS
        )
        return SQL(
            """
            SELECT part.*, %s FROM part WHERE part.is_deposit
            WINDOW following AS (PARTITION BY part.order_id, part.currency_id
                                 ORDER BY part.settlement_id, part.line_id)
            """,
            sums,
        )

    @api.model
    def _get_own_part_query(self):
        """Return the parts that stay with their own order line."""
        return SQL(
            """
            SELECT %s, part.order_line_id, part.is_deposit, part.company_id, part.currency_id, %s
            FROM part
            WHERE NOT part.is_deposit
               OR NOT EXISTS (SELECT FROM goods WHERE goods.order_id = part.order_id AND %s)
            """,
            self._get_columns("part", FACTS),
            self._get_columns("part", PARTS),
            self._get_split_condition(),
        )

    @api.model
    def _get_deposit_part_query(self):
        """Return the parts of down payments, split over the goods."""
        return SQL(
            """
            SELECT %s, goods.order_line_id, TRUE, deposit.company_id, deposit.currency_id, split.*
            FROM deposit
            JOIN goods ON goods.order_id = deposit.order_id AND %s
            JOIN res_currency currency ON currency.id = deposit.currency_id
            JOIN res_company company ON company.id = deposit.company_id
            JOIN res_currency company_currency ON company_currency.id = company.currency_id
            CROSS JOIN LATERAL (SELECT %s OFFSET 0) AS split  -- or each would be computed twice
            WHERE split.amount <> 0 OR split.amount_currency <> 0
               OR split.amount_untaxed <> 0 OR split.amount_untaxed_currency <> 0
            """,
            self._get_columns("deposit", FACTS),
            self._get_split_condition(),
            SQL(", ").join(self._get_deposit_column(name, *parts) for name, parts in PARTS.items()),
        )

    @api.model
    def _get_split_condition(self):
        return SQL("goods.total <> 0 AND goods.total_untaxed <> 0")

    @api.model
    def _get_columns(self, table, names):
        return SQL(", ").join(SQL.identifier(table, name) for name in names)

    @api.model
    def _get_deposit_column(self, name, weight, total, currency):
        part = get_part_sql(
            get_column_pair("deposit", name),
            get_column_pair("goods", weight),
            SQL.identifier("goods", total),
            SQL.identifier(currency, "decimal_places"),
        )
        return SQL("%s AS %s", part, SQL.identifier(name))
