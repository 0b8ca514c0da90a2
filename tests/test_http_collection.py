"""Roads around collection, fired at a server over HTTP: by salespeople, collectors, customers and strangers."""

import json
from datetime import timedelta
from urllib.parse import quote

from review_http import ReviewHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.sales_collection.tests.collection_common import MANAGER, CollectionCommon

HISTORY = ("dunning.notice", "dunning.notice.line", "dunning.item", "dunning.charge", "receivable.snapshot")


class CollectionHttpCommon(CollectionCommon, ReviewHttpCommon):
    """Two overdue customers: Jade Dragon is looked after by S, Golden Lion by S2; a run proposes a notice to each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_today()
        cls.company.dunning_policy_id = cls.policy
        cls.lion = cls.customer.copy({"name": "Golden Lion", "user_id": cls.user_s2.id})
        late = fields.Date.to_string(cls.today - timedelta(days=40))
        cls.own, cls.foreign = (cls._post_invoice(1000, late, partner) for partner in (cls.customer, cls.lion))
        cls.own_item, cls.foreign_item = cls._get_item(cls.own), cls._get_item(cls.foreign)
        cls.run_ = cls.env["dunning.run"].create({"company_id": cls.company.id})
        cls.run_.action_compute()
        cls.own_notice, cls.foreign_notice = (
            cls.run_.notice_ids.filtered(lambda n, p=partner: n.partner_id == p) for partner in (cls.customer, cls.lion)
        )
        cls.own_charge, cls.foreign_charge = (
            cls._create_charge(notice) for notice in (cls.own_notice, cls.foreign_notice)
        )
        cls.user_a = cls._create_salesperson("a", "An Accountant", "account.group_account_invoice")
        cls.employee = cls._create_salesperson("e", "Er Employee", "base.group_user")
        cls.buyer = cls._create_salesperson("buyer", "Bai Buyer", "base.group_portal")
        cls.buyer.partner_id.parent_id = cls.customer
        abroad = cls.env["res.company"].create({"name": "Abroad"})
        cls.stranger = new_test_user(
            cls.env,
            "sc_stranger",
            f"{MANAGER},sales_team.group_sale_manager,account.group_account_manager",
            company_id=abroad.id,
            company_ids=[Command.set(abroad.ids)],
        )

    @classmethod
    def _create_charge(cls, notice):
        return cls.env["dunning.charge"].create(
            {
                "notice_id": notice.id,
                "partner_id": notice.partner_id.id,
                "company_id": cls.company.id,
                "kind": "fee",
                "date": cls.today,
                "currency_id": cls.cny.id,
                "amount": 50,
            }
        )

    def _day(self, days):
        return fields.Date.to_string(self.today + timedelta(days=days))

    def _promise_values(self, **values):
        values = {"partner_id": self.customer.id, "currency_id": self.cny.id, "amount": 1000, **values}
        return {"date": self._day(5), **values}

    def _dispute_values(self, **values):
        return {"move_line_id": self.own_item.id, "amount": 1000, "reason": "price", **values}

    def _create(self, user, model, vals, **context):
        """Create a record over HTTP as ``user`` and return it."""
        records = self.env[model]
        created = records.browse(self._call(user, records, "create", vals_list=[vals], context=context))
        created.invalidate_recordset()
        return created

    def _assert_status(self, statuses, user, records, method, /, **arguments):
        response = self._post(user, records, method, **arguments)
        self.assertIn(response.status_code, statuses, f"{user.login} {records}.{method}: {response.text[:300]}")
        return response


@tagged("post_install", "-at_install")
class TestForgedCollection(CollectionHttpCommon):
    """What receipts, runs and managers decide is not entered by a request."""

    def test_history_is_nobodys_to_write(self):
        """Not by write, delete, copy, save of the web client, creation or import."""
        records = [self.own_notice, self.own_notice.line_ids, self.own_charge, self._dun(self.own, self.level_1)]
        for user in (self.user_s, self.user_k, self.user_km, self.user_a, self.buyer):
            for record in records:
                for method, arguments in (
                    ("write", {"vals": {"partner_id": self.lion.id}}),
                    ("unlink", {}),
                    ("copy", {}),
                    ("web_save", {"vals": {"date": "2026-01-01"}, "specification": {}}),
                ):
                    self._assert_refused(user, record, method, 403, **arguments)
            for model in HISTORY:
                values = {"company_id": self.company.id}
                self._assert_refused(user, self.env[model], "create", 403, vals_list=[values])
                response = self._post(user, self.env[model], "load", fields=["id"], data=[["x"]])
                self.assertTrue(response.status_code == 403 or not response.json()["ids"])

    def test_no_private_method_answers(self):
        for records, method in (
            (self.own_notice, "_set_state"),
            (self.own_notice, "_write_memory"),
            (self.own_charge, "_book"),
            (self.run_, "_compute_proposal"),
            (self.env["collection.call"], "_log"),
            (self.customer, "_allocate_receipts"),
            (self.env["receivable.statement"], "_get_statements"),
        ):
            response = self._assert_status((403, 404), self.user_km, records, method, company=1)
            self.assertIn("rivate", response.text)

    def test_promise_is_recorded_as_it_is(self):
        forged = {"state": "kept", "user_id": self.user_s2.id, "date_recorded": "2020-01-01", "settlement_mark": 99}
        context = {f"default_{name}": value for name, value in forged.items()}
        promise = self._create(self.user_s, "payment.promise", self._promise_values(**forged), **context)
        self.assertEqual((promise.state, promise.user_id), ("open", self.user_s))
        self.assertEqual(promise.date_recorded, self.today)
        self.assertNotEqual(promise.settlement_mark, 99)
        for name, value in forged.items():
            self._assert_refused(self.user_s, promise, "write", 403, vals={name: value})
        self._assert_refused(self.user_s, promise, "unlink", 403)

    def test_promise_does_not_edit_journal_items(self):
        """Its items are named by the customer's side, not edited, made or deleted by commands; nor is anything else."""
        activity = self.foreign.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_a.id)
        message = self.foreign.message_post(body="Theirs")
        attacks = {
            "move_line_ids": (
                [Command.update(self.own_item.id, {"no_followup": True})],
                [Command.update(self.foreign_item.id, {"date_maturity": "2099-01-01"})],
                [Command.delete(self.foreign_item.id)],
                [Command.create({"move_id": self.foreign.id, "name": "x"})],
            ),
            "activity_ids": ([Command.update(activity.id, {"note": "x"})], [Command.delete(activity.id)]),
            "message_ids": ([Command.update(message.id, {"body": "x"})], [Command.delete(message.id)]),
        }
        for name, commands in attacks.items():
            for command in commands:
                for user in (self.user_s, self.user_k):
                    values = self._promise_values(amount=1, **{name: command})
                    self._assert_status(
                        (200, 403, 422), user, self.env["payment.promise"], "create", vals_list=[values]
                    )
                    arguments = {"vals_list": [self._promise_values(amount=1)], "context": {f"default_{name}": command}}
                    self._assert_status((200, 403, 422), user, self.env["payment.promise"], "create", **arguments)
        self.env.invalidate_all()
        self.assertTrue(activity.exists() and message.exists() and self.foreign_item.exists())
        self.assertEqual((activity.note, str(message.body)), (False, "<p>Theirs</p>"))
        self.assertEqual(len(self.foreign.line_ids), 2)
        self.assertFalse(self.own_item.no_followup)
        self.assertEqual(self.foreign_item.date_maturity, self.today - timedelta(days=40))

    def test_dispute_is_open(self):
        forged = {"state": "accepted", "settlement_mark": 99, "is_reminded": True}
        context = {f"default_{name}": value for name, value in forged.items()}
        dispute = self._create(self.user_s, "dunning.dispute", self._dispute_values(**forged), **context)
        self.assertEqual((dispute.state, dispute.is_reminded), ("open", False))
        self.assertNotEqual(dispute.settlement_mark, 99)
        for name, value in forged.items():
            self._assert_refused(self.user_s, dispute, "write", 403, vals={name: value})
        self._assert_refused(self.user_s, dispute, "unlink", 403)

    def test_call_is_by_its_caller(self):
        """Nor does it claim a promise or dispute: those record their calls themselves."""
        promise = self._promise(100, self._day(3), partner_id=self.lion.id)
        forged = {"user_id": self.user_s2.id, "date": "2020-01-01 00:00:00", "promise_id": promise.id}
        context = {f"default_{name}": value for name, value in forged.items()}
        for vals in (forged, {}):
            call = self._create(
                self.user_s, "collection.call", {"partner_id": self.customer.id, **vals}, **(not vals and context or {})
            )
            self.assertEqual((call.user_id, call.date.date() >= self.today), (self.user_s, True))
            self.assertFalse(call.promise_id)
            self._assert_refused(self.user_s, call, "write", 403, vals={"note": "x"})
            self._assert_refused(self.user_km, call, "unlink", 403)

    def test_run_starts_as_a_draft(self):
        forged = {"state": "done", "terms": "x", "computed_on": "2020-01-01 00:00:00"}
        context = {f"default_{name}": value for name, value in forged.items()}
        run = self._create(self.user_k, "dunning.run", forged, **context)
        self.assertEqual((run.state, run.terms, run.computed_on), ("draft", False, False))
        run = self._create(self.user_k, "dunning.run", {"name": "X", "notice_ids": []}, **context)
        self.assertEqual((run.state, run.terms, run.computed_on), ("draft", False, False))
        for command in (Command.create({"state": "approved"}), Command.update(self.own_notice.id, {"state": "sent"})):
            self._assert_status((403, 422), self.user_k, self.run_, "write", vals={"notice_ids": [command]})
        self._assert_refused(self.user_k, run, "unlink", 403)

    def test_policy_is_set_by_managers(self):
        for user in (self.user_s, self.user_k, self.user_a):
            self._assert_refused(user, self.level_1, "write", 403, vals={"fee_amount": 0})
            self._assert_refused(user, self.policy, "write", 403, vals={"active": False})
            self._assert_refused(user, self.company, "write", 403, vals={"dunning_policy_id": False})

    def test_how_a_customer_is_dunned(self):
        """Neither on the customer nor on a contact, nor on one that is made, by values, context or own defaults."""
        self.user_s.group_ids += self.env.ref("base.group_partner_manager")
        contact = self.customer.child_ids[:1] or self.customer.create({"name": "C", "parent_id": self.customer.id})
        decisions = {
            "dunning_policy_id": self.policy.id,
            "dunning_opt_out": True,
            "dunning_blocked_until": self._day(3),
            "dunning_block_reason": "x",
            "collector_id": self.user_s.id,
            "dunning_contact_id": contact.id,
        }
        partners = self.env["res.partner"]
        for name, value in decisions.items():
            for partner in (self.customer, contact):
                self._assert_refused(self.user_s, partner, "write", 403, vals={name: value})
            self._assert_refused(self.user_s, partners, "create", 403, vals_list=[{"name": "New", name: value}])
            context = {f"default_{name}": value}
            self._assert_refused(self.user_s, partners, "create", 403, vals_list=[{"name": "New"}], context=context)
        self._call(self.user_s, self.customer, "write", vals={"child_ids": []})
        self.customer.with_company(self.company).write({"dunning_opt_out": True, "collector_id": self.user_k.id})
        copy = partners.browse(self._call(self.user_s, self.customer, "copy")).with_company(self.company)
        self.assertFalse(copy.dunning_opt_out or copy.collector_id)
        child = [Command.create({"name": "New", "dunning_opt_out": True})]
        self._assert_refused(self.user_s, self.customer, "write", 403, vals={"child_ids": child})

    def test_own_defaults_do_not_silence(self):
        self.user_s.group_ids += self.env.ref("base.group_partner_manager")
        defaults = self.env["ir.default"]
        arguments = {"model_name": "res.partner", "field_name": "dunning_opt_out", "value": True, "user_id": True}
        self._call(self.user_s, defaults, "set", **arguments)
        partners = self.env["res.partner"]
        response = self._post(self.user_s, partners, "create", vals_list=[{"name": "New"}])
        if response.status_code == 200:
            self.assertFalse(partners.browse(response.json()).with_company(self.company).dunning_opt_out)

    def test_journal_items_stay_dunned(self):
        for user in (self.user_s, self.user_k):
            self._assert_refused(user, self.own_item, "write", 403, vals={"no_followup": True})
            for records in (self.own_item, self.own):
                self._assert_refused(user, records, "action_exclude_from_dunning", 403)
        self.assertFalse(self.own_item.no_followup)


