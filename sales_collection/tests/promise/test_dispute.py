from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .promise_common import PromiseCommon


@tagged("post_install", "-at_install")
class TestDispute(PromiseCommon):
    """Of an invoice of 1,000, 300 are disputed on 2026-10-15."""

    def _disputed(self, day="2026-10-18", items=None):
        return self.env["dunning.dispute"]._get_disputed_amounts(items or self.item, date.fromisoformat(day))

    def _credit(self, amount):
        credit = self._post_invoice(amount, "2026-10-16", move_type="out_refund")
        self._reconcile(credit, self.invoice)

    def test_until_resolved(self):
        self._dispute(self.invoice, 300)
        self.assertEqual(self._disputed(), {self.item.id: 300.0})
        self.assertEqual(self._disputed("2027-10-18"), {self.item.id: 300.0})

    def test_until_a_day(self):
        self._dispute(self.invoice, 300, date_until="2026-10-20")
        self.assertEqual(self._disputed("2026-10-20"), {self.item.id: 300.0})
        self.assertEqual(self._disputed("2026-10-21"), {})

    def test_refused(self):
        dispute = self._dispute(self.invoice, 300)
        dispute.action_refuse()
        self.assertEqual(dispute.state, "refused")
        self.assertEqual(self._disputed(), {})
        self.assertFalse(dispute.activity_ids)

    def test_several_sum_up(self):
        self._dispute(self.invoice, 300)
        self._dispute(self.invoice, 700, reason="quality")
        self.assertEqual(self._disputed(), {self.item.id: 1000.0})
        with self.assertRaisesRegex(ValidationError, "1,000.01"), self.cr.savepoint():
            self._dispute(self.invoice, 0.01)

    def test_never_more_than_open(self):
        self._dispute(self.invoice, 300)
        self._dispute(self.invoice, 600)
        self._receive(850, "2026-10-16", self.invoice)
        self.assertEqual(self._disputed(), {self.item.id: 150.0})
        self._receive(150, "2026-10-17", self.invoice)
        self.assertEqual(self._disputed(), {})

    def test_credited_part_is_disputed_no_more(self):
        self._dispute(self.invoice, 300)
        self._credit(100)
        self.assertEqual(self._disputed(), {self.item.id: 200.0})
        self._credit(200)
        self.assertEqual(self._disputed(), {})

    def test_credit_of_before_is_another(self):
        self._credit(100)
        self._dispute(self.invoice, 300)
        self.assertEqual(self._disputed(), {self.item.id: 300.0})

    def test_accepted_holds_until_credited(self):
        dispute = self._dispute(self.invoice, 300, date_until="2026-10-16")
        self.assertTrue(dispute.action_accept())
        self.assertEqual(dispute.state, "accepted")
        self.assertEqual(self._disputed(), {self.item.id: 300.0})
        self._credit(300)
        self.assertEqual(self._disputed(), {})
        self.assertEqual(self.item.amount_residual, 700.0)

    def test_accept_opens_credit_note_wizard(self):
        accountant = self._create_salesperson(
            "acc", "An Accountant", "account.group_account_invoice,sales_collection.sales_collection_group_user"
        )
        dispute = self._dispute(self.invoice, 300, reason="quality")
        action = dispute.with_user(accountant).action_accept()
        self.assertEqual(action["res_model"], "account.move.reversal")
        wizard = (
            self.env["account.move.reversal"]
            .with_context(**action["context"])
            .create({"journal_id": self.invoice.journal_id.id})
        )
        self.assertEqual(wizard.reason, "Defective goods")
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        self.assertEqual((credit.move_type, credit.state), ("out_refund", "draft"))

    def test_disputed_in_sets(self):
        invoices = self.invoice
        self._dispute(self.invoice, 300)
        for _index in range(5):
            invoices |= self._post_invoice(100, "2026-10-01")
            self._dispute(invoices[-1], 40)
        items = self._get_item(invoices)
        self._disputed(items=items)
        self.env.invalidate_all()
        with self.assertQueryCount(5):
            disputed = self._disputed(items=items)
        self.assertEqual(sum(disputed.values()), 500.0)

    # === REPEATED === #

    def test_next_one_after_a_refused_one_waits(self):
        """A salesperson's next dispute of a refused item holds nothing until a collector confirms it."""
        first = self._dispute(self.invoice, 300, user=self.user_s, date_until="2026-10-20")
        self.assertFalse(first.is_to_confirm)
        first.with_user(self.user_k).action_refuse()
        second = self._dispute(self.invoice, 1000, user=self.user_s, reason="quality", date_until="2026-10-20")
        self.assertTrue(second.is_to_confirm)
        self.assertEqual(self._disputed(), {})
        with self.assertRaises(AccessError):
            second.with_user(self.user_s).is_to_confirm = False
        with self.assertRaises(AccessError):
            second.with_user(self.user_s).action_confirm()
        second.with_user(self.user_k).action_confirm()
        self.assertEqual(self._disputed(), {self.item.id: 1000.0})

    def test_next_one_after_one_that_has_run_out_waits(self):
        self._dispute(self.invoice, 300, user=self.user_s, date_until="2026-10-16")
        with freeze_time("2026-10-17 08:00:00"):
            second = self._dispute(self.invoice, 300, user=self.user_s, date_until="2026-10-20")
            self.assertTrue(second.is_to_confirm)
            third = self._dispute(self.invoice, 200, user=self.user_k)
            self.assertFalse(third.is_to_confirm, "a collector asks nobody")
        self.assertEqual(self._disputed(), {self.item.id: 200.0})

    # === OWNERS === #

    def test_owner_has_an_activity(self):
        dispute = self._dispute(self.invoice, 300, user_id=self.user_s.id, date_until="2026-10-20")
        self.assertEqual(dispute.activity_ids.user_id, self.user_s)
        self.assertEqual(dispute.activity_ids.date_deadline, date(2026, 10, 20))

    def test_owner_is_asked_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.user_s.lang = "zh_CN"
        dispute = self._dispute(self.invoice, 300, user_id=self.user_s.id, date_until="2026-10-20")
        with freeze_time("2026-10-21 08:00:00"):
            self.env["dunning.dispute"]._cron_remind_disputes()
        self.assertEqual(dispute.activity_ids.sorted("id")[-1].summary, "争议期限已过：该款项重新催款")

    def test_reminded_once_when_over(self):
        dispute = self._dispute(self.invoice, 300, user_id=self.user_s.id, date_until="2026-10-20")
        for day, count in (("2026-10-20", 1), ("2026-10-21", 2), ("2026-10-22", 2)):
            with freeze_time(f"{day} 08:00:00"):
                self.env["dunning.dispute"]._cron_remind_disputes()
            self.assertEqual(len(dispute.activity_ids), count, day)
        self.assertIn("expired", dispute.activity_ids.sorted("id")[-1].summary)
        with freeze_time("2026-10-23"):
            dispute.with_user(self.user_k).date_until = "2026-10-25"
            self.assertFalse(dispute.is_reminded)

    def test_cancelled_invoice_settles(self):
        dispute = self._dispute(self.invoice, 300)
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.env["dunning.dispute"]._cron_remind_disputes()
        self.assertEqual(dispute.state, "settled")

    def test_settled_closes(self):
        dispute = self._dispute(self.invoice, 300)
        self._receive(1000, "2026-10-16", self.invoice)
        self.env["dunning.dispute"]._cron_remind_disputes()
        self.assertEqual(dispute.state, "settled")
        self.assertFalse(dispute.activity_ids)

    # === RECORDING === #

    def test_from_invoice(self):
        action = self.invoice.with_user(self.user_k).action_dispute()
        disputes = self.env["dunning.dispute"].with_user(self.user_k).with_context(**action["context"])
        form = Form(disputes, view="sales_collection.dunning_dispute_view_form_dialog")
        self.assertEqual((form.partner_id, form.move_line_id, form.amount), (self.customer, self.item, 1000.0))
        form.reason = "delivery"
        form.amount = 250
        self.assertEqual(form.save().amount, 250.0)
        self._receive(1000, "2026-10-16", self.invoice)
        with self.assertRaisesRegex(UserError, "no open amount"):
            self.invoice.action_dispute()

    def test_wrong_values(self):
        other = self.env["res.partner"].create({"name": "Other"})
        income = self.invoice.invoice_line_ids
        cases = (
            ({"amount": 1000.01}, "only .*1,000.00 is open"),
            ({"date_until": "2026-10-14"}, "Until"),
            ({"partner_id": other.id}, "posted receivable of Other"),
            ({"move_line_id": income.id}, "posted receivable"),
        )
        for values, text in cases:
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, text), self.cr.savepoint():
                self._dispute(self.invoice, **{"amount": 10, **values})

    def test_decided_stays(self):
        dispute = self._dispute(self.invoice, 300)
        dispute.action_refuse()
        for act in (dispute.action_accept, dispute.unlink, lambda: dispute.write({"amount": 1})):
            with self.assertRaisesRegex((UserError, AccessError), "decided|allowed"), self.cr.savepoint():
                act()

    def test_currency(self):
        invoice = self._post_invoice(100, "2026-10-01", currency_id=self.usd.id)
        dispute = self._dispute(invoice, 40)
        self.assertEqual(dispute.currency_id, self.usd)
        self.assertEqual(self._disputed(items=self._get_item(invoice)), {self._get_item(invoice).id: 40.0})

    def test_call_is_recorded(self):
        dispute = self._dispute(self.invoice, 300)
        call = self.env["collection.call"].search([("dispute_id", "=", dispute.id)])
        self.assertEqual((call.result, call.user_id), ("disputed", self.user_k))

    # === ACCESS === #

    def test_state_is_not_forged(self):
        dispute = self._dispute(self.invoice, 300, state="accepted", settlement_mark=-1)
        self.assertEqual(dispute.state, "open")
        disputes = self.env["dunning.dispute"].with_user(self.user_k).with_context(default_state="accepted")
        values = {"move_line_id": self.item.id, "amount": 1, "reason": "price"}
        self.assertEqual(disputes.create(values).state, "open")
        for user in (self.user_k, self.user_km):
            with self.assertRaisesRegex(AccessError, "use its buttons"):
                dispute.with_user(user).write({"state": "refused"})

    def test_name(self):
        self.assertEqual(self.env["dunning.dispute"].new({}).display_name, "")
        dispute = self._dispute(self.invoice, 300)
        self.assertEqual(dispute.display_name, f"{self.customer.name}: {self.invoice.name}")

    def test_forms_open_for_all(self):
        dispute = self._dispute(self.invoice, 300)
        self.invoice.invoice_user_id = self.user_s2
        for user in (self.user_s, self.user_k, self.user_km):
            with self.subTest(user=user.name), Form(dispute.with_user(user)) as form:
                self.assertEqual(form.amount_open, 1000.0)
                form.note = f"Seen by {user.name}"

    def test_salesperson_sees_own_customers(self):
        dispute = self._dispute(self.invoice, 300, user=self.user_s)
        with self.assertRaises(AccessError):
            dispute.with_user(self.user_s2).action_refuse()
        with self.assertRaises(AccessError):
            self._dispute(self.invoice, 10, user=self.user_s2)
        with self.assertRaisesRegex(AccessError, "Collector"):
            dispute.with_user(self.user_s).action_refuse()
        dispute.with_user(self.user_k).action_refuse()
        self.assertEqual(dispute.state, "refused")
