from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..collection_common import MANAGER, CollectionCommon

DECISIONS = {
    "dunning_opt_out": True,
    "dunning_blocked_until": "2026-10-20",
    "dunning_block_reason": "Talks",
}


@tagged("post_install", "-at_install")
class TestDunningPartner(CollectionCommon):
    """How a customer is dunned is decided by collection managers, on 2026-10-15."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))

    def _as(self, user):
        return self.customer.with_user(user)

    def test_managers_decide(self):
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        values = {
            **DECISIONS,
            "dunning_policy_id": self.policy.id,
            "dunning_contact_id": contact.id,
            "collector_id": self.user_k.id,
        }
        self._as(self.user_km).write(values)
        self.assertEqual(self._as(self.user_k).dunning_policy_id, self.policy)
        for user in (self.user_k, self.user_s):
            for name in values:
                with (
                    self.subTest(user=user.name, name=name),
                    self.assertRaisesRegex(AccessError, "collection managers"),
                ):
                    self._as(user).write({name: False})

    def test_not_at_creation_either(self):
        partners = self.env["res.partner"].with_user(self.user_s)
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        for name, value in DECISIONS.items():
            with self.subTest(name=name), self.assertRaisesRegex(AccessError, "collection managers"):
                partners.create({"name": "New", name: value})
        with self.assertRaisesRegex(AccessError, "collection managers"):
            partners.with_context(default_dunning_opt_out=True).create({"name": "New"})
        self._as(self.user_km).write(DECISIONS)
        self.assertTrue(partners.create({"name": "Contact", "parent_id": self.customer.id}))

    def test_own_defaults_decide_nothing(self):
        """A default that a salesperson sets for himself would dun none of his new customers."""
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        for user in self.user_s | self.user_km:
            for name, value in {
                **DECISIONS,
                "dunning_policy_id": self.policy.id,
                "collector_id": self.user_k.id,
            }.items():
                self.env["ir.default"].with_user(user).set("res.partner", name, value, user_id=True)
        mine, sudo, managed = (
            partners.create({"name": "New"}).sudo()
            for partners in (
                self.env["res.partner"].with_user(self.user_s),
                self.env["res.partner"].with_user(self.user_s).sudo(),
                self.env["res.partner"].with_user(self.user_km),
            )
        )
        for name in (*DECISIONS, "dunning_policy_id", "collector_id"):
            self.assertEqual((bool(mine[name]), bool(sudo[name]), bool(managed[name])), (False, False, True), name)

    def test_other_company_decides_for_itself(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._as(self.user_km).write(DECISIONS)
        self.assertFalse(self.customer.with_company(other).dunning_opt_out)

    def test_contact_of_another_customer(self):
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "Dunning Contact: Other belongs to Other"):
            self._as(self.user_km).dunning_contact_id = other

    def test_block_by_its_day_alone(self):
        """An import knows the day, and perhaps one that has passed; only the form asks why."""
        for day in ("2026-10-20", "2026-10-14"):
            self._as(self.user_km).dunning_blocked_until = day
            self.assertEqual(str(self.customer.dunning_blocked_until), day)
        with self.assertRaisesRegex(AssertionError, "dunning_block_reason is a required field"):
            Form(self._as(self.user_km)).save()

    def test_managers_need_no_other_group(self):
        manager = self._create_salesperson("bare", "Bare Manager", MANAGER)
        manager.group_ids -= self.env.ref("sales_team.group_sale_salesman")
        self.customer.with_user(manager).write({"dunning_blocked_until": "2026-10-20", "email": "new@customer.example"})
        self.assertEqual(str(self.customer.dunning_blocked_until), "2026-10-20")

    def test_changes_are_logged(self):
        for name in DECISIONS:
            self.assertTrue(self.env["res.partner"]._fields[name].tracking, name)
        tracking = {"tracking_disable": False, "mail_notrack": False, "mail_create_nolog": False}
        customer = self.customer.with_user(self.user_km).with_context(**tracking)
        self.env.flush_all()
        self.cr.precommit.run()
        customer.write(DECISIONS)
        self.env.flush_all()
        self.cr.precommit.run()
        names = customer.sudo().message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertLessEqual({"dunning_blocked_until", "dunning_block_reason"}, set(names))

    def test_collector(self):
        get = self.customer._get_collector
        self.assertEqual(get(self.company), self.user_s)
        self.customer.with_company(self.company).collector_id = self.user_k
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        self.assertEqual((get(self.company), contact._get_collector(self.company)), (self.user_k, self.user_k))

    def test_figures(self):
        invoice = self._post_invoice(100, "2026-10-01")
        second = self._post_invoice(30, "2026-10-02")
        self._dun(invoice, self.level_2)
        self._dun(second, self.level_1)
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        for partner in self._as(self.user_k) | contact.with_user(self.user_k):
            self.assertEqual((partner.collection_overdue, partner.dunning_level_id), (130.0, self.level_2))
        self._receive(100, "2026-10-10", invoice)
        self.customer.invalidate_recordset()
        self.assertEqual(self._as(self.user_k).dunning_level_id, self.level_1)
        self.assertFalse(self._as(self.user_s2).dunning_level_id, "not his customer")
        self.assertEqual(self._as(self.user_s2).collection_overdue, 0.0)

    def test_smart_button(self):
        self._post_invoice(100, "2026-10-01")
        action = self._as(self.user_k).action_view_collection()
        row = self.env["collection.worklist"].browse(action["res_id"])
        self.assertEqual((row.partner_id, row.amount_overdue), (self.customer, 100.0))
        calls = self._as(self.user_k).action_view_collection_calls()
        self.assertEqual(calls["context"]["default_partner_id"], self.customer.id)

    def test_form(self):
        with Form(self._as(self.user_km)) as form:
            form.dunning_blocked_until = "2026-10-30"
            form.dunning_block_reason = "Talks"
        self.assertEqual(self.customer.dunning_block_reason, "Talks")
        self.assertTrue(Form(self._as(self.user_k)).dunning_block_reason)