@tagged("post_install", "-at_install")
class TestLimitsOfHolds(CollectionHttpCommon):
    """Promises and disputes leave something out of dunning: not for ever, and not what others look after."""

    def test_longest_promise(self):
        promises = self.env["payment.promise"]
        for user in (self.user_s, self.user_k):
            values = [self._promise_values(date="2099-01-01")]
            self._assert_refused(user, promises, "create", 422, "Promised for", vals_list=values)
            values = [self._promise_values(date=self._day(31))]
            self._assert_refused(user, promises, "create", 422, "30 days", vals_list=values)
        promise = self._create(self.user_s, "payment.promise", self._promise_values(date=self._day(30)))
        self._assert_refused(self.user_s, promise, "write", 422, "30 days", vals={"date": self._day(31)})
        promise.date_recorded -= timedelta(days=1)
        self._assert_refused(self.user_s, promise, "write", 422, "30 days", vals={"date": self._day(30)})
        self._call(self.user_km, promise, "write", vals={"date": self._day(200)})
        self.assertEqual(promise.date, self.today + timedelta(days=200))

    def test_no_limit_and_another_limit(self):
        self.company.dunning_hold_days = 7
        values = [self._promise_values(date=self._day(8))]
        self._assert_refused(self.user_k, self.env["payment.promise"], "create", 422, "7 days", vals_list=values)
        self.company.dunning_hold_days = 0
        self._create(self.user_k, "payment.promise", self._promise_values(date=self._day(900)))

    def test_disputes_of_salespeople_end(self):
        dispute = self._create(self.user_s, "dunning.dispute", self._dispute_values(amount=400))
        self.assertEqual(dispute.date_until, self.today + timedelta(days=30))
        for vals in ({"date_until": self._day(31)}, {"date_until": False}):
            self._assert_refused(self.user_s, dispute, "write", 422, "30 days", vals=vals)
        values = [self._dispute_values(amount=400, date_until="2099-01-01")]
        self._assert_refused(self.user_s, dispute.browse(), "create", 422, "Until", vals_list=values)
        self.assertFalse(self._create(self.user_k, "dunning.dispute", self._dispute_values(amount=400)).date_until)
        self._call(self.user_k, dispute, "write", vals={"date_until": False})

    def test_disputes_are_decided_by_collectors(self):
        dispute = self._create(self.user_s, "dunning.dispute", self._dispute_values())
        for method in ("action_accept", "action_refuse"):
            self._assert_refused(self.user_s, dispute, method, 403)
        self._call(self.user_k, dispute, "action_accept")
        self.assertEqual(dispute.state, "accepted")
        self._assert_refused(self.user_s, dispute, "write", 422, vals={"amount": 1})

    def test_no_more_than_promised(self):
        """A salesperson's promise of 0.01 holds 0.01 of the item, whatever his request says."""
        values = self._promise_values(amount=0.01)
        self._assert_refused(
            self.user_s, self.env["payment.promise"], "create", 403, vals_list=[values | {"holds": "item"}]
        )
        promise = self._create(self.user_s, "payment.promise", values)
        self._assert_refused(self.user_s, promise, "write", 403, vals={"holds": "item"})
        self.assertEqual(promise._get_held_amounts(self.own_item, self.today), {self.own_item.id: 0.01})

    def test_refused_dispute_is_not_repeated(self):
        self._create(self.user_s, "dunning.dispute", self._dispute_values()).with_user(self.user_k).action_refuse()
        again = self._create(self.user_s, "dunning.dispute", self._dispute_values(is_to_confirm=False))
        self.assertTrue(again.is_to_confirm)
        self._assert_refused(self.user_s, again, "write", 403, vals={"is_to_confirm": False})
        self._assert_refused(self.user_s, again, "action_confirm", 403)
        self.assertFalse(again._get_disputed_amounts(self.own_item, self.today))

    def test_next_call(self):
        calls, values = self.env["collection.call"], {"partner_id": self.customer.id, "result": "call_back"}
        late = [values | {"next_date": self._day(31)}]
        self._assert_refused(self.user_s, calls, "create", 422, "Next Call", vals_list=late)
        self._call(self.user_s, calls, "create", vals_list=[values | {"next_date": self._day(30)}])
        self._call(self.user_k, calls, "create", vals_list=late)

    def test_more_than_is_open(self):
        for model, values in (("payment.promise", self._promise_values), ("dunning.dispute", self._dispute_values)):
            for amount in (1000.01, 0, -5):
                self._assert_status((422,), self.user_s, self.env[model], "create", vals_list=[values(amount=amount)])

    def test_customers_of_others(self):
        foreign = {"partner_id": self.lion.id}
        item = {"move_line_id": self.foreign_item.id}
        for user in (self.user_s, self.buyer, self.employee, self.stranger):
            calls = () if user == self.stranger else (("collection.call", foreign),)
            for model, values in (
                *calls,
                ("payment.promise", self._promise_values(**foreign)),
                ("payment.promise", self._promise_values(move_line_ids=[Command.set(self.foreign_item.ids)])),
                ("dunning.dispute", self._dispute_values(**foreign)),
                ("dunning.dispute", self._dispute_values(**item)),
                ("dunning.dispute", self._dispute_values(**item, **foreign)),
            ):
                self._assert_status((403, 422), user, self.env[model], "create", vals_list=[values])
        promise = self._promise(100, self._day(3))
        self._assert_status((403, 422), self.user_s, promise, "write", vals=foreign)
        for user in (self.user_s2, self.buyer, self.employee, self.stranger):
            for method in ("action_cancel", "action_confirm", "action_judge"):
                self._assert_refused(user, promise, method, 403)


