"""Collection over HTTP: who presses which button, who reads what; contract payments."""

import json
from urllib.parse import quote

from collection_http import CollectionHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

HISTORY = ("dunning.notice", "dunning.notice.line", "dunning.item", "dunning.charge", "receivable.snapshot")


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
        (self.own_charge + self.foreign_charge).unlink()
        self._call(self.user_km, self.run_, "write", vals={"date": self._day(20)})
        self._call(self.user_km, self.run_, "action_compute")
        self._assert_refused(self.user_km, self.run_, "action_approve", 422, "on that day")
        self._assert_refused(self.user_km, self.run_.notice_ids, "action_approve", 422, "on that day")

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
        self._assert_refused(self.user_km, self.run_, "action_approve", 422, "Propose again")
        self._assert_refused(self.user_km, self.own_notice, "action_approve", 422, "Propose again")


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

    def test_who_only_looks_sends_nothing(self):
        """An auditor reads and prints statements; he does not mail them."""
        auditor = self._create_salesperson("au", "Au Auditor", "sales_control.sales_control_group_auditor")
        values = {"partner_ids": [Command.set(self.lion.ids)], "company_id": self.company.id}
        wizards = self.env["receivable.statement.wizard"]
        wizard = wizards.browse(self._call(auditor, wizards, "create", vals_list=[values]))
        self._call(auditor, wizard, "action_export")
        mails = self.env["mail.mail"].search_count([])
        self._assert_refused(auditor, wizard, "action_send", 403, "Only salespeople")
        self._assert_refused(auditor, self.foreign_notice, "action_send", 403)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_dates_left_empty(self):
        """A date that is left empty is missing, one at the end of time is refused: each in a sentence."""
        for model, names, action in (
            ("receivable.dso.wizard", ("date_from", "date_to"), "action_show"),
            ("collection.rate.wizard", ("date_from", "date_to"), "action_open"),
            ("receivable.ageing.wizard", ("date",), "action_show"),
            ("receivable.snapshot.wizard", ("date",), None),
        ):
            for name in names:
                wizard = self._create(self.user_km, model, {})
                for user_value in (False, "9999-12-31", "0001-01-01"):
                    statuses = (422,) if user_value is False else (200, 422)
                    self._assert_status(statuses, self.user_km, wizard, "write", vals={name: user_value})
                    if action:
                        self._assert_status((200, 422), self.user_km, wizard, action)
        delivery = {"date": False, "partner_id": self.customer.id, "reference": "A1"}
        self._assert_status(
            (403, 422), self.user_km, self.env["credit.opening.delivery"], "create", vals_list=[delivery]
        )

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
