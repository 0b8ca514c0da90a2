from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..settlement_common import SettlementCommon


class LineSettlementCommon(SettlementCommon):
    """Orders with their invoices; what is told of a line is (taxes included, net of tax)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls._create_vat()
        cls.reduced = cls.vat.copy({"name": "VAT 5", "amount": 5})
        cls.goods = cls.env["product.product"].create(
            {"name": "Goods", "type": "service", "invoice_policy": "order", "taxes_id": False}
        )

    @classmethod
    def _order(cls, *prices, taxes=(), quantity=1, **values):
        """Confirm an order of pieces at each price; a tax for each line, or one for all."""
        taxes = [*taxes, *([taxes[0]] if taxes else []) * (len(prices) - len(taxes))]
        lines = [
            {
                "product_id": cls.goods.id,
                "price_unit": price,
                "product_uom_qty": quantity,
                "tax_ids": [Command.set(taxes[index].ids if taxes else [])],
            }
            for index, price in enumerate(prices)
        ]
        values = {"partner_id": cls.customer.id, "order_line": [Command.create(line) for line in lines], **values}
        order = cls.env["sale.order"].create(values)
        order.action_confirm()
        return order

    @classmethod
    def _bill(cls, orders, day="2026-10-01", percentage=None):
        """Post the invoice of orders, or of a down payment of so many per cent."""
        wizard = cls.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=orders.ids)
        method = {"advance_payment_method": "percentage", "amount": percentage} if percentage else {}
        invoice = wizard.create({"advance_payment_method": "delivered", **method})._create_invoices(orders)
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    @classmethod
    def _credit(cls, invoice, *lines):
        """Post a credit note of some lines of an invoice, and settle it with that."""
        note = invoice._reverse_moves()
        note.invoice_date = invoice.invoice_date
        sold = lines and cls.env["sale.order.line"].union(*lines)
        note.invoice_line_ids.filtered(lambda line: sold and line.sale_line_ids not in sold).unlink()
        note.action_post()
        cls._reconcile(note, invoice)
        return note

    def _get_rows(self, orders, names="*", where="TRUE"):
        query = self.env["sale.order.line"]._get_line_settlement_query(SQL("orders.id IN %s", tuple(orders.ids)))
        statement = SQL("SELECT %s FROM (%s) AS settled WHERE %s ORDER BY settlement_id", SQL(names), query, SQL(where))
        return self.env.execute_query_dict(statement)

    def _get_sums(self, orders, kind="receipt", suffix="", where="TRUE"):
        """Return (taxes included, net of tax) of every order line, in its sequence."""
        sums = {line.id: [0.0, 0.0] for line in orders.order_line if not line.display_type}
        for row in self._get_rows(orders, where=f"kind = '{kind}' AND {where}"):
            amounts = row[f"amount{suffix}"], row[f"amount_untaxed{suffix}"]
            sums[row["order_line_id"]] = [
                a + float(b) for a, b in zip(sums[row["order_line_id"]], amounts, strict=True)
            ]
        return [tuple(round(amount, 6) for amount in sums[line.id]) for line in orders.order_line if line.id in sums]

    def assertSettled(self, orders, *expected, **options):
        self.assertEqual(self._get_sums(orders, **options), list(expected))


@tagged("post_install", "-at_install")
class TestLineSettlement(LineSettlementCommon):
    """What was collected on a line is its part of what was collected on its invoices."""

    def test_nothing(self):
        order = self._order(600, 400)
        self.assertEqual(self._get_rows(order), [])
        self._bill(order)
        self.assertEqual(self._get_rows(order), [])

    def test_facts(self):
        order = self._order(600)
        invoice = self._bill(order)
        payment = self._register(invoice, 100)
        (row,) = self._get_rows(order)
        item = self._get_items(invoice)
        self.assertEqual(row["item_id"], item.id)
        self.assertEqual(row["partial_id"], item.matched_credit_ids.id)
        self.assertEqual(row["settling_move_id"], payment.move_id.id)
        self.assertEqual((row["kind"], str(row["date"]), row["is_deposit"]), ("receipt", "2026-10-20", False))
        self.assertEqual((row["move_id"], row["line_id"]), (invoice.id, invoice.invoice_line_ids.id))
        self.assertEqual((row["order_id"], row["order_line_id"]), (order.id, order.order_line.id))
        self.assertEqual((row["company_id"], row["currency_id"]), (self.company.id, self.usd.id))
        self.assertEqual((row["amount"], row["amount_currency"]), (100, 100))

    def test_two_lines(self):
        """1,130.00 of 600.00 and 400.00 and 13 %: half of it is 300.00 and 200.00 net."""
        order = self._order(600, 400, taxes=[self.vat])
        invoice = self._bill(order)
        self._register(invoice, 565)
        self.assertSettled(order, (339.0, 300.0), (226.0, 200.0))
        self._register(invoice)
        self.assertSettled(order, (678.0, 600.0), (452.0, 400.0))

    def test_several_taxes(self):
        """113.00 and 105.00: of 109.00 half of each line, 100.00 net as the invoice's proportion says."""
        order = self._order(100, 100, taxes=[self.vat, self.reduced])
        self._register(self._bill(order), 109)
        self.assertSettled(order, (56.5, 50.0), (52.5, 50.0))

    def test_receipt_taken_back(self):
        order = self._order(600, 400)
        payment = self._register(self._bill(order), 500)
        payment.action_draft()
        self.assertEqual(self._get_rows(order), [])

    # === TO THE CENT === #

    def test_parts_sum_both_ways(self):
        """Three lines of 10.00, paid in three: 3.33 + 3.34 + 3.33, 3.34 + 3.32 + 3.34, 3.33 + 3.34 + 3.33."""
        order = self._order(10, 10, 10)
        invoice = self._bill(order)
        parts = []
        for _payment in range(3):
            self._register(invoice, 10)
            rows = sorted(self._get_rows(order), key=lambda row: (row["settlement_id"], row["order_line_id"]))
            parts.append([float(row["amount"]) for row in rows[-3:]])
            # What was told of earlier payments stays.
            self.assertEqual([float(row["amount"]) for row in rows[:-3]], sum(parts[:-1], []))
        self.assertEqual(parts, [[3.33, 3.34, 3.33], [3.34, 3.32, 3.34], [3.33, 3.34, 3.33]])
        self.assertSettled(order, (10.0, 10.0), (10.0, 10.0), (10.0, 10.0))

    def test_many_small_payments(self):
        """33.33, 66.67, 0.01, 99.99 and 13 %, paid in eleven: every line is paid to the cent, every payment split so."""
        order = self._order(33.33, 66.67, 0.01, 99.99, taxes=[self.vat])
        invoice = self._bill(order)
        paid = [20.53] * 10 + [round(invoice.amount_total - 205.3, 2)]
        for amount in paid:
            self._register(invoice, amount)
        self.assertEqual(invoice.payment_state, "paid")
        lines = [(line.price_total, line.price_subtotal) for line in order.order_line]
        self.assertEqual(lines, [(37.66, 33.33), (75.34, 66.67), (0.01, 0.01), (112.99, 99.99)])
        self.assertSettled(order, *lines)
        sums = {}
        for row in self._get_rows(order):
            sums[row["settlement_id"]] = sums.get(row["settlement_id"], 0) + row["amount"]
        self.assertEqual([round(float(sums[key]), 2) for key in sorted(sums)], paid)

    def test_instalments(self):
        """A term of 30 % now, the rest later: both items belong to the lines alike."""
        term = self.env["account.payment.term"].create(
            {
                "name": "30/70",
                "line_ids": [
                    Command.create({"value_amount": 30, "nb_days": 0}),
                    Command.create({"value_amount": 70, "nb_days": 60}),
                ],
            }
        )
        order = self._order(600, 400, payment_term_id=term.id)
        invoice = self._bill(order)
        self.assertEqual(len(self._get_items(invoice)), 2)
        self._register(invoice, 300)
        self.assertSettled(order, (180.0, 180.0), (120.0, 120.0))
        self._register(invoice, 700)
        self.assertSettled(order, (600.0, 600.0), (400.0, 400.0))

    # === INVOICES OF SEVERAL, OR MORE === #

    def test_two_orders_in_one_invoice(self):
        """250.00 of 400.00: 62.50 of the order of 100.00, 187.50 of that of 300.00; each tells its own."""
        first, second = self._order(100), self._order(300)
        invoice = self._bill(first | second)
        self._register(invoice, 250)
        self.assertSettled(first, (62.5, 62.5))
        self.assertSettled(second, (187.5, 187.5))
        self._register(invoice)
        self.assertSettled(first | second, (100.0, 100.0), (300.0, 300.0))

    def test_one_payment_of_two_invoices(self):
        first, second = self._order(100), self._order(300)
        self._register(self._bill(first) | self._bill(second), 250)
        self.assertSettled(first | second, (100.0, 100.0), (150.0, 150.0))

    def test_line_without_order(self):
        """Freight of 50.00 that the accountant adds has its part: of 75.00 the order has 50.00."""
        order = self._order(100)
        invoice = self._bill(order)
        invoice.button_draft()
        freight = {"name": "Freight", "price_unit": 50, "tax_ids": False}
        invoice.invoice_line_ids = [Command.create(freight)]
        invoice.action_post()
        self._register(invoice, 75)
        self.assertSettled(order, (50.0, 50.0))
        query = self.env["account.move.line"]._get_line_settlement_query(SQL("move.id = %s", invoice.id))
        rows = self.env.execute_query(SQL("SELECT order_id, amount FROM (%s) AS settled ORDER BY line_id", query))
        self.assertEqual(rows, [(order.id, 50), (None, 25)])

    def test_order_invoiced_twice(self):
        order = self._order(600, quantity=2)
        first = self._bill(order)
        order.order_line.write({"product_uom_qty": 3, "price_unit": 600})
        second = self._bill(order)
        self.assertEqual((first.amount_total, second.amount_total), (1200.0, 600.0))
        self._register(first | second, 1500)
        self.assertSettled(order, (1500.0, 1500.0))

    def test_negative_line(self):
        """600.00 + 500.00 - 100.00: the discount takes its part of what is paid."""
        order = self._order(600, 500, -100)
        self._register(self._bill(order), 500)
        self.assertSettled(order, (300.0, 300.0), (250.0, 250.0), (-50.0, -50.0))

    # === CREDIT NOTES AND DISCOUNTS === #

    def test_credit_note(self):
        """10 at 100.00, 2 of them credited, 800.00 paid: the credit note is no receipt."""
        order = self._order(100, quantity=10)
        invoice = self._bill(order)
        note = invoice._reverse_moves()
        note.invoice_date = invoice.invoice_date
        note.invoice_line_ids.quantity = 2
        note.action_post()
        self._reconcile(note, invoice)
        self._register(invoice, 800)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertSettled(order, (800.0, 800.0))
        self.assertSettled(order, (200.0, 200.0), kind="credit_note")

    def test_credit_note_of_one_line(self):
        """What the customer owes after it is the other line: that is what he pays, and has paid."""
        order = self._order(500, 500)
        invoice = self._bill(order)
        self._register(invoice, 250)
        self.assertSettled(order, (125.0, 125.0), (125.0, 125.0))
        self._credit(invoice, order.order_line[1])
        self.assertSettled(order, (250.0, 250.0), (0.0, 0.0))
        self._register(invoice)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertSettled(order, (500.0, 500.0), (0.0, 0.0))
        self.assertSettled(order, (0.0, 0.0), (500.0, 500.0), kind="credit_note")

    def test_credit_notes_of_both_lines(self):
        """600.00 and 400.00 less 100.00 and 200.00: 700.00 paid are 500.00 and 200.00."""
        order = self._order(600, 400)
        invoice = self._bill(order)
        for line, amount in zip(order.order_line, (100, 200), strict=True):
            note = invoice._reverse_moves()
            note.invoice_date = invoice.invoice_date
            note.invoice_line_ids.filtered(lambda billed, line=line: billed.sale_line_ids != line).unlink()
            note.invoice_line_ids.price_unit = amount
            note.action_post()
            self._reconcile(note, invoice)
        self._register(invoice, 350)
        self.assertSettled(order, (250.0, 250.0), (100.0, 100.0))
        self._register(invoice)
        self.assertSettled(order, (500.0, 500.0), (200.0, 200.0))
        self.assertSettled(order, (100.0, 100.0), (200.0, 200.0), kind="credit_note")

    def test_credit_note_of_something_else(self):
        """It names no line: it belongs to all, and changes nothing about who paid what."""
        order = self._order(600, 400)
        invoice = self._bill(order)
        self._reconcile(self._issue(-200), invoice)
        self._register(invoice)
        self.assertSettled(order, (480.0, 480.0), (320.0, 320.0))
        self.assertSettled(order, (120.0, 120.0), (80.0, 80.0), kind="credit_note")

    def test_whole_invoice_credited(self):
        order = self._order(600, 400)
        invoice = self._bill(order)
        self._credit(invoice)
        self.assertSettled(order, (0.0, 0.0), (0.0, 0.0))
        self.assertSettled(order, (600.0, 600.0), (400.0, 400.0), kind="credit_note")

    def test_cash_discount(self):
        """1,130.00, 1,107.40 received, 22.60 let off: 2 % of every line."""
        order = self._order(600, 400, taxes=[self.vat])
        self._register(self._bill(order), 1107.4, written_off=self.expense)
        self.assertSettled(order, (664.44, 588.0), (442.96, 392.0))
        self.assertSettled(order, (13.56, 12.0), (9.04, 8.0), kind="discount")

    # === CURRENCIES === #

    def test_foreign_currency(self):
        """EUR 1,000.00 invoiced at 0.80; EUR 500.00 paid at 0.50 are 625.00 at the invoice's rate."""
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": self.eur.id})
        order = self._order(600, 400, pricelist_id=pricelist.id)
        self._create_rate("2026-10-10", 0.5)
        invoice = self._bill(order)
        self.assertEqual((invoice.currency_id, invoice.amount_total_signed), (self.eur, 1250.0))
        self._register(invoice, 500, day="2026-10-12", currency_id=self.eur.id)
        self.assertSettled(order, (375.0, 375.0), (250.0, 250.0))
        self.assertSettled(order, (300.0, 300.0), (200.0, 200.0), suffix="_currency")
        self._register(invoice, day="2026-10-12", currency_id=self.eur.id)
        self.assertSettled(order, (750.0, 750.0), (500.0, 500.0))

    # === DOWN PAYMENTS === #

    def test_down_payment(self):
        """600.00 + 400.00 + 13 %; 30 % paid in advance, then half of the final invoice of 791.00: 65 % collected."""
        order = self._order(600, 400, taxes=[self.vat])
        self._register(self._bill(order, percentage=30))
        self.assertSettled(order, (203.4, 180.0), (135.6, 120.0), (0.0, 0.0))
        final = self._bill(order)
        self.assertEqual(final.amount_total, 791.0)
        self._register(final, 395.5)
        self.assertSettled(order, (440.7, 390.0), (293.8, 260.0), (0.0, 0.0))
        self.assertSettled(order, (101.7, 90.0), (67.8, 60.0), (0.0, 0.0), where="is_deposit")
        self._register(final)
        self.assertSettled(order, (678.0, 600.0), (452.0, 400.0), (0.0, 0.0))
        self.assertSettled(order, (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), where="is_deposit")

    def test_down_payment_to_the_cent(self):
        """100.01 in three odd lines, a third in advance in two payments: nothing is lost, nothing stays behind."""
        order = self._order(33.34, 33.33, 33.34, taxes=[self.vat])
        advance = self._bill(order, percentage=33)
        self._register(advance, 17.77)
        self._register(advance)
        self.assertEqual(round(sum(pair[0] for pair in self._get_sums(order)), 2), advance.amount_total)
        final = self._bill(order)
        self._register(final, 11.11)
        self._register(final)
        self.assertEqual(final.payment_state, "paid")
        sums = self._get_sums(order)
        self.assertEqual([net for _gross, net in sums], [33.34, 33.33, 33.34, 0.0])
        # The tax of the whole invoice is a cent more than that of its lines.
        self.assertEqual(round(sum(gross for gross, _net in sums), 2), order.amount_total)
        self.assertEqual(sums[3][0], 0.0)

    def test_down_payment_without_goods(self):
        """There is nothing that it could be for: it stays where it is."""
        order = self._order(0)
        order.order_line.price_unit = 100
        self._register(self._bill(order, percentage=50))
        order.order_line[0].price_unit = 0
        self.assertSettled(order, (0.0, 0.0), (50.0, 50.0))

    def test_down_payments_of_two_orders(self):
        first, second = self._order(100, 100), self._order(300)
        for order in (first, second):
            self._register(self._bill(order, percentage=50))
        self.assertSettled(first, (50.0, 50.0), (50.0, 50.0), (0.0, 0.0))
        self.assertSettled(second, (150.0, 150.0), (0.0, 0.0))

    # === SETS === #

    def test_one_statement_for_many(self):
        orders = self.env["sale.order"]
        for amount in range(10, 15):
            order = self._order(amount, amount)
            self._register(self._bill(order), amount)
            orders |= order
        self._get_rows(orders)
        with self.assertQueryCount(1):
            self.assertEqual(len(self._get_rows(orders)), 10)