@tagged("post_install", "-at_install")
class TestCollectionActions(CollectionHttpCommon):
    """Buttons without rights, and on records of others."""

    def test_buttons(self):
        dispute, promise = self._dispute(self.foreign, 100), self._promise(10, self._day(3), partner_id=self.lion.id)
        row = self.env["collection.worklist"].search([("partner_id", "=", self.lion.id)])
        table = {
            ("s", "s2", "e", "buyer", "k", "a", "stranger"): (
                (self.foreign_notice, ("action_approve", "action_cancel", "action_send", "action_retry")),
                (self.foreign_notice, ("action_resend", "action_retry_mails")),
                (self.foreign_charge, ("action_waive",)),
                (self.run_, ("action_approve",)),
            ),
            ("s", "s2", "e", "buyer", "k", "stranger"): (
                (self.foreign_charge, ("action_book",)),
                (self.foreign_notice, ("action_allocate_receipts",)),
            ),
            ("s", "s2", "e", "buyer", "k"): ((self.lion, ("action_allocate_receipts",)),),
            ("s", "s2", "e", "buyer", "a", "stranger"): (
                (self.foreign_notice, ("action_exclude",)),
                (self.foreign_notice.line_ids, ("action_exclude",)),
                (self.run_, ("action_compute", "action_cancel")),
            ),
            ("s", "e", "buyer", "stranger"): (
                (self.foreign_notice, ("action_preview", "action_print_letter")),
                (dispute, ("action_accept", "action_refuse", "action_open_invoice")),
                (promise, ("action_cancel", "action_confirm", "action_judge")),
                (self.foreign, ("action_dispute", "action_open_notices", "action_include_in_dunning")),
            ),
        }
        users = {"s": self.user_s, "s2": self.user_s2, "k": self.user_k, "a": self.user_a, "e": self.employee}
        users |= {"buyer": self.buyer, "stranger": self.stranger}
        before = self._get_facts()
        for logins, targets in table.items():
            for login in logins:
                for records, methods in targets:
                    for method in methods:
                        self._assert_refused(users[login], records, method, 403)
        for login in ("s", "e", "buyer", "stranger"):
            for method in (
                "action_reached",
                "action_not_reached",
                "action_promise",
                "action_dispute",
                "action_log_call",
            ):
                self._assert_status((403, 404), users[login], row, method)
        self.env.invalidate_all()
        self.assertEqual(self._get_facts(), before)

    def test_run_keeps_its_company_and_day(self):
        """A collector neither moves a run with notices to another company of his, nor approves it before its day."""
        other = self.env["res.company"].create({"name": "Other Company"})
        self.user_km.company_ids += other
        self._assert_refused(self.user_km, self.run_, "write", 422, "keeps its company", vals={"company_id": other.id})
        self._call(self.user_km, self.run_, "write", vals={"date": self._day(20)})
        self._call(self.user_km, self.run_, "action_compute")
        self._assert_refused(self.user_km, self.run_, "action_approve", 422, "on that day, or later")

    def test_reports_of_nothing(self):
        """Addresses of reports that name no record are answered, not broken."""
        self.authenticate(self.user_km.login, self.user_km.login)
        for report in ("report_dunning_letter", "report_statement_of_account"):
            for kind in ("html", "pdf"):
                response = self.url_open(f"/report/{kind}/sales_collection.{report}/999999999")
                self.assertEqual(response.status_code, 404, f"{report} {kind}: {response.text[:300]}")

    def _get_facts(self):
        return [
            *self.run_.notice_ids.mapped("state"),
            *(self.own_charge + self.foreign_charge).mapped("state"),
            self.run_.state,
            *self.foreign.line_ids.mapped("no_followup"),
            self.env["receivable.snapshot"].search_count([]),
            self.env["collection.call"].search_count([]),
        ]

    def test_snapshot_of_another_company(self):
        arguments = {"company_ids": self.company.ids}
        for user in (self.stranger, self.user_s, self.user_k, self.user_a, self.buyer):
            self._assert_refused(user, self.env["receivable.snapshot"], "action_take", 403, **arguments)
        self._assert_status((422,), self.user_km, self.env["receivable.snapshot"], "action_take", day="drop table")

    def test_settings_of_another_company(self):
        table = self.env["dunning.interest.table"].create(
            {
                "name": "T",
                "company_id": self.company.id,
                "rate_ids": [Command.create({"date_start": "2026-01-01", "rate": 9})],
            }
        )
        for records in (table, table.rate_ids, self.policy, self.level_1, self.run_):
            for method, arguments in (("read", {"fields": ["id"]}), ("write", {"vals": {}}), ("unlink", {})):
                self._assert_refused(self.stranger, records, method, 403, **arguments)
        values = {"table_id": table.id, "date_start": "2026-02-01", "rate": 0}
        self._assert_refused(self.stranger, table.rate_ids.browse(), "create", 403, vals_list=[values])

    def test_changed_after_the_proposal(self):
        """A collector who moves the day, or computes again with other policies, does not get that approved unseen."""
        self._call(self.user_k, self.run_, "write", vals={"date": self._day(-1)})
        self._assert_refused(self.user_km, self.run_, "action_approve", 422, "Compute again")
        self._assert_refused(self.user_km, self.own_notice, "action_approve", 422, "Compute again")


