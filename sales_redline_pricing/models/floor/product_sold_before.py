from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.sql import flush

from ...tools.priced_line import get_sold

FLUSHED = {
    "account.move": ["commercial_partner_id", "company_id", "date", "move_type", "state"],
    "account.move.line": ["balance", "display_type", "product_id", "product_uom_id", "quantity", "sale_line_ids"],
    "res.partner": ["commercial_partner_id"],
    "sale.order": ["company_id", "confirmed_on", "currency_rate", "date_order", "partner_id", "state"],
    "sale.order.line": ["net_price", "order_id", "price_subtotal", "product_id", "product_uom_id", "product_uom_qty"]
    + ["qty_delivered"],
}


class ProductProduct(models.Model):
    """What customers were sold: what goods that come back may give back."""

    _name = "product.product"
    _inherit = "product.product"

    @api.model
    def _get_sold_before(self, wanted):
        """Return what of products customers were sold by confirmed orders, or by invoices without an order, less what
        came back the same way, for each net price.

        :param dict wanted: key -> (company id, commercial customer id, product id, last day, ids of an order and of an
            invoice that are left out, 0 or False for none)
        :return: dict, key -> `Sold`, in the unit of the product and in company currency; without those never sold
        """
        if not wanted:
            return {}
        flush(self.env, FLUSHED)
        rows = self.env.execute_query(self._get_sold_before_query(list(wanted.values())))
        # Net prices are stored rounded: what was sold at a price comes back at that price.
        rounding = 0.5 * 10 ** -self.env["decimal.precision"].precision_get("Product Price")
        amounts = defaultdict(list)
        for number, price, quantity in rows:
            amounts[number].append((price, quantity))
        return {key: get_sold(amounts[number], rounding) for number, key in enumerate(wanted) if number in amounts}

    @api.model
    def _get_sold_before_query(self, wanted):
        """Return the statement behind `_get_sold_before`: a row per number of a wanted one and price, with its quantity."""
        columns = list(zip(*((number, *one) for number, one in enumerate(wanted)), strict=True))
        return SQL(
            """
            WITH wanted AS MATERIALIZED (
                SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::date[], %s::int[], %s::int[])
                    AS one (number, company_id, partner_id, product_id, day, order_id, move_id)
            )
            SELECT sold.number, sold.price, SUM(sold.quantity)
              FROM (%s UNION ALL %s) sold
             WHERE sold.day <= sold.last_day AND sold.price IS NOT NULL
          GROUP BY sold.number, sold.price, sold.quantity > 0
            """,
            *([value or 0 if column != 4 else value for value in values] for column, values in enumerate(columns)),
            self._get_ordered_before_query(),
            self._get_billed_before_query(),
        )

    @api.model
    def _get_ordered_before_query(self):
        """Return what confirmed orders sold of wanted products; of orders that were confirmed before there were red
        lines, nothing has a net price: the lines' own price counts."""
        return SQL(
            """
            SELECT wanted.number, wanted.day AS last_day, COALESCE(orders.confirmed_on, orders.date_order::date) AS day,
                   judged.quantity * unit.factor / product_unit.factor AS quantity,
                   CASE WHEN EXISTS (SELECT FROM sale_order_line other
                                      WHERE other.order_id = orders.id AND other.net_price <> 0) THEN line.net_price
                        ELSE line.price_subtotal / NULLIF(orders.currency_rate, 0)
                             / NULLIF(line.product_uom_qty * unit.factor / product_unit.factor, 0)
                   END AS price
              FROM wanted
              JOIN res_partner partner ON partner.commercial_partner_id = wanted.partner_id
              JOIN sale_order orders ON orders.partner_id = partner.id AND orders.company_id = wanted.company_id
                                    AND orders.state = 'sale' AND orders.id <> wanted.order_id
              JOIN sale_order_line line ON line.order_id = orders.id AND line.product_id = wanted.product_id
              CROSS JOIN LATERAL (  -- as of `_get_judged_quantity`
                  SELECT CASE WHEN GREATEST(line.product_uom_qty, line.qty_delivered) > 0
                              THEN GREATEST(line.product_uom_qty, line.qty_delivered)
                              ELSE LEAST(line.product_uom_qty, line.qty_delivered) END AS quantity
              ) judged
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom product_unit ON product_unit.id = template.uom_id
              JOIN uom_uom unit ON unit.id = line.product_uom_id
            """
        )

    @api.model
    def _get_billed_before_query(self):
        """Return what posted invoices without an order behind sold of wanted products."""
        return SQL(
            """
            SELECT wanted.number, wanted.day, move.date,
                   line.quantity * unit.factor / product_unit.factor
                       * CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END,
                   -line.balance / (line.quantity * unit.factor / product_unit.factor)
                       * CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
              FROM wanted
              JOIN account_move move ON move.commercial_partner_id = wanted.partner_id
                                    AND move.company_id = wanted.company_id AND move.state = 'posted'
                                    AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                                    AND move.id <> wanted.move_id
              JOIN account_move_line line ON line.move_id = move.id AND line.product_id = wanted.product_id
                                         AND line.display_type = 'product' AND line.quantity <> 0
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom product_unit ON product_unit.id = template.uom_id
              JOIN uom_uom unit ON unit.id = COALESCE(line.product_uom_id, template.uom_id)
             WHERE NOT EXISTS (SELECT FROM sale_order_line_invoice_rel rel WHERE rel.invoice_line_id = line.id)
            """
        )
