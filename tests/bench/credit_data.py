"""Thousands of customers, orders and invoices, set-based: documents made by the ORM, multiplied by SQL.

A few orders with their invoices, and a few invoices alone, are made through the ORM with quantities and prices of a
fixed seed, so that every stored field is what the ORM makes of it, ours and OCA's too. They are then multiplied with
one INSERT per table and kind, and dealt out to the customers. References between the copies follow from their ids.
"""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

SEED = 19
LINES = 5  # of an order
KINDS = 10  # different orders; every second one is partly invoiced
# Spreads documents over customers; prime, so that every customer gets documents of every kind.
STEP = 7919
CUSTOMER_COLUMNS = (
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "order_partner_id",
    "commercial_partner_id",
    "risk_partner_id",
)


class Generator:
    """Fills the database of ``env`` with ``customers``, ``orders`` of five lines and ``invoices`` without an order."""

    def __init__(self, env, customers, orders, invoices):
        self.env = env
        self.customers, self.orders, self.invoices = customers, orders, invoices
        self.random = random.Random(SEED)
        self.company = env.ref("base.main_company")
        self.first_customer = None

    def run(self):
        """Make everything; return the ids of the customers."""
        self._prepare_company()
        partner = self.env["res.partner"].create({"name": "Bench", "is_company": True})
        orders = [self._create_order(partner, kind) for kind in range(KINDS)]
        invoices = [self._create_invoice(partner, kind) for kind in range(KINDS)]
        self.env.flush_all()
        self._skip_reference_checks()
        self._multiply_partners(partner)
        self._multiply_orders(orders)
        self._multiply_invoices(invoices)
        self.env.invalidate_all()
        return range(self.first_customer, self.first_customer + self.customers)

    def _skip_reference_checks(self):
        """Leave out the checks of foreign keys, where the user of the database may: they take most of the time."""
        self.env.cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if self.env.cr.fetchone()[0]:
            self.env.cr.execute("SET LOCAL session_replication_role TO replica")

    # ---------------------------------------------------------------- documents to multiply

    def _prepare_company(self):
        if not self.company.chart_template:
            self.env["account.chart.template"].try_loading("generic_coa", self.company, install_demo=False)
        self.company.account_use_credit_limit = True
        values = {"name": "VAT 13", "amount": 13, "type_tax_use": "sale", "company_id": self.company.id}
        self.vat = self.env["account.tax"].create(values)
        values = {"name": "Work", "type": "service", "invoice_policy": "delivery", "list_price": 10.0}
        self.product = self.env["product.product"].create({**values, "taxes_id": [Command.set(self.vat.ids)]})

    def _create_order(self, partner, kind):
        """Return a confirmed order: by kind half delivered, half delivered and invoiced, then all of it delivered."""
        lines = [
            {
                "product_id": self.product.id,
                "product_uom_qty": self.random.randint(2, 20),
                "price_unit": self.random.randint(100, 90000) / 100,
            }
            for _number in range(LINES)
        ]
        commands = [Command.create(values) for values in lines]
        order = self.env["sale.order"].create({"partner_id": partner.id, "order_line": commands})
        order.action_confirm()
        if kind % 4 != 2:
            self._deliver(order, 2)
        if kind % 2:
            order._create_invoices().action_post()
        if kind % 4 == 1:
            self._deliver(order, 1)
        return order

    def _deliver(self, order, divisor):
        for line in order.order_line:
            line.qty_delivered = line.product_uom_qty // divisor

    def _create_invoice(self, partner, kind):
        """Return a posted invoice without an order; of ten kinds one is a credit note and two are paid."""
        price = self.random.randint(1000, 500000) / 100
        refund = kind == KINDS - 1
        values = {"product_id": self.product.id, "quantity": 1, "price_unit": price / (10 if refund else 1)}
        move = self.env["account.move"].create(
            {
                "move_type": "out_refund" if refund else "out_invoice",
                "partner_id": partner.id,
                "invoice_date": fields.Date.today() - timedelta(days=kind * 7),
                "invoice_line_ids": [Command.create(values)],
            }
        )
        move.action_post()
        if kind in (0, 1):
            payment = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            )
            payment.create({})._create_payments()
        return move

    # ---------------------------------------------------------------- copies

    def _multiply_partners(self, partner):
        self.first_customer = first = self._reserve("res_partner", self.customers)
        name = SQL("'Bench ' || n")
        commercial = SQL("%s + n", first)
        overrides = {"name": name, "complete_name": name, "commercial_partner_id": commercial}
        self._copy(partner, SQL("generate_series(0, %s)", self.customers - 1), first, 1, overrides)

    def _multiply_orders(self, templates):
        """Copy orders and their lines, and the invoices of those that have one with the links between the lines."""
        orders = self._reserve("sale_order", self.orders)
        lines = self._reserve("sale_order_line", self.orders * LINES)
        moves = self._reserve("account_move", self.orders)
        width = max(len(template.invoice_ids.line_ids) for template in templates)
        items = self._reserve("account_move_line", self.orders * width)
        for kind, order in enumerate(templates):
            series = SQL("generate_series(%s, %s, %s)", kind, self.orders - 1, KINDS)
            self._copy(order, series, orders, 1, {"name": SQL("'BENCH' || n")})
            self._copy(order.order_line, series, lines, LINES, {"order_id": SQL("%s + n", orders)})
            self._link_taxes(order.order_line, series, lines, LINES, "account_tax_sale_order_line_rel")
            if order.invoice_ids:
                self._copy_move(order.invoice_ids, series, moves, items, width)
                self._link_invoice(order, series, lines, items, width)

    def _multiply_invoices(self, templates):
        moves = self._reserve("account_move", self.invoices)
        items = self._reserve("account_move_line", self.invoices * 3)
        for kind, move in enumerate(templates):
            series = SQL("generate_series(%s, %s, %s)", kind, self.invoices - 1, KINDS)
            self._copy_move(move, series, moves, items, 3)

    def _copy_move(self, move, series, moves, items, width):
        name = SQL("'BENCH/%s/' || n", moves)
        self._copy(move, series, moves, 1, {"name": name, "access_token": SQL("NULL")})
        self._copy(move.line_ids, series, items, width, {"move_id": SQL("%s + n", moves), "move_name": name})

    def _link_taxes(self, records, series, base, width, table):
        """Copy a many2many of lines and taxes."""
        for offset in range(len(records)):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (sale_order_line_id, account_tax_id) SELECT %s + n * %s, %s FROM %s AS n",
                    SQL.identifier(table),
                    base + offset,
                    width,
                    self.vat.id,
                    series,
                )  # fmt: skip
            )

    def _link_invoice(self, order, series, lines, items, width):
        """Copy the links between the lines of an order and those of its invoice."""
        known = {item.id: offset for offset, item in enumerate(order.invoice_ids.line_ids)}
        for offset, line in enumerate(order.order_line):
            for item in line.invoice_lines:
                self.env.cr.execute(
                    SQL(
                        "INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)"
                        " SELECT %s + n * %s, %s + n * %s FROM %s AS n",
                        lines + offset,
                        LINES,
                        items + known[item.id],
                        width,
                        series,
                    )  # fmt: skip
                )

    def _reserve(self, table, count):
        """Return the first of ``count`` free ids of a table, and take them."""
        sequence = f"{table}_id_seq"
        self.env.cr.execute(SQL("SELECT nextval(%s)", sequence))
        first = self.env.cr.fetchone()[0]
        self.env.cr.execute(SQL("SELECT setval(%s, %s)", sequence, first + count))
        return first

    def _copy(self, records, series, base, width, overrides):
        """Copy each record once per number n of the series, as id base + n * width + its offset."""
        columns = [name for name in self._get_columns(records._table) if name != "id"]
        dealt = SQL("%s + (n::bigint * %s + n / %s) %% %s", self.first_customer, STEP, self.customers, self.customers)
        if records._name != "res.partner":
            overrides = {**dict.fromkeys(CUSTOMER_COLUMNS, dealt), **overrides}
        values = [overrides.get(name, SQL.identifier("source", name)) for name in columns]
        for offset, record in enumerate(records):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %(table)s (id, %(columns)s) SELECT %(base)s + n * %(width)s, %(values)s"
                    " FROM %(table)s AS source CROSS JOIN %(series)s AS n WHERE source.id = %(id)s",
                    table=SQL.identifier(records._table),
                    columns=SQL(", ").join(map(SQL.identifier, columns)),
                    base=base + offset,
                    width=width,
                    values=SQL(", ").join(values),
                    series=series,
                    id=record.id,
                )
            )

    def _get_columns(self, table):
        self.env.cr.execute(
            SQL("SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
                table)
        )  # fmt: skip
        return [name for (name,) in self.env.cr.fetchall()]
