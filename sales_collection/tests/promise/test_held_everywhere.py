from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .promise_common import PromiseCommon


@tagged("post_install", "-at_install")
class TestHeldEverywhere(PromiseCommon):
    """Invoice, worklist, ageing and dunning say the same of what is disputed and promised; 1,000 due on 2026-10-01."""

    def _get_row(self, model):
        self.env.flush_all()
        self.env.invalidate_all()
        names = {"collection.worklist": "partner_id", "receivable.ageing": "move_line_id"}
        record = self.customer if model == "collection.worklist" else self.item
        rows = self.env[model].with_company(self.company)
        return rows.search([(names[model], "=", record.id), ("company_id", "=", self.company.id)])

    def _credit(self, amount):
        credit = self._post_invoice(amount, "2026-10-15", move_type="out_refund")
        self._reconcile(credit, self.invoice)

    # === DISPUTED === #

    def assertDisputed(self, amount):
        today = self.company._get_today()
        disputes = self.env["dunning.dispute"]
        self.env.invalidate_all()
        self.assertEqual(disputes._get_disputed_amounts(self.item, today), {self.item.id: amount} if amount else {})
        self.assertEqual(self.invoice.amount_disputed, amount)
        moves = self.env["account.move"].search([("id", "=", self.invoice.id), ("amount_disputed", ">", 0)])
        self.assertEqual(bool(moves), bool(amount))
        self.assertEqual(self._get_row("receivable.ageing").is_disputed, bool(amount))
        self.assertEqual(self._get_row("collection.worklist").amount_disputed, amount)

    def test_dispute(self):
        self.assertDisputed(0.0)
        self._dispute(self.invoice, 300)
        self.assertDisputed(300.0)

    def test_dispute_that_has_run_out(self):
        self._dispute(self.invoice, 300, date_until="2026-10-15")
        self.assertDisputed(300.0)
        with freeze_time("2026-10-16"):
            self.assertDisputed(0.0)

    def test_dispute_accepted_and_not_credited(self):
        dispute = self._dispute(self.invoice, 300)
        dispute.action_accept()
        self.assertDisputed(300.0)
        self._credit(100)
        self.assertDisputed(200.0)
        self._credit(200)
        self.assertDisputed(0.0)

    def test_dispute_refused(self):
        self._dispute(self.invoice, 300).action_refuse()
        self.assertDisputed(0.0)

    def test_dispute_up_to_what_is_open(self):
        self._dispute(self.invoice, 300)
        receipt = self._receive(850, "2026-10-14", self.invoice)
        self.assertDisputed(150.0)
        receipt.button_draft()
        self.assertDisputed(300.0)

    def test_credit_notes_settle_the_oldest_dispute_recorded_before(self):
        """300 disputed, 350 credited, 200 disputed, 120 credited: what the first credit note has too much is gone."""
        self._dispute(self.invoice, 300)
        self._credit(350)
        self.assertDisputed(0.0)
        self._dispute(self.invoice, 200)
        self.assertDisputed(200.0)
        self._credit(120)
        self.assertDisputed(80.0)
        self._dispute(self.invoice, 30)
        self.assertDisputed(110.0)

    def test_dispute_in_currency(self):
        """USD 14 of 70 are CNY 100 of 500."""
        invoice = self._post_invoice(70, "2026-10-01", currency_id=self.usd.id)
        self._dispute(invoice, 14)
        self.assertEqual(invoice.amount_disputed, 14.0)
        self.assertEqual(self._get_row("collection.worklist").amount_disputed, 100.0)

    # === PROMISED === #

    def assertPromised(self, amount, day=None):
        """Check what is promised, and that dunning leaves the item out, or not."""
        self.env.invalidate_all()
        self.assertEqual((self.invoice.promise_amount, self.invoice.promise_date), (amount, day or False))
        moves = self.env["account.move"].search([("id", "=", self.invoice.id), ("promise_date", "!=", False)])
        self.assertEqual(bool(moves), bool(day))
        self.assertEqual(self._get_row("receivable.ageing").is_promised, bool(day))
        row = self._get_row("collection.worklist")
        self.assertEqual((row.amount_promised, row.promise_date, row.is_to_call), (amount, day or False, not day))
        held = self.env["payment.promise"]._get_held_amounts(self.item, self.company._get_today())
        self.assertEqual(held, {self.item.id: 1000.0} if day else {})

    def test_promise(self):
        self.assertPromised(0.0)
        self._promise(600, "2026-10-20")
        self.assertPromised(600.0, date(2026, 10, 20))

    def test_promise_to_confirm(self):
        promise = self._promise(600, "2026-10-20")
        promise.sudo().is_to_confirm = True
        self.assertPromised(0.0)
        promise.with_user(self.user_k).action_confirm()
        self.assertPromised(600.0, date(2026, 10, 20))

    def test_promise_whose_day_has_passed(self):
        """It runs no more, whether the nightly job has judged it or not."""
        promise = self._promise(600, "2026-10-20")
        with freeze_time("2026-10-20"):
            self.assertPromised(600.0, date(2026, 10, 20))
        with freeze_time("2026-10-21"):
            self.assertEqual(promise.state, "open")
            self.assertPromised(0.0)

    def test_promise_on_the_company_s_day(self):
        self._promise(600, "2026-10-15")
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env.registry.clear_cache()
        with freeze_time("2026-10-15 17:00:00"):
            self.assertPromised(0.0)

    def test_next_promise_up_to_what_is_open(self):
        self._promise(300, "2026-10-22")
        self._promise(600, "2026-10-20")
        self._receive(800, "2026-10-14", self.invoice)
        self.env.invalidate_all()
        self.assertEqual((self.invoice.promise_amount, self.invoice.promise_date), (200.0, date(2026, 10, 20)))
