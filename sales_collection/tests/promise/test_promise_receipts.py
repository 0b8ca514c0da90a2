from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.sales_control.tests.settlement_common import SettlementCommon

PERIOD = [fields.Date.to_date(day) for day in ("2026-10-01", "2026-10-31")]


@tagged("post_install", "-at_install")
class TestPromiseReceipts(SettlementCommon):
    """1,000.00 are promised on 2026-10-15 for 2026-10-25: only money keeps that, and only money was collected."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls.invoice = cls._issue(1000)
        cls.promise = cls._promise(cls.invoice)

    @classmethod
    def get_default_groups(cls):
        # EXTENDS 'account'
        return super().get_default_groups() | cls.quick_ref("sales_collection.sales_collection_group_manager")

    @classmethod
    def _promise(cls, invoice, amount=1000):
        return cls.env["payment.promise"].create(
            {
                "partner_id": cls.customer.id,
                "currency_id": invoice.currency_id.id,
                "amount": amount,
                "date": "2026-10-25",
                "move_line_ids": cls._get_items(invoice).ids,
            }
        )

    def assertReceived(self, amount, state, promise=None):
        """Check what was received on the promise, its state the day after, and that the reports collect the same."""
        promise = promise or self.promise
        promise.invalidate_recordset()
        self.assertEqual(promise.amount_received, amount)
        with freeze_time("2026-10-26 08:00:00"):
            promise.action_judge()
        self.assertEqual(promise.state, state)
        domain = [("item_id", "in", promise.move_line_ids.ids), ("kind", "=", "receipt")]
        receipts = self.env["receivable.movement.report"].search(domain)
        self.assertEqual(sum(receipts.mapped("amount")), amount)

    def test_payment(self):
        self._register(self.invoice)
        self.assertReceived(1000, "kept")

    def test_bank_charges_break_nothing(self):
        """990 came, 10 were written off as bank charges: nothing is open, the promise is kept."""
        self._register(self.invoice, 990, written_off=self.expense)
        self.assertReceived(990, "kept")

    def test_write_off_inside_a_payment_is_not_received(self):
        """600 came and the rest was written off: nothing is left to keep or to break."""
        self._register(self.invoice, 600, written_off=self.expense)
        self.assertReceived(600, "cancelled")

    def test_write_off_against_the_allowance_is_not_collected(self):
        self._register(self.invoice, 600, written_off=self.provision)
        self.assertReceived(600, "cancelled")
        figures = self.env["collection.rate.report"]._get_collection_figures(*PERIOD)[None]
        self.assertEqual((figures["receipts"], figures["discounts"], figures["base"]), (600.0, 400.0, 600.0))

    def test_part_received_and_part_written_off_leaves_the_rest_broken(self):
        entry = self._enter((self.outstanding, 600), (self.expense, 100), (self.receivable, -700), journal=self.bank)
        self._reconcile(entry, self.invoice)
        self.assertReceived(600, "broken")
        self.assertEqual(self.promise.amount_missing, 400)

    def test_early_payment_discount_is_not_received(self):
        term = self.env["account.payment.term"].create(
            {"name": "2/30, net 60", "early_discount": True, "discount_percentage": 2, "discount_days": 30}
        )
        invoice = self._issue(1000, invoice_payment_term_id=term.id)
        promise = self._promise(invoice, 980)
        self._register(invoice)
        self.assertReceived(980, "kept", promise)

    def test_exchange_difference_is_not_received(self):
        self._create_rate("2026-10-10", 0.5)
        invoice = self._issue(800, "2026-10-01", currency_id=self.eur.id)
        promise = self._promise(invoice, 800)
        self._register(invoice, 300, currency_id=self.eur.id)
        self.assertEqual(promise.amount_received, 300)
        self._register(invoice, 500, currency_id=self.eur.id)
        promise.invalidate_recordset()
        self.assertEqual((promise.amount_received, invoice.payment_state), (800, "paid"))

    def test_credit_note_is_not_received(self):
        self._reconcile(self._issue(-1000), self.invoice)
        self.assertReceived(0, "cancelled")

    def test_netting_is_not_received(self):
        self._reconcile(self._enter((self.payable, 400), (self.receivable, -400)), self.invoice)
        self._register(self.invoice, 100)
        self.assertReceived(100, "broken")

    def test_statement_lines_reconciled_directly(self):
        self._reconcile(self._state(390, (self.receivable, -400), (self.expense, 10)), self.invoice)
        self._reconcile(self._state(610, (self.receivable, -600), (self.bank.suspense_account_id, -10)), self.invoice)
        self.assertReceived(990, "kept")

    def test_payment_without_entry_counts_with_its_statement(self):
        self.bank.inbound_payment_method_line_ids.payment_account_id = False
        moves = self.env.registry["account.move"]
        with patch.object(moves, "_get_invoice_in_payment_state", lambda _self: "in_payment"):
            self._register(self.invoice)
            self.invoice.invalidate_recordset()
            self.assertEqual(self.invoice.payment_state, "in_payment")
        self.assertReceived(0, "broken")
        self._reconcile(self._state(1000, (self.receivable, -1000), day="2026-10-24"), self.invoice)
        self.assertReceived(1000, "kept")