@tagged("post_install", "-at_install")
class TestReadersOfCollection(CollectionHttpCommon):
    """Who sees what of whom: records, figures, letters and statements."""

    MODELS = (
        *HISTORY[:4],
        "collection.worklist",
        "receivable.ageing",
        "receivable.movement.report",
        "collection.rate.report",
    )

    def test_salespeople_see_their_own(self):
        for model in self.MODELS:
            field = "partner_id" if "partner_id" in self.env[model] else "notice_id.partner_id"
            domain = [(field, "in", self.lion.ids)]
            for user in (self.user_s, self.stranger):
                records = self.env[model]
                self.assertFalse(self._call(user, records, "search", domain=domain), f"{model} {user.login}")
            for user in (self.buyer, self.employee):
                self._assert_status((403,), user, self.env[model], "search", domain=domain)
        for records in (self.foreign_notice, self.foreign_notice.line_ids, self.foreign_charge):
            self._assert_refused(self.user_s, records, "read", 403, fields=["id"])
            self._assert_status((403, 422), self.user_s, records, "export_data", fields_to_export=["id"])

    def test_companies_of_others(self):
        context = {"allowed_company_ids": self.company.ids}
        for model in self.MODELS:
            self._assert_refused(self.stranger, self.env[model], "search", 403, domain=[], context=context)
            arguments = {"domain": [], "groupby": [], "aggregates": ["__count"], "context": context}
            self._assert_refused(self.stranger, self.env[model], "formatted_read_group", 403, **arguments)

    def test_hostile_contexts(self):
        """A request gets a figure or one clear error, whatever its context says."""
        evil = ("2026-01-01'; DROP TABLE x", ["2026-01-01"], {"a": 1}, True, 99, -1, "9999-12-31", "0001-01-01", [[]])
        for model, names in (
            ("receivable.ageing", ("ageing_date", "ageing_days", "ageing_basis")),
            ("collection.rate.report", ("collection_date_from", "collection_date_to", "collection_by_month")),
            ("collection.worklist", ("ageing_date", "tz", "lang")),
            ("contract.payment.report", ("ageing_date",)),
            ("receivable.movement.report", ("ageing_date",)),
        ):
            for name in names:
                for value in (*evil, "1" * 400, ",".join(map(str, range(1, 500))), [10**30], "10, x"):
                    if name == "tz" or (name == "lang" and value != evil[0]):
                        continue
                    arguments = {"domain": [], "fields": ["display_name"], "context": {name: value}}
                    self._assert_status((200, 422), self.user_km, self.env[model], "search_read", **arguments)

    def test_months_without_end(self):
        context = {"collection_date_from": "0001-01-01", "collection_date_to": "9999-12-31", "collection_by_month": 1}
        arguments = {"domain": [], "fields": ["rate"], "context": context}
        self._assert_status((422,), self.user_km, self.env["collection.rate.report"], "search_read", **arguments)

    def test_levels_are_no_way_to_secrets(self):
        """A search by what a level leads to has the rights of who searches."""
        self._dun(self.own + self.foreign, self.level_1)
        domain = [("dunning_level_id", "any", [("policy_id.create_uid.totp_secret", "like", "A")])]
        self._assert_status((403, 422), self.user_k, self.env["account.move"], "search", domain=domain)
        domain = [("dunning_level_id.policy_id.company_id.partner_id.signup_type", "!=", "x")]
        self._assert_status((403, 422), self.user_k, self.env["account.move"], "search", domain=domain)
        domain = [("dunning_level_id.name", "=", "Reminder")]
        self.assertEqual(len(self._call(self.user_k, self.env["account.move"], "search", domain=domain)), 2)

    def test_letters_and_attachments(self):
        self.foreign_notice.letter_id = self.env["ir.attachment"].create(
            self.foreign_notice._prepare_letter(b"%PDF-1.4")
        )
        letter = "sales_collection.report_dunning_letter"
        options = quote(json.dumps({"company_id": self.company.id}))
        paths = (
            f"/report/html/{letter}/{self.foreign_notice.id}",
            f"/report/pdf/{letter}/{self.foreign_notice.id}",
            f"/report/html/sales_collection.report_statement_of_account/{self.lion.id}?options={options}",
            f"/web/content/{self.foreign_notice.letter_id.id}",
            f"/web/content/dunning.notice/{self.foreign_notice.id}/letter_id",
        )
        for user in (self.user_s, self.buyer, self.employee, self.stranger):
            self.authenticate(user.login, user.login)
            for path in paths:
                response = self.url_open(path, timeout=60)
                self.assertNotEqual(response.status_code, 200, f"{user.login} {path} {response.text[:200]}")
        self.authenticate(self.user_s2.login, self.user_s2.login)
        for path in (paths[0], paths[2], paths[3]):
            self.assertEqual(self.url_open(path, timeout=60).status_code, 200, path)

    def test_statements_of_others(self):
        wizards = self.env["receivable.statement.wizard"]
        values = {"partner_ids": [Command.set(self.lion.ids)], "company_id": self.company.id}
        for user in (self.user_s, self.employee, self.stranger):
            response = self._post(user, wizards, "create", vals_list=[values])
            if response.status_code == 200:
                for method in ("action_print", "action_export", "action_send"):
                    self._assert_refused(user, wizards.browse(response.json()), method, 403)
        mine = wizards.browse(self._call(self.user_s2, wizards, "create", vals_list=[values]))
        self._call(self.user_s2, mine, "action_export")
        for user in (self.user_s, self.user_km):
            self._assert_refused(user, mine, "read", 403, fields=["file"])

    def test_wizards_of_others(self):
        """Figures of a company, made by a wizard: refused, or nothing of others in them."""
        for user in (self.user_s, self.employee, self.stranger, self.buyer):
            for model, method, result in (
                ("receivable.dso.wizard", "action_show", "receivable.dso"),
                ("receivable.ageing.wizard", "action_show", None),
                ("collection.rate.wizard", "action_open", None),
            ):
                values = {"company_id": self.company.id} if "company_id" in self.env[model] else {}
                response = self._post(user, self.env[model], "create", vals_list=[values])
                if response.status_code == 200:
                    wizard = self.env[model].browse(response.json())
                    response = self._assert_status((200, 403, 422), user, wizard, method)
                if response.status_code == 200 and result:
                    rows = self.env[result].search([("create_uid", "=", user.id)])
                    self.assertFalse(rows.filtered(lambda r, u=user: u != self.user_s and (r.receivable or r.sales)))
                    self.assertTrue(all(row.receivable <= 1000 for row in rows), rows.mapped("receivable"))
                    self.assertTrue(all(row.sales <= 1000 for row in rows), rows.mapped("sales"))

    def test_mails_of_others(self):
        template = self.env.ref("sales_collection.mail_template_statement_of_account")
        dunning = self.env.ref("sales_collection.mail_template_dunning_notice", raise_if_not_found=False)
        composers = self.env["mail.compose.message"]
        for chosen, record in ((template, self.lion), (dunning, self.foreign_notice)):
            if not chosen:
                continue
            for user in (self.user_s, self.employee):
                values = {"model": record._name, "res_ids": str(record.ids), "template_id": chosen.id}
                response = self._post(user, composers, "create", vals_list=[values])
                if response.status_code == 200:
                    body = self._post(user, composers.browse(response.json()), "read", fields=["body"])
                    self.assertNotIn("1,000.00", body.text)


