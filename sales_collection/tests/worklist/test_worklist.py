from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..collection_common import CollectionCommon

BUCKETS = tuple(f"bucket_{number}" for number in range(1, 10))


@tagged("post_install", "-at_install")
class TestWorklist(CollectionCommon):
    """On Thursday 2026-10-15 the customer owes 100 since 09-15 (30 days), 200 since 09-14 (31 days), 50 not due yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls.invoice_30 = cls._post_invoice(100, "2026-09-15")
        cls.invoice_31 = cls._post_invoice(200, "2026-09-14")
        cls._post_invoice(50, "2026-10-15")

    def _row(self, partner=None, user=None, company=None):
        worklist = self.env["collection.worklist"].with_user(user or self.user_k)
        worklist.invalidate_model()
        company = company or self.company
        return worklist.search([("partner_id", "=", (partner or self.customer).id), ("company_id", "=", company.id)])

    # === FIGURES === #

    def test_ages(self):
        row = self._row()
        self.assertEqual([row[name] for name in BUCKETS], [100.0, 200.0] + [0.0] * 7)
        self.assertEqual((row.amount_overdue, row.amount_not_due, row.amount_balance), (300.0, 50.0, 350.0))
        self.assertEqual((row.item_count, row.days_oldest), (2, 31))
        # (100 x 30 + 200 x 31) / 300
        self.assertAlmostEqual(row.days_average, 9200 / 300, 6)
        self.assertAlmostEqual(row.priority, 9200.0, 6)

    def test_bucket_borders(self):
        partner = self.env["res.partner"].create({"name": "Borders"})
        for amount, due in (
            (1, "2026-10-14"),
            (2, "2026-08-16"),
            (4, "2026-08-15"),
            (8, "2026-07-17"),
            (16, "2026-07-16"),
        ):
            self._post_invoice(amount, due, partner)
        row = self._row(partner)
        self.assertEqual([row[name] for name in BUCKETS], [1.0, 2.0, 12.0, 16.0] + [0.0] * 5)
        self.assertEqual((row.days_oldest, row.amount_overdue), (91, 31.0))

    def test_buckets_of_the_setting(self):
        """As many as the company sets, up to nine; they and what is not due and open credits are the balance."""
        self._receive(60, "2026-10-10")
        for days, expected in (
            ("30", [100.0, 200.0]),
            ("7, 14, 21, 29, 30, 31, 40, 50", [0.0, 0.0, 0.0, 0.0, 100.0, 200.0]),
            (False, [100.0, 200.0]),
        ):
            self.company.receivable_ageing_days = days
            row = self._row()
            amounts = [row[name] for name in BUCKETS]
            with self.subTest(days=days):
                self.assertEqual(amounts, expected + [0.0] * (9 - len(expected)))
                self.assertEqual(sum(amounts) + row.amount_not_due + row.amount_credit, row.amount_balance)
        rows = self.env["collection.worklist"].with_company(self.company)
        self.assertEqual(rows.search([("partner_id", "=", self.customer.id)], order="bucket_2 desc").bucket_2, 200.0)

    def test_buckets_of_views(self):
        """Columns bear the names of the buckets; those that the company does not use are not shown."""
        rows = self.env["collection.worklist"].with_user(self.user_k).with_company(self.company)
        for days, labels in (
            ("30, 60", ["1-30 Days", "31-60 Days", "61+ Days"]),
            ("15", ["1-15 Days", "16+ Days"]),
        ):
            self.company.receivable_ageing_days = days
            used, unused = BUCKETS[: len(labels)], BUCKETS[len(labels) :]
            self.assertEqual([rows.fields_get(used)[name]["string"] for name in used], labels)
            for kind in ("list", "form", "pivot", "graph"):
                arch = etree.fromstring(rows.get_view(view_type=kind)["arch"])
                shown = {
                    node.get("name"): node.get("string") for node in arch.iter("field") if not node.get("invisible")
                }
                hidden = {node.get("name") for node in arch.iter("field") if node.get("invisible")}
                with self.subTest(days=days, kind=kind):
                    expected = {} if kind == "graph" else dict(zip(used, labels, strict=True))
                    self.assertEqual({name: label for name, label in shown.items() if name in BUCKETS}, expected)
                    self.assertEqual(hidden & set(BUCKETS), set(unused) if kind in ("pivot", "graph") else set())

    def test_credits_are_deducted(self):
        self._receive(60, "2026-10-10")
        row = self._row()
        self.assertEqual((row.amount_past_due, row.amount_credit, row.amount_overdue), (300.0, -60.0, 240.0))
        self.assertEqual(row.amount_past_due + row.amount_not_due + row.amount_credit, row.amount_balance)
        self.assertAlmostEqual(row.priority, 240 * 9200 / 300, 6)
        self._receive(400, "2026-10-10")
        self.assertFalse(self._row(), "nothing is overdue")

    def test_partly_paid(self):
        self._receive(30, "2026-10-10", self.invoice_30)
        self.assertEqual(self._row().amount_overdue, 270.0)

    def test_receipt_in_draft(self):
        """A receipt that is set back to draft pays nothing, though Odoo keeps its reconciliation."""
        receipt = self._receive(100, "2026-10-10", self.invoice_30)
        self.assertEqual(self._row().amount_overdue, 200.0)
        receipt.button_draft()
        row = self._row()
        self.assertEqual((row.amount_overdue, row.amount_balance), (300.0, 350.0))
        self.assertEqual(sum(row.item_ids.mapped("amount_open")), 350.0)
        self.assertEqual(row.action_promise()["context"]["default_amount"], 300.0)

    def test_excluded_from_follow_up(self):
        """It is as old and as overdue as the rest; it gives no priority, and nobody calls for it alone."""
        self._get_item(self.invoice_31).no_followup = True
        row = self._row()
        self.assertEqual((row.amount_overdue, row.amount_balance, row.days_oldest), (300.0, 350.0, 31))
        self.assertEqual((row.priority, row.is_to_call), (100.0 * 30, True))
        self._get_item(self.invoice_30).no_followup = True
        row = self._row()
        self.assertEqual((row.amount_overdue, row.priority, row.is_to_call), (300.0, 0.0, False))

    def test_nothing_overdue_no_row(self):
        self._receive(300, "2026-10-10", self.invoice_30 | self.invoice_31)
        self.assertFalse(self._row())

    def test_contacts_count_for_their_company(self):
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        self._post_invoice(7, "2026-10-01", contact)
        self.assertEqual(self._row().amount_overdue, 307.0)
        self.assertFalse(self._row(contact))

    def test_currency(self):
        partner = self.env["res.partner"].create({"name": "Dollar"})
        self._post_invoice(14, "2026-10-01", partner, currency_id=self.usd.id)
        self._promise(7, "2026-10-20", partner_id=partner.id, currency_id=self.usd.id)
        row = self._row(partner)
        # 14 / 0.14 and 7 / 0.14
        self.assertEqual((row.amount_overdue, row.amount_promised), (100.0, 50.0))

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.usd.id})
        self._create_accounts(other)
        for user in self.user_k | self.env.user:
            user.company_ids |= other
        self._post_invoice(40, "2026-10-01", company_id=other.id)
        self.assertFalse(self._row(company=other), "only companies that are shown")
        both = self.env["collection.worklist"].with_user(self.user_k)
        rows = both.with_context(allowed_company_ids=(self.company | other).ids).search(
            [("partner_id", "=", self.customer.id)], order="company_id"
        )
        self.assertEqual(rows.mapped("amount_overdue"), [300.0, 40.0])
        self.assertEqual(rows.company_currency_id, self.cny | self.usd)

    def test_dunning(self):
        self._dun(self.invoice_31, self.level_2, "2026-10-08")
        self._dun(self.invoice_30, self.level_1, "2026-10-10")
        row = self._row()
        self.assertEqual((row.level_id, row.last_notice_date), (self.level_2, date(2026, 10, 10)))
        self.assertFalse(row.is_legal or row.is_supply_stopped)
        self.level_2.write({"is_legal": True, "stop_supply": True})
        self.assertTrue(self._row().is_legal and self._row().is_supply_stopped)
        self._receive(200, "2026-10-10", self.invoice_31)
        self.assertEqual(self._row().level_id, self.level_1)
        self.assertFalse(self._row().is_legal)

    def test_promises(self):
        promise = self._promise(200, "2026-10-20")
        row = self._row()
        self.assertEqual((row.promise_id, row.promise_date), (promise, date(2026, 10, 20)))
        self.assertEqual((row.amount_promised, row.broken_count, row.is_to_call), (200.0, 0, False))
        with freeze_time("2026-10-21"):
            self.env["payment.promise"]._cron_judge_promises()
            row = self._row()
            self.assertEqual((row.amount_promised, row.broken_count, row.is_to_call), (0.0, 1, True))
            self.assertFalse(row.promise_id)

    def test_behaviour(self):
        kept = self._promise(100, "2026-10-20", move_line_ids=[Command.set(self._get_item(self.invoice_30).ids)])
        self._promise(200, "2026-10-20", move_line_ids=[Command.set(self._get_item(self.invoice_31).ids)])
        self._receive(100, "2026-10-18", self.invoice_30)
        with freeze_time("2026-10-21"):
            self.env["payment.promise"]._cron_judge_promises()
            row = self._row()
            self.assertEqual((kept.state, row.behaviour), ("kept", 1.5))
            # 200 x 37 days and 50 x 6 days
            self.assertAlmostEqual(row.priority, (200 * 37 + 50 * 6) * 1.5, 4)
        with freeze_time("2027-10-21"):
            self.assertEqual(self._row().behaviour, 1.0, "a year is forgotten")

    def test_disputes(self):
        self._dispute(self.invoice_31, 120)
        self._dispute(self.invoice_30, 30, date_until="2026-10-15")
        self.assertEqual(self._row().amount_disputed, 150.0)
        with freeze_time("2026-10-16"):
            self.assertEqual(self._row().amount_disputed, 120.0)
        self._receive(130, "2026-10-10", self.invoice_31)
        self.assertEqual(self._row().amount_disputed, 70.0 + 30.0)
        credit = self._post_invoice(20, "2026-10-15", move_type="out_refund")
        self._reconcile(credit, self.invoice_30)
        self.assertEqual(self._row().amount_disputed, 70.0 + 10.0)

    def test_disputed_as_dunning_says(self):
        invoice = self._post_invoice(70, "2026-10-01", currency_id=self.usd.id)
        self._dispute(invoice, 14)
        self._dispute(self.invoice_31, 120).action_accept()
        items = self._get_item(invoice | self.invoice_31)
        disputed = self.env["dunning.dispute"]._get_disputed_amounts(items, date(2026, 10, 15))
        self.assertEqual(disputed, {self._get_item(invoice).id: 14.0, self._get_item(self.invoice_31).id: 120.0})
        self.assertAlmostEqual(self._row().amount_disputed, 100.0 + 120.0, 2)

    def test_people(self):
        row = self._row()
        self.assertEqual((row.user_id, row.collector_id), (self.user_s, self.user_s))
        self.customer.with_company(self.company).collector_id = self.user_k
        self.assertEqual((self._row().user_id, self._row().collector_id), (self.user_s, self.user_k))

    def test_blocked(self):
        self.assertFalse(self._row().is_blocked)
        customer = self.customer.with_company(self.company)
        customer.write({"dunning_blocked_until": "2026-10-15", "dunning_block_reason": "Talks"})
        self.assertTrue(self._row().is_blocked)
        with freeze_time("2026-10-16"):
            self.assertFalse(self._row().is_blocked)
        customer.dunning_opt_out = True
        with freeze_time("2026-10-16"):
            self.assertTrue(self._row().is_blocked)

    def test_most_urgent_first(self):
        partner = self.env["res.partner"].create({"name": "Urgent"})
        self._post_invoice(10000, "2026-09-15", partner)
        rows = self.env["collection.worklist"].search([("partner_id", "in", (partner | self.customer).ids)])
        self.assertEqual(rows.partner_id, partner | self.customer)
        self.assertEqual(rows[0].partner_id, partner)

    def test_groups_sum_up(self):
        partner = self.env["res.partner"].create({"name": "Other", "user_id": self.user_s.id})
        self._post_invoice(11, "2026-10-01", partner)
        groups = self.env["collection.worklist"]._read_group(
            [("user_id", "=", self.user_s.id)], ["user_id"], ["amount_overdue:sum", "__count"]
        )
        self.assertEqual(groups, [(self.user_s, 311.0, 2)])

    def test_statements_do_not_grow(self):
        names = ["amount_overdue", "priority", "level_id", "promise_date", "why"]
        for index in range(10):
            partner = self.env["res.partner"].create({"name": f"Customer {index}", "user_id": self.user_s.id})
            self._post_invoice(100, "2026-10-01", partner)
            self._promise(50, "2026-10-25", partner_id=partner.id)
        rows = self.env["collection.worklist"].with_user(self.user_k)
        rows.search_read([], names)
        self.env.invalidate_all()
        with self.assertQueryCount(15):
            self.assertEqual(len(rows.search_read([], names)), 11)

    # === SCREENS === #

    def test_why(self):
        self.assertEqual(self._row().why, "oldest 31 days · never called")
        self._promise(200, "2026-10-20")
        self._dispute(self.invoice_30, 30)
        why = self._row().why
        self.assertIn("200.00 promised for 10/20/2026", why.replace("¥ ", "").replace("\N{NO-BREAK SPACE}", " "))
        self.assertIn("disputed", why)
        self.assertNotIn("never called", why)

    def test_history(self):
        promise = self._promise(200, "2026-10-20")
        dispute = self._dispute(self.invoice_30, 30)
        row = self._row()
        self.assertEqual((row.promise_ids, row.dispute_ids), (promise, dispute))
        self.assertEqual(row.call_ids.mapped("result"), ["disputed", "promised"])
        self.assertEqual(sum(row.item_ids.mapped("amount_residual")), 350.0)
        self.assertFalse(row.notice_ids)

    def test_forms_open(self):
        for user in (self.user_k, self.user_s):
            row = self._row(user=user)
            with self.subTest(user=user.name):
                Form(row, view="sales_collection.collection_worklist_view_form")

    def test_dialogs(self):
        row = self._row()
        action = row.action_promise()
        self.assertEqual(action["context"]["default_amount"], 300.0)
        promises = self.env["payment.promise"].with_user(self.user_k).with_context(**action["context"])
        form = Form(promises, view="sales_collection.payment_promise_view_form_dialog")
        form.date = "2026-10-20"
        promise = form.save()
        self.assertEqual((promise.amount, promise.partner_id), (300.0, self.customer))
        self.assertEqual(promise.move_line_ids.move_id, self.invoice_30 | self.invoice_31)
        self.assertEqual(row.action_call_back()["context"]["default_result"], "call_back")
        self.assertEqual(row.action_plan_activity()["context"]["active_ids"], self.customer.ids)

    def test_dialog_proposes_main_currency(self):
        partner = self.env["res.partner"].create({"name": "Dollar"})
        self._post_invoice(10, "2026-10-01", partner)
        self._post_invoice(14, "2026-10-01", partner, currency_id=self.usd.id)
        defaults = self._row(partner).action_promise()["context"]
        self.assertEqual((defaults["default_currency_id"], defaults["default_amount"]), (self.usd.id, 14.0))

    def test_dialog_proposes_only_item(self):
        self.assertNotIn("default_move_line_id", self._row().action_dispute()["context"])
        partner = self.env["res.partner"].create({"name": "One"})
        item = self._get_item(self._post_invoice(14, "2026-10-01", partner, currency_id=self.usd.id))
        defaults = self._row(partner).action_dispute()["context"]
        self.assertEqual((defaults["default_move_line_id"], defaults["default_amount"]), (item.id, 14.0))

    # === CALLS === #

    def test_not_reached_in_one_click(self):
        self._row().action_not_reached()
        row = self._row()
        self.assertEqual((row.last_result, row.next_call_date), ("not_reached", date(2026, 10, 16)))
        self.assertFalse(row.is_to_call)
        with freeze_time("2026-10-16 08:00:00"):
            self.assertTrue(self._row().is_to_call)
            self._row().action_not_reached()
            self.assertEqual(self._row().next_call_date, date(2026, 10, 19), "after the weekend")
        notes = [body for body in self.customer.message_ids.mapped("body") if "Collection call" in body]
        self.assertEqual(len(notes), 2)

    def test_last_call_counts(self):
        self._row().action_wrong_number()
        with freeze_time("2026-10-15 09:00:00"):
            self._row().action_reached()
        row = self._row()
        self.assertEqual(row.last_result, "reached")
        self.assertEqual(row.call_ids.mapped("result"), ["reached", "wrong_number"])

    def test_call_values(self):
        calls = self.env["collection.call"].with_user(self.user_k)
        base = {"partner_id": self.customer.id, "company_id": self.company.id}
        with self.assertRaisesRegex(ValidationError, "Next Call: enter"), self.cr.savepoint():
            calls.create({**base, "result": "call_back"})
        with self.assertRaisesRegex(ValidationError, "has passed"), self.cr.savepoint():
            calls.create({**base, "next_date": "2026-10-14"})
        forged = calls.with_context(default_user_id=self.user_s.id).create(base)
        self.assertEqual(forged.user_id, self.user_k)
        call = calls.create({**base, "user_id": self.user_s.id, "date": "2020-01-01 00:00:00"})
        self.assertEqual((call.user_id, call.date.year), (self.user_k, 2026))

    def test_notes_of_many_calls_are_one_batch(self):
        def count_statements(number):
            customers = self.env["res.partner"].create([{"name": f"Called {index}"} for index in range(number)])
            self.env.flush_all()
            before = self.cr.sql_log_count
            calls = self.env["collection.call"].create(
                [{"partner_id": customer.id, "company_id": self.company.id, "note": "<b>"} for customer in customers]
            )
            self.env.flush_all()
            self.assertEqual(len(calls.partner_id.message_ids.filtered(lambda m: "&lt;b&gt;" in m.body)), number)
            return self.cr.sql_log_count - before

        count_statements(2)
        self.assertLessEqual(count_statements(22) - count_statements(2), 3)

    def test_calls_of_one_customer_are_one_note(self):
        values = {"partner_id": self.customer.id, "company_id": self.company.id}
        before = self.customer.message_ids
        self.env["collection.call"].create([{**values, "note": "First"}, {**values, "note": "Second"}])
        (note,) = self.customer.message_ids - before
        self.assertRegex(note.body, "First.*<br.*Second")

    def test_calls_are_a_record(self):
        self._row().action_reached()
        call = self._row().call_ids
        for user in (self.user_k, self.user_km, self.user_s):
            with self.assertRaises(AccessError):
                call.with_user(user).note = "Forged"
            with self.assertRaises(AccessError):
                call.with_user(user).unlink()

    # === ACCESS === #

    def test_salesperson_sees_own_customers(self):
        self.assertTrue(self._row(user=self.user_s))
        self.assertFalse(self._row(user=self.user_s2))
        row = self._row(user=self.user_s)
        row.action_not_reached()
        self.assertEqual(self._row(user=self.user_s).last_result, "not_reached")
        stranger = self.env["collection.worklist"].with_user(self.user_s2).browse(row.id)
        for act in ("action_not_reached", "action_promise", "action_log_call"):
            with self.subTest(act=act), self.assertRaises(AccessError):
                getattr(stranger, act)()

    def test_nobody_else(self):
        with self.assertRaises(AccessError):
            self._row(user=self._create_salesperson("n", "Nie Nobody", "base.group_user"))
