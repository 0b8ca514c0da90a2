from datetime import timedelta
from random import Random

from odoo.fields import Command
from odoo.tests import tagged

from ..contract_common import ADVANCE, DELIVERY, RETENTION, ContractDocumentsCommon


@tagged("post_install", "-at_install")
class TestContractSums(ContractDocumentsCommon):
    """Whatever documents come in whatever order: contract payments sum to them, to the cent."""

    def _get_documents(self, orders):
        """Return what the documents themselves say: invoiced less credited, and received."""
        moves = orders.invoice_ids.filtered(lambda move: move.state == "posted")
        invoiced = sum(moves.mapped("amount_total_signed"))
        items = moves.filtered(lambda move: move.move_type == "out_invoice").line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        received = sum(
            items.matched_credit_ids.filtered(
                lambda partial: partial.credit_move_id.move_id.move_type == "entry"
            ).mapped("amount")
        )
        return round(invoiced, 2), round(received, 2)

    def _get_sums(self, orders):
        milestones = orders.payment_milestone_ids
        milestones.invalidate_recordset()
        names = ("amount_invoiced", "amount_collected")
        return tuple(round(sum(milestones.mapped(name)), 2) for name in names)

    def test_documents_in_many_orders(self):
        random = Random(20260630)
        for number in range(6):
            with self.subTest(number):
                order = self._order_of("2026-03-01", quantity=10, price=round(random.uniform(10, 200), 2))
                day = self._day("2026-03-02")
                if random.random() < 0.7:
                    self._invoice_advance(order)
                for _step in range(4):
                    day += timedelta(days=random.randint(1, 20))
                    self._add_document(random, order, day)
                    self.assertEqual(self._get_sums(order), self._get_documents(order))

    def _add_document(self, random, order, day):
        """Deliver and bill, pay a part, or credit a part of something that is open."""
        due = order.invoice_ids.filtered(lambda m: m.state == "posted" and m.amount_residual > 20)
        shipping = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        roads = ["bill"] * bool(shipping) + ["pay", "credit"] * bool(due)
        road = random.choice(roads) if roads else None
        if road == "bill":
            left = shipping[0].move_ids[0].product_uom_qty
            self._deliver(order, day, quantity=random.randint(1, int(left)))
            self._bill(order, day)
        elif road == "pay":
            invoice = due.filtered(lambda m: m.move_type == "out_invoice")[:1]
            if invoice:
                self._pay(invoice, day, round(random.uniform(1, invoice.amount_residual), 2))
        elif road == "credit":
            invoice = due.filtered(lambda m: m.move_type == "out_invoice")[:1]
            if invoice:
                self._credit(invoice, day, price=round(random.uniform(1, invoice.amount_residual / 1.13 - 1), 2))

    def test_one_invoice_of_three_orders_with_odd_cents(self):
        """33.34, 66.67 and 99.99 on one invoice, a third of it paid: parts sum to the invoice and to the receipt."""
        whole = {**DELIVERY, "percentage": 100}
        self.vat.amount = 0
        orders = self.env["sale.order"]
        for price in (33.34, 66.67, 99.99):
            order = self._order_of("2026-03-01", milestones=[whole], price=price)
            self._deliver(order, "2026-04-20")
            orders |= order
        invoice = orders._create_invoices()
        self._post(invoice, "2026-04-20")
        self._pay(invoice, "2026-05-20", 66.67)
        invoiced = [self._get_figures(order, "amount_invoiced")[0][0] for order in orders.sorted("id")]
        self.assertEqual(invoiced, [33.34, 66.67, 99.99])
        # 66.67 x 33.34 / 200 = 11.11; up to the second 66.67 x 100.01 / 200 = 33.34; up to the last 66.67
        collected = [self._get_figures(order, "amount_collected")[0][0] for order in orders.sorted("id")]
        self.assertEqual(collected, [11.11, 22.23, 33.33])
        self.assertEqual(self._get_sums(orders), (200.0, 66.67))

    def test_credit_note_on_one_of_two_orders(self):
        """100.00 each on one invoice, 40.00 of the first come back, the rest is paid: 60.00 are the first one's."""
        whole = {**DELIVERY, "percentage": 100}
        self.vat.amount = 0
        orders = self.env["sale.order"]
        for _number in range(2):
            order = self._order_of("2026-03-01", milestones=[whole], price=100)
            self._deliver(order, "2026-04-20")
            orders |= order
        invoice = self._post(orders._create_invoices(), "2026-04-20")
        note = self._credit(invoice, "2026-05-01", price=40)
        credited = note.invoice_line_ids.sale_line_ids.order_id
        self._pay(invoice, "2026-05-20", 160)
        names = ("amount_invoiced", "amount_collected", "amount_open")
        self.assertEqual(self._get_figures(credited, *names), [(60.0, 60.0, 0.0)])
        self.assertEqual(self._get_figures(orders - credited, *names), [(100.0, 100.0, 0.0)])

    def test_invoice_in_another_currency_paid_in_parts(self):
        """USD 1,130.01 on an order in EUR, at 0.80 904.01; 300.03 twice and the rest make no 904.00."""
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": self.eur.id})
        order = self._order_of("2026-03-01", milestones=[{**DELIVERY, "percentage": 100}], pricelist_id=pricelist.id)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20", post=False)
        invoice.currency_id = self.usd
        invoice.invoice_line_ids.price_unit = 1000.01
        self._post(invoice, "2026-04-20")
        self.assertEqual(invoice.amount_total, 1130.01)
        # 300.03 x 0.8 = 240.02; up to the second 600.06 x 0.8 = 480.05; up to the last 1,130.01 x 0.8 = 904.01
        for amount, collected in ((300.03, 240.02), (300.03, 480.05), (529.95, 904.01)):
            self._pay(invoice, "2026-05-20", amount)
            self.assertEqual(self._get_figures(order, "amount_invoiced", "amount_collected"), [(904.01, collected)])

    def test_one_receipt_for_two_contracts(self):
        orders = self._order_of("2026-03-01") | self._order_of("2026-03-01")
        invoices = self.env["account.move"]
        for order in orders:
            invoices |= self._invoice_advance(order)
        self._pay(invoices, "2026-03-20", 678)
        for order in orders:
            self.assertEqual(self._get_figures(order, "amount_collected", "state")[0], (339.0, "collected"))

    def test_receipt_before_the_invoice(self):
        """Money that came first counts on its own day: nothing is late."""
        order = self._order_of("2026-03-01")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 339,
                "date": "2026-02-20",
                "journal_id": self.bank.id,
            }
        )
        payment.action_post()
        invoice = self._invoice_advance(order, "2026-03-15")
        items = (payment.move_id | invoice).line_ids
        items.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.assertEqual(self._get_figures(order, "amount_collected", "state")[0], (339.0, "collected"))
        self.assertEqual(self._get_rows(order)[0].days_late, 0.0)

    def test_draft_invoices_do_not_count(self):
        order = self._order_of("2026-03-01")
        order.payment_milestone_ids[0].action_invoice()
        self.assertEqual(self._get_sums(order), (0.0, 0.0))

    def test_invoice_reset_to_draft(self):
        order = self._order_of("2026-03-01")
        invoice = self._invoice_advance(order)
        self.assertEqual(self._get_sums(order), (339.0, 0.0))
        invoice.button_draft()
        self.assertEqual(self._get_sums(order), (0.0, 0.0))
        invoice.button_cancel()
        order.payment_milestone_ids[0].action_invoice()

    def test_payment_reset_to_draft(self):
        """Odoo keeps its reconciliation; nothing is collected until it is posted again."""
        order = self._create_order()
        self._deliver(order, "2026-01-10")
        payment = self._pay(self._bill(order, "2026-01-15"), "2026-01-20", 1130.01)
        paid = [(339.0, 0.0), (678.01, 0.0), (113.0, 0.0)]
        self.assertEqual(self._get_figures(order, "amount_collected", "amount_open"), paid)
        payment.action_draft()
        owed = [(0.0, 339.0), (0.0, 678.01), (0.0, 113.0)]
        self.assertEqual(self._get_figures(order, "amount_collected", "amount_open"), owed)
        payment.action_post()
        self.assertEqual(self._get_figures(order, "amount_collected", "amount_open"), paid)

    def test_invoices_of_other_orders_do_not_count(self):
        first, second = self._order_of("2026-03-01"), self._order_of("2026-03-01")
        self._invoice_advance(first)
        self.assertEqual(self._get_sums(second), (0.0, 0.0))

    def test_accountant_names_the_payment_of_an_invoice(self):
        """A stage payment billed by hand: the named invoice goes to the retention, the others fill in sequence."""
        order = self._order_of("2026-03-01", quantity=10, price=100.001)
        self._deliver(order, "2026-04-01", quantity=1)
        invoice = self._bill(order, "2026-04-01", post=False)
        invoice.payment_milestone_id = order.payment_milestone_ids[2]
        self._post(invoice, "2026-04-01")
        self.assertEqual(self._get_figures(order, "amount_invoiced"), [(0.0,), (0.0,), (113.0,)])
        self._deliver(order, "2026-05-01", quantity=4)
        self._bill(order, "2026-05-01")
        self.assertEqual(self._get_figures(order, "amount_invoiced"), [(339.0,), (113.0,), (113.0,)])

    def test_payments_of_one_order_with_equal_sequence(self):
        parts = [{**kind, "sequence": 10} for kind in (ADVANCE, DELIVERY, RETENTION)]
        order = self._order_of("2026-03-01", milestones=parts)
        self._invoice_advance(order)
        self.assertEqual(self._get_sums(order), (339.0, 0.0))

    def test_payments_changed_after_receipts(self):
        """A sales manager turns 30/60/10 into 50/40/10 after the advance: the receipt stays with it."""
        order = self._order_of("2026-03-01")
        self._pay(self._invoice_advance(order), "2026-03-10")
        advance, delivery, _retention = order.payment_milestone_ids
        order.with_user(self.user_manager).write(
            {
                "payment_milestone_ids": [
                    Command.update(advance.id, {"percentage": 50}),
                    Command.update(delivery.id, {"percentage": 40}),
                ]
            }
        )
        self.assertEqual(
            self._get_figures(order, "amount_due", "amount_collected", "amount_open"),
            [(565.01, 339.0, 226.01), (452.0, 0.0, 452.0), (113.0, 0.0, 113.0)],
        )
        rest = self._invoice_advance(order, "2026-03-20")
        self.assertEqual(rest.amount_total, 226.01)
