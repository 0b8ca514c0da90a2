from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestSettlement(SettlementCommon):
    """What settled an invoice of 1,000.00: money, a credit note, or neither."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._issue(1000)

    def _get_rows(self, invoices=None, names="kind, amount, amount_currency"):
        items = self._get_items(invoices or self.invoice)
        partials = self.env["account.partial.reconcile"]
        settled = partials._get_settlement_query(SQL("partial.debit_move_id IN %s", tuple(items.ids)))
        return self.env.execute_query(SQL("SELECT %s FROM (%s) AS settled ORDER BY id", SQL(names), settled))

    def assertSettled(self, expected, invoices=None):
        """Check how much of each kind settled the invoices, in both currencies the same."""
        sums = {}
        for kind, amount, amount_currency in self._get_rows(invoices):
            self.assertEqual(amount, amount_currency)
            sums[kind] = sums.get(kind, 0) + float(amount)
        self.assertEqual({kind: self.usd.round(amount) for kind, amount in sums.items()}, expected)

    # === PAYMENTS === #

    def test_nothing(self):
        self.assertSettled({})

    def test_payment_waits_for_the_statement_on_an_outstanding_account(self):
        payment = self._register(self.invoice)
        self.assertEqual(payment.outstanding_account_id, self.outstanding)
        self.assertSettled({"receipt": 1000.0})
        statement = self._state(1000, (self.outstanding, -1000), day="2026-10-25")
        (payment.move_id | statement).line_ids.filtered(lambda line: line.account_id == self.outstanding).reconcile()
        self.assertSettled({"receipt": 1000.0})
        self.assertEqual([str(day) for (day,) in self._get_rows(names="date")], ["2026-10-20"])

    def test_payment_stays_money_after_the_accounts_of_the_journal_change(self):
        self._register(self.invoice)
        self.bank.inbound_payment_method_line_ids.payment_account_id = self.outstanding.copy()
        self.assertSettled({"receipt": 1000.0})

    def test_payment_directly_on_the_bank_account(self):
        self.bank.inbound_payment_method_line_ids.payment_account_id = self.cash_account
        self._register(self.invoice, 400)
        self.assertSettled({"receipt": 400.0})

    def test_payment_without_entry_settles_nothing_before_the_statement(self):
        """Where accounting is installed, a payment without an outstanding account books nothing: in payment."""
        self.bank.inbound_payment_method_line_ids.payment_account_id = False
        moves = self.env.registry["account.move"]
        with patch.object(moves, "_get_invoice_in_payment_state", lambda _self: "in_payment"):
            payment = self._register(self.invoice)
            self.invoice.invalidate_recordset()
            self.assertEqual((self.invoice.payment_state, payment.move_id.ids), ("in_payment", []))
        self.assertSettled({})
        self._reconcile(self._state(1000, (self.receivable, -1000), day="2026-10-25"), self.invoice)
        self.assertSettled({"receipt": 1000.0})

    def test_payment_with_write_off(self):
        self._register(self.invoice, 980, written_off=self.expense)
        self.assertSettled({"receipt": 980.0, "discount": 20.0})

    def test_payment_with_write_off_against_the_allowance(self):
        self._register(self.invoice, 700, written_off=self.provision)
        self.assertSettled({"receipt": 700.0, "discount": 300.0})

    def test_write_off_spreads_over_the_invoices_of_a_payment_to_the_cent(self):
        invoices = self.invoice | self._issue(33.33) | self._issue(0.01) | self._issue(66.67)
        self._register(invoices, 1000, written_off=self.expense)
        self.assertSettled({"receipt": 1000.0, "discount": 100.01}, invoices)
        for invoice in invoices:
            self.assertEqual(float(sum(row[1] for row in self._get_rows(invoice))), invoice.amount_total)

    def test_early_payment_discount(self):
        """2 % of 1,130.00 with its tax, in both ways of core to treat the tax."""
        term = self.env["account.payment.term"].create(
            {"name": "2/10, net 30", "early_discount": True, "discount_percentage": 2, "discount_days": 10}
        )
        vat = self._create_vat()
        for computation in ("included", "excluded"):
            term.early_pay_discount_computation = computation
            invoice = self._issue(1000, "2026-10-15", vat, invoice_payment_term_id=term.id)
            payment = self._register(invoice, day="2026-10-20")
            self.assertEqual(invoice.payment_state, "paid")
            received, discount = {"included": (1107.4, 22.6), "excluded": (1110.0, 20.0)}[computation]
            self.assertEqual(payment.amount, received)
            self.assertSettled({"receipt": received, "discount": discount}, invoice)

    def test_receipt_taken_back(self):
        payment = self._register(self.invoice)
        payment.action_draft()
        self.assertSettled({})

    # === CURRENCIES === #

    def test_exchange_difference_settles_nothing(self):
        """EUR 800 invoiced at 0.80, paid at 0.50 and, another one, at 1.00, are 1,000.00 received each."""
        self._create_rate("2026-10-10", 0.5)
        self._create_rate("2026-10-15", 1.0)
        for day in ("2026-10-12", "2026-10-20"):
            invoice = self._issue(800, "2026-10-01", currency_id=self.eur.id)
            self._register(invoice, day=day)
            self.assertEqual(invoice.payment_state, "paid")
            self.assertEqual(self._get_rows(invoice), [("receipt", 1000, 800)])

    def test_write_off_in_foreign_currency(self):
        self._create_rate("2026-10-10", 0.5)
        invoice = self._issue(800, "2026-10-01", currency_id=self.eur.id)
        self._register(invoice, 780, day="2026-10-12", written_off=self.expense, currency_id=self.eur.id)
        self.assertEqual(self._get_rows(invoice), [("receipt", 975, 780), ("discount", 25, 20)])

    # === CREDIT NOTES AND ENTRIES BY HAND === #

    def test_credit_note(self):
        self._reconcile(self._issue(-300), self.invoice)
        self._register(self.invoice, 700)
        self.assertSettled({"credit_note": 300.0, "receipt": 700.0})

    def test_reversed_entry_takes_a_claim_back(self):
        opening = self._enter((self.receivable, 500), (self.expense, -500))
        opening._reverse_moves(cancel=True)
        self.assertSettled({"credit_note": 500.0}, opening)

    def test_netting_by_miscellaneous_entry(self):
        self._reconcile(self._enter((self.payable, 400), (self.receivable, -400)), self.invoice)
        self._reconcile(self._enter((self.expense, 100), (self.receivable, -100)), self.invoice)
        self.assertSettled({"discount": 500.0})

    def test_entries_by_hand_in_the_bank_journal(self):
        received = self._enter((self.outstanding, 600), (self.receivable, -600), journal=self.bank)
        written_off = self._enter((self.provision, 400), (self.receivable, -400), journal=self.bank)
        self._reconcile(received, self.invoice)
        self._reconcile(written_off, self.invoice)
        self.assertSettled({"receipt": 600.0, "discount": 400.0})

    # === BANK STATEMENTS === #

    def test_statement_line(self):
        self._reconcile(self._state(1000, (self.receivable, -1000)), self.invoice)
        self.assertSettled({"receipt": 1000.0})

    def test_statement_line_of_which_a_part_waits(self):
        suspense = self.bank.suspense_account_id
        self._reconcile(self._state(1000, (self.receivable, -600), (suspense, -400)), self.invoice)
        self.assertSettled({"receipt": 600.0})

    def test_statement_line_with_fee_and_interest(self):
        self._reconcile(self._state(990, (self.receivable, -1000), (self.expense, 10)), self.invoice)
        self.assertSettled({"receipt": 990.0, "discount": 10.0})
        invoice = self._issue(1000)
        income = self.company_data["default_account_revenue"]
        self._reconcile(self._state(1050, (self.receivable, -1000), (income, -50)), invoice)
        self.assertSettled({"receipt": 1000.0}, invoice)

    def test_statement_line_with_a_bill_or_a_credit_note_deducted(self):
        self._reconcile(self._state(700, (self.receivable, -1000), (self.payable, 300)), self.invoice)
        self.assertSettled({"receipt": 700.0, "discount": 300.0})
        invoice, note = self._issue(1000), self._issue(-200)
        statement = self._state(800, (self.receivable, -1000), (self.receivable, 200))
        paid, deducted = self._get_items(statement).sorted("balance")
        (paid | self._get_items(invoice)).reconcile()
        (deducted | self._get_items(note)).reconcile()
        self.assertSettled({"receipt": 800.0, "discount": 200.0}, invoice)

    # === SETS === #

    def test_one_statement_for_many(self):
        invoices = self.invoice
        for amount in range(10, 15):
            invoices |= self._issue(amount)
            self._register(invoices[-1], amount - 1, written_off=self.expense)
        self._get_rows(invoices)
        with self.assertQueryCount(1):
            self.assertEqual(len(self._get_rows(invoices)), 10)
