"""Roads around collection, fired at a server over HTTP: by salespeople, collectors, customers and strangers."""

from datetime import timedelta

from collection_http import CollectionHttpCommon

from odoo.fields import Command
from odoo.tests import tagged

HISTORY = ("dunning.notice", "dunning.notice.line", "dunning.item", "dunning.charge", "receivable.snapshot")


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
        decisions = {
            "dunning_opt_out": True,
            "dunning_blocked_until": "2099-01-01",
            "dunning_block_reason": "x",
            "dunning_policy_id": self.policy.id,
            "collector_id": self.user_s2.id,
        }
        for name, value in decisions.items():
            arguments = {"model_name": "res.partner", "field_name": name, "value": value, "user_id": True}
            self._call(self.user_s, self.env["ir.default"], "set", **arguments)
        partners = self.env["res.partner"]
        partner = partners.browse(self._call(self.user_s, partners, "create", vals_list=[{"name": "New"}]))
        for name in decisions:
            self.assertFalse(partner.with_company(self.company)[name], name)

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
        promises, values = self.env["payment.promise"], self._promise_values(amount=0.01)
        whole = [values | {"holds": "item"}]
        self._assert_refused(self.user_s, promises, "create", 403, "Only collectors", vals_list=whole)
        promise = self._create(self.user_s, "payment.promise", values, default_holds="item")
        self._assert_refused(self.user_s, promise, "write", 403, "Only collectors", vals={"holds": "item"})
        self.assertEqual(promise._get_held_amounts(self.own_item, self.today), {self.own_item.id: 0.01})

    def test_dialogs_of_the_worklist(self):
        """What the dialogs of the worklist send, which only show the customer, is saved."""
        self.authenticate(self.user_k.login, self.user_k.login)
        for model, vals, partner in (
            ("collection.call", {"result": "reached", "note": "Wants a copy"}, self.customer),
            ("collection.call", {"result": "call_back", "next_date": self._day(1)}, self.customer),
            ("payment.promise", {"amount": 10, "date": self._day(1)}, self.customer),
        ):
            kwargs = {"specification": {"partner_id": {}}, "context": {"default_partner_id": partner.id}}
            kwargs["context"]["allowed_company_ids"] = self.company.ids
            saved, error = self._call_web(model, "web_save", [], vals, **kwargs)
            self.assertFalse(error, f"{model}: {error}")
            self.assertEqual(saved[0]["partner_id"], partner.id)

    def test_refused_dispute_is_not_repeated(self):
        """The next dispute of a refused item waits for a collector, whatever the request says."""
        self._create(self.user_s, "dunning.dispute", self._dispute_values()).with_user(self.user_k).action_refuse()
        forged = self._dispute_values(is_to_confirm=False)
        again = self._create(self.user_s, "dunning.dispute", forged, default_is_to_confirm=False)
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