@tagged("post_install", "-at_install")
class TestForgedContractPayments(CollectionHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.milestone = {"name": "All", "percentage": 100, "kind": "other", "due_rule": "order"}

    def test_payments_of_a_confirmed_order(self):
        order = self._create_confirmed(payment_milestone_ids=[Command.create(self.milestone)])
        milestones = order.payment_milestone_ids
        late = {"name": "Late", "amount": 1, "due_rule": "date", "date": "2099-01-01"}
        for vals, context in (({"order_id": order.id}, {}), ({}, {"default_order_id": order.id})):
            arguments = {"vals_list": [late | vals], "context": context}
            self._assert_refused(self.user_s, milestones.browse(), "create", 403, **arguments)
        names, row = ["name", "amount", "due_rule", "date"], ["Late", "1", "date", "2099-01-01"]
        context = {"default_order_id": order.id}
        result = self._post(self.user_s, milestones.browse(), "load", fields=names, data=[row], context=context)
        self.assertTrue(result.status_code == 403 or not result.json()["ids"])
        self._assert_refused(self.user_s, milestones, "write", 403, vals={"due_delay": 900})
        self._assert_refused(self.user_s, milestones, "copy", 403)
        self._assert_refused(self.user_s, milestones, "unlink", 403)
        for command in (Command.clear(), Command.create(late), Command.update(milestones.id, {"due_delay": 900})):
            vals = {"payment_milestone_ids": [command]}
            self._assert_refused(self.user_s, order, "write", 403, vals=vals)
        self.env.invalidate_all()
        self.assertEqual(order.payment_milestone_ids, milestones)

    def test_payments_of_others(self):
        order = self._create_order(100)
        order.user_id = self.user_s2
        for user in (self.user_s, self.user_k, self.buyer, self.employee, self.stranger):
            for vals, context in (({"order_id": order.id}, {}), ({}, {"default_order_id": order.id})):
                arguments = {"vals_list": [self.milestone | vals], "context": context}
                self._assert_refused(user, self.env["sale.payment.milestone"], "create", 403, **arguments)

    def test_amounts_are_computed(self):
        order = self._create_order(100)
        forged = {"amount_due": 1, "date_due": "2099-01-01", "company_id": self.stranger.company_id.id}
        context = {f"default_{name}": value for name, value in forged.items()}
        for vals, defaults in ((forged, {}), ({}, context)):
            values = {**self.milestone, "order_id": order.id, **vals}
            milestone = self._create(self.user_s, "sale.payment.milestone", values, **defaults)
            self.assertEqual((milestone.amount_due, milestone.company_id), (order.amount_total, self.company))
            self.assertNotEqual(fields.Date.to_string(milestone.date_due), "2099-01-01")
            milestone.sudo().unlink()
        self._assert_refused(self.user_s, self.own, "write", 403, vals={"payment_milestone_id": False})

    def test_accepted_in_the_future(self):
        order = self._create_confirmed()
        vals = {"acceptance_date": self._day(1)}
        self._assert_refused(self.user_s, order, "write", 422, "Acceptance Date", vals=vals)
        self._call(self.user_s, order, "write", vals={"acceptance_date": self._day(0)})
