from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .promise_common import PromiseCommon


@tagged("post_install", "-at_install")
class TestPromise(PromiseCommon):
    """600 of 1,000 are promised on 2026-10-15 for 2026-10-25."""

    def _held(self, day, items=None):
        return self.env["payment.promise"]._get_held_amounts(items or self.item, date.fromisoformat(day))

    def _judge_on(self, promise, day):
        with freeze_time(f"{day} 08:00:00"):
            self.env["payment.promise"]._cron_judge_promises()
        return promise.state

    # === HOLDING === #

    def test_holds_whole_item_through_its_date(self):
        self._promise(600, "2026-10-25")
        self.assertEqual(self._held("2026-10-18"), {self.item.id: 1000.0})
        self.assertEqual(self._held("2026-10-25"), {self.item.id: 1000.0})
        self.assertEqual(self._held("2026-10-26"), {})

    def test_holds_promised_part(self):
        self._promise(600, "2026-10-25", holds="part")
        self.assertEqual(self._held("2026-10-18"), {self.item.id: 600.0})
        self._receive(250, "2026-10-16", self.invoice)
        self.assertEqual(self._held("2026-10-18"), {self.item.id: 350.0})

    def test_kept_early_holds_on(self):
        promise = self._promise(600, "2026-10-25")
        self._receive(600, "2026-10-16", self.invoice)
        promise.action_judge()
        self.assertEqual(promise.state, "kept")
        self.assertEqual(self._held("2026-10-25"), {self.item.id: 400.0})
        self.assertEqual(self._held("2026-10-26"), {})

    def test_cancelled_holds_nothing(self):
        promise = self._promise(600, "2026-10-25")
        promise.action_cancel()
        self.assertEqual(promise.state, "cancelled")
        self.assertEqual(self._held("2026-10-18"), {})

    def test_part_goes_to_first_due(self):
        later = self._post_invoice(500, "2026-10-05")
        items = self.item | self._get_item(later)
        self._promise(1200, "2026-10-25", holds="part")
        self.assertEqual(self._held("2026-10-18", items), {self.item.id: 1000.0, self._get_item(later).id: 200.0})

    def test_two_promises_never_more_than_open(self):
        self._promise(600, "2026-10-25")
        self._promise(400, "2026-10-28", move_line_ids=[Command.set(self.item.ids)])
        self.assertEqual(self._held("2026-10-18"), {self.item.id: 1000.0})
        self.assertEqual(self._held("2026-10-27"), {self.item.id: 1000.0})

    def test_held_amounts_in_sets(self):
        invoices = self.invoice
        for index in range(5):
            partner = self.env["res.partner"].create({"name": f"Customer {index}"})
            invoices |= self._post_invoice(100, "2026-10-01", partner)
            self._promise(50, "2026-10-25", partner_id=partner.id, holds="part")
        self._promise(600, "2026-10-25", holds="part")
        items = self._get_item(invoices)
        self._held("2026-10-18", items)
        self.env.invalidate_all()
        with self.assertQueryCount(9):
            held = self._held("2026-10-18", items)
        self.assertEqual(sum(held.values()), 850.0)

    # === JUDGING === #

    def test_kept(self):
        promise = self._promise(600, "2026-10-25")
        self._receive(600, "2026-10-24", self.invoice)
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "kept")
        self.assertEqual((promise.amount_received, promise.amount_missing), (600.0, 0.0))
        self.assertEqual(self.item.amount_residual, 400.0)
        self.assertFalse(promise.activity_ids)

    def test_broken_plans_a_call(self):
        self.customer.with_company(self.company).collector_id = self.user_k
        promise = self._promise(600, "2026-10-25", user=self.user_s)
        self.assertEqual(self._judge_on(promise, "2026-10-25"), "open")
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "broken")
        self.assertEqual(promise.activity_ids.user_id, self.user_k)
        self.assertIn("Broken promise", promise.activity_ids.summary)
        self.assertEqual(self._judge_on(promise, "2026-10-27"), "broken")
        self.assertEqual(len(promise.activity_ids), 1)

    def test_call_falls_to_salesperson(self):
        promise = self._promise(600, "2026-10-25")
        self._judge_on(promise, "2026-10-26")
        self.assertEqual(promise.activity_ids.user_id, self.user_s)

    def test_calls_are_asked_for_in_the_language_of_the_collector(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.user_s.lang = "zh_CN"
        promise = self._promise(600, "2026-10-25")
        self._judge_on(promise, "2026-10-26")
        self.assertEqual(promise.activity_ids.summary, "承诺违约：致电Jade Dragon Ltd.")
        self.assertNotIn("missing", promise.activity_ids.note)

    def test_partly_kept_is_broken(self):
        promise = self._promise(600, "2026-10-25")
        self._receive(200, "2026-10-20", self.invoice)
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "broken")
        self.assertEqual((promise.amount_received, promise.amount_missing), (200.0, 400.0))
        self.assertIn("200.00", promise.activity_ids.note)
        self.assertIn("400.00", promise.activity_ids.note)

    def test_paid_late_is_broken(self):
        promise = self._promise(1000, "2026-10-25")
        self._receive(1000, "2026-10-26", self.invoice)
        self.assertEqual(self._judge_on(promise, "2026-10-28"), "broken")
        self.assertEqual(promise.amount_received, 0.0)

    def test_statement_entered_late_keeps_it(self):
        promise = self._promise(600, "2026-10-25")
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "broken")
        self._receive(600, "2026-10-25", self.invoice)
        self.assertEqual(self._judge_on(promise, "2026-10-27"), "kept")
        self.assertFalse(promise.activity_ids)

    def test_receipt_taken_back_breaks_it(self):
        promise = self._promise(600, "2026-10-25")
        receipt = self._receive(600, "2026-10-24", self.invoice)
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "kept")
        self._get_item(receipt).remove_move_reconcile()
        self.assertEqual(self._judge_on(promise, "2026-10-27"), "kept", "the money is still here")
        receipt.button_draft()
        self.assertEqual(self._judge_on(promise, "2026-10-27"), "broken")

    def test_receipt_on_account_keeps_it(self):
        """(amount, day, journal) of a receipt that nobody has allocated -> (received, state)."""
        cases = (
            ((600, "2026-10-24", "bank"), (600.0, "kept")),
            ((700, "2026-10-25", "bank"), (600.0, "kept")),
            ((599.99, "2026-10-25", "bank"), (599.99, "broken")),
            ((600, "2026-10-26", "bank"), (0.0, "broken")),
            ((600, "2026-10-15", "bank"), (0.0, "broken")),
            ((600, "2026-10-24", "general"), (0.0, "broken")),
        )
        for (amount, day, journal), expected in cases:
            with self.subTest(amount=amount, day=day, journal=journal):
                promise = self._promise(600, "2026-10-25")
                receipt = self._receive(amount, day, journal=journal)
                self.assertEqual((promise.amount_received, self._judge_on(promise, "2026-10-26")), expected)
                receipt.button_draft()
                promise.sudo().state = "cancelled"

    def test_receipt_on_account_of_others_keeps_nothing(self):
        promise = self._promise(600, "2026-10-25")
        self._receive(600, "2026-10-24", partner=self.env["res.partner"].create({"name": "Other"}))
        self._receive(600, "2026-10-24", currency=self.usd, rate=7)
        self.assertEqual(promise.amount_received, 0.0)
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        self._receive(250, "2026-10-24", partner=contact)
        promise.invalidate_recordset()
        self.assertEqual(promise.amount_received, 250.0)

    def test_receipt_on_account_keeps_one_promise(self):
        first = self._promise(600, "2026-10-25")
        second = self._promise(400, "2026-10-28", move_line_ids=[Command.set(self.item.ids)])
        receipt = self._receive(700, "2026-10-24")
        self.env.invalidate_all()
        self.assertEqual((first.amount_received, second.amount_received), (600.0, 100.0))
        self._reconcile(receipt, self.invoice)
        self.env.invalidate_all()
        self.assertEqual((first.amount_received, second.amount_received), (600.0, 100.0), "the same once allocated")

    def test_credit_note_keeps_nothing(self):
        promise = self._promise(600, "2026-10-25")
        credit = self._post_invoice(600, "2026-10-20", move_type="out_refund")
        self._reconcile(credit, self.invoice)
        self.assertEqual(promise.amount_received, 0.0)
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "broken")

    def test_settled_by_credit_note_is_cancelled(self):
        promise = self._promise(600, "2026-10-25")
        credit = self._post_invoice(1000, "2026-10-20", move_type="out_refund")
        self._reconcile(credit, self.invoice)
        self.assertEqual(self._judge_on(promise, "2026-10-21"), "cancelled")
        self.assertIn("settled in another way", "".join(promise.message_ids.mapped("body")))

    def test_cancelled_invoice_cancels_it(self):
        promise = self._promise(600, "2026-10-25")
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "cancelled")

    def test_receipt_before_the_promise_counts_not(self):
        self._receive(300, "2026-10-15", self.invoice)
        promise = self._promise(600, "2026-10-25")
        self.assertEqual(promise.amount_received, 0.0)
        self._receive(100, "2026-10-15", self.invoice)
        self.assertEqual(promise.amount_received, 100.0)

    def test_entry_in_general_journal_is_no_receipt(self):
        promise = self._promise(600, "2026-10-25")
        self._receive(600, "2026-10-20", self.invoice, journal="general")
        self.assertEqual(promise.amount_received, 0.0)

    def test_one_receipt_keeps_one_promise(self):
        first = self._promise(600, "2026-10-25")
        second = self._promise(400, "2026-10-28", move_line_ids=[Command.set(self.item.ids)])
        self._receive(700, "2026-10-24", self.invoice)
        self.assertEqual((first.amount_received, second.amount_received), (600.0, 100.0))

    def test_judge_due(self):
        promise = self._promise(600, "2026-10-25")
        promises = self.env["payment.promise"]
        self.assertFalse(promises._judge_due(self.company, date(2026, 10, 27)), "never for days to come")
        with freeze_time("2026-10-27"):
            self.assertFalse(promises._judge_due(self.company, date(2026, 10, 25)))
            self.assertEqual(promises._judge_due(self.company, date(2026, 10, 26)), promise)
        self.assertEqual(promise.state, "broken")

    # === RECORDING === #

    def test_items_are_chosen(self):
        self._post_invoice(500, "2026-10-10")
        first = self._post_invoice(50, "2026-09-01")
        promise = self._promise(600, "2026-10-25")
        self.assertEqual(promise.move_line_ids.move_id, first | self.invoice)

    def test_contact_becomes_customer(self):
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        promise = self._promise(600, "2026-10-25", partner_id=contact.id)
        self.assertEqual(promise.partner_id, self.customer)

    def test_wrong_values(self):
        other = self.env["res.partner"].create({"name": "Other"})
        foreign = self._get_item(self._post_invoice(100, "2026-10-01", other))
        draft = self._get_item(self.invoice.copy())
        cases = (
            ({"amount": 1000.01}, "more than the open amount of"),
            ({"date": "2026-10-14"}, "Promised for"),
            ({"move_line_ids": [Command.set(foreign.ids)]}, "Journal Items"),
            ({"move_line_ids": [Command.set(draft.ids)]}, "Journal Items"),
            ({"currency_id": self.usd.id}, "more than the open amount of"),
        )
        for values, text in cases:
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, text), self.cr.savepoint():
                self._promise(**{"amount": 10, "date": "2026-10-25", **values})

    def test_more_than_open_together(self):
        self._promise(600, "2026-10-25")
        with self.assertRaisesRegex(ValidationError, "already promised: .*600.00"):
            self._promise(400.01, "2026-10-28", move_line_ids=[Command.set(self.item.ids)])

    def test_currency(self):
        invoice = self._post_invoice(100, "2026-10-01", currency_id=self.usd.id)
        promise = self._promise(60, "2026-10-25", currency_id=self.usd.id)
        self.assertEqual(promise.move_line_ids, self._get_item(invoice))
        self._receive(60, "2026-10-20", invoice, currency=self.usd, rate=7.2)
        self.assertEqual(promise.amount_received, 60.0)
        self.assertEqual(self._judge_on(promise, "2026-10-26"), "kept")

    def test_open_promise_changes_are_tracked(self):
        tracked = {name for name, field in self.env["payment.promise"]._fields.items() if getattr(field, "tracking", 0)}
        self.assertLessEqual({"amount", "date", "state"}, tracked)
        promise = self._promise(600, "2026-10-25")
        promise.write({"date": "2026-10-26", "amount": 700})
        self.assertEqual(promise.amount_missing, 700.0)

    def test_facts_stay(self):
        promise = self._promise(600, "2026-10-25")
        with freeze_time("2026-10-26"):
            for vals in ({"date": "2026-10-30"}, {"amount": 1}, {"move_line_ids": [Command.clear()]}):
                with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "Record a new promise"):
                    promise.write(vals)
            with self.assertRaisesRegex(UserError, "Record a new promise"):
                promise.action_cancel()
            with self.assertRaises(UserError):
                promise.with_user(self.user_km).unlink()
            promise.with_user(self.user_km).action_cancel()
        self.assertEqual(promise.state, "cancelled")

    # === ACCESS === #

    def test_state_is_not_forged(self):
        promise = self._promise(600, "2026-10-25", state="kept", user_id=self.user_s.id, settlement_mark=-1)
        self.assertEqual((promise.state, promise.user_id), ("open", self.user_k))
        self.assertGreaterEqual(promise.settlement_mark, 0)
        for user in (self.user_k, self.user_km):
            for vals in ({"state": "kept"}, {"settlement_mark": -1}, {"date_recorded": "2026-01-01"}):
                with self.subTest(vals=vals), self.assertRaisesRegex(AccessError, "cannot be entered"):
                    promise.with_user(user).write(vals)

    def test_context_forges_nothing(self):
        promises = self.env["payment.promise"].with_user(self.user_k)
        forged = {"default_state": "kept", "default_user_id": self.user_s.id, "default_date_recorded": "2026-01-01"}
        promise = promises.with_context(**forged).create(
            {"partner_id": self.customer.id, "currency_id": self.cny.id, "amount": 1, "date": "2026-10-25"}
        )
        self.assertEqual((promise.state, promise.user_id), ("open", self.user_k))
        self.assertEqual(promise.date_recorded, date(2026, 10, 15))

    def test_salesperson_sees_own_customers(self):
        promise = self._promise(600, "2026-10-25", user=self.user_s)
        self.assertEqual(promise.with_user(self.user_s).amount_missing, 600.0)
        self.assertFalse(self.env["payment.promise"].with_user(self.user_s2).search([("id", "=", promise.id)]))
        with self.assertRaises(AccessError):
            promise.with_user(self.user_s2).action_judge()
        with self.assertRaises(AccessError):
            self._promise(100, "2026-10-25", user=self.user_s2)

    def test_forms_open_for_all(self):
        self.invoice.invoice_user_id = self.user_s2
        promise = self._promise(600, "2026-10-25", user=self.user_s)
        for user in (self.user_s, self.user_k, self.user_km):
            with self.subTest(user=user.name):
                self.assertEqual(Form(promise.with_user(user)).amount, 600.0)

    def test_readers_do_not_judge(self):
        promise = self._promise(600, "2026-10-25")
        accountant = self._create_salesperson("acc", "An Accountant", "account.group_account_invoice")
        with self.assertRaises(AccessError):
            promise.with_user(accountant).action_judge()

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.cny.id})
        self.env.user.company_ids |= other
        self._create_accounts(other)
        invoice = self._post_invoice(300, "2026-10-01", company_id=other.id)
        with self.assertRaises(UserError):
            self._promise(100, "2026-10-25", move_line_ids=[Command.set(self._get_item(invoice).ids)])
        promise = self._promise(100, "2026-10-25")
        self.assertNotIn(self._get_item(invoice), promise.move_line_ids)

    def test_form_proposes_all_that_is_open(self):
        form = Form(self.env["payment.promise"].with_user(self.user_k))
        form.partner_id = self.customer
        self.assertEqual(form.amount, 1000.0)
        form.date = "2026-10-25"
        promise = form.save()
        self.assertEqual(promise.move_line_ids, self.item)

    def test_name(self):
        self.assertFalse(self.env["payment.promise"].new({}).display_name)
        promise = self._promise(600, "2026-10-25")
        self.assertIn("600.00", promise.display_name)
        self.assertTrue(promise.display_name.startswith(f"{self.customer.name}: "))

    def test_call_is_logged_once(self):
        before = self.customer.message_ids
        promise = self._promise(600, "2026-10-25")
        self.assertEqual(len(self.customer.message_ids - before), 1)
        call = self.env["collection.call"].search([("promise_id", "=", promise.id)])
        self.assertEqual((call.result, call.user_id, call.partner_id), ("promised", self.user_k, self.customer))
