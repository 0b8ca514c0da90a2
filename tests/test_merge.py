"""Merging customers, whatever of ours names them: nothing is lost, nothing fails, nothing stays behind.

Walked are all references to customers from our models, and from fields that we give to core's: what is new is walked by
itself, and fails here until there is a record of it.
"""

import pathlib

from freezegun import freeze_time
from review_http import ReviewHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sales_collection.tests.collection_common import MANAGER, CollectionCommon

ADDONS = {path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")}
# One row for both is kept.
ONE_OF_BOTH = {"credit.claim", "credit.recheck", "receivable.snapshot", "res.partner", "sale.customer.assignment"}


@tagged("post_install", "-at_install")
class TestMerge(CollectionCommon, ReviewHttpCommon):
    """Jade Dragon and its duplicate have been sold to, dunned, called and recorded at the end of a month, both alike."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls.env["credit.grade"].create({"name": "B", "code": "TB", "credit_limit": 10**6, "company_id": cls.company.id})
        cls.duplicate = cls.customer.copy({"name": "Jade Dragon"})
        cls.duplicate.write({"user_id": cls.user_s2.id})
        cls.both = cls.customer | cls.duplicate
        cls.both.with_company(cls.company).write(
            {"credit_grade_id": cls.env["credit.grade"].search([("code", "=", "TB")]).id, "dunning_contact_id": False}
        )
        for partner in cls.both:
            cls._create_world(partner)
        cls.env["receivable.snapshot"].with_user(cls.user_km).action_take(cls.company.ids)
        cls.env.flush_all()

    @classmethod
    def _create_world(cls, partner):
        """Create a record of every kind that names a customer."""
        invoice = cls._post_invoice(1000, "2026-09-20", partner=partner)
        cls._promise(300, "2026-10-20", partner_id=partner.id)
        cls._dispute(cls._post_invoice(200, "2026-09-20", partner=partner), 50)
        cls._dun(invoice, cls.level_2)
        run = cls.env["dunning.run"].create({"date": "2026-10-15", "company_id": cls.company.id})
        cls.company.dunning_policy_id = cls.policy
        notice = cls.env["dunning.notice"].create(
            {
                "run_id": run.id,
                "company_id": cls.company.id,
                "partner_id": partner.id,
                "contact_id": partner.id,
                "date": "2026-10-15",
                "policy_id": cls.policy.id,
                "level_id": cls.level_2.id,
                "currency_id": cls.cny.id,
            }
        )
        cls.env["dunning.charge"].create(cls._prepare_charge(notice))
        cls.env["collection.call"].create({"partner_id": partner.id, "company_id": cls.company.id, "result": "reached"})
        partner.with_company(cls.company).dunning_contact_id = partner
        values = {"partner_id": partner.id, "company_id": cls.company.id}
        adjustment = {**values, "amount": 100, "reason": "x", "kind": "guarantee"}
        cls.env["credit.limit.adjustment"].create(adjustment)
        cls.env["credit.opening.delivery"].create(
            {
                **values,
                "reference": f"OB {partner.id}",
                "product_id": cls.product.id,
                "quantity": 1,
                "price_unit": 5,
                "date": "2026-01-31",
            }
        )
        cls.env["sale.price.floor"].create(
            {
                "applied_on": "template",
                "product_tmpl_id": cls.product.product_tmpl_id.id,
                "partner_id": partner.id,
                "fixed_price": 1,
                "currency_id": cls.cny.id,
                "company_id": cls.company.id,
            }
        )
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "contract_partner_id": partner.id,
                "order_line": [Command.create({"product_id": cls.product.id, "price_unit": 10, "tax_ids": False})],
            }
        )
        order.action_confirm()
        order.order_line.price_unit = 60000
        cls.env["credit.recheck"]._queue(partner)

    @classmethod
    def _prepare_charge(cls, notice):
        return {
            "partner_id": notice.partner_id.id,
            "company_id": cls.company.id,
            "notice_id": notice.id,
            "kind": "fee",
            "amount": 5,
            "currency_id": cls.cny.id,
            "date": "2026-10-15",
        }

    def _get_references(self):
        """Return the stored references to customers that are ours."""
        models = [self.env[name] for name in self.env.registry]
        return [
            field
            for model in models
            if model._auto and not model._abstract and not model._transient
            for field in model._fields.values()
            if field.type == "many2one" and field.comodel_name == "res.partner" and field.store
            if not field.related and ADDONS & set(field._modules)
        ]

    def _count(self, field, partner):
        """Return how many records name a customer in a field, whoever may read them."""
        records = self.env[field.model_name].sudo().with_context(active_test=False).with_company(self.company)
        return records.search_count([(field.name, "=", partner.id)])

    def _merge(self):
        """Merge both as the web client does, as somebody who may set what they have."""
        groups = (
            "sales_plan_credit.sales_plan_credit_group_manager,sales_team.group_sale_manager,base.group_partner_manager"
        )
        user = self._create_salesperson("merger", "Mei Merger", f"{MANAGER},{groups}")
        self.authenticate(user.login, user.login)
        model = "base.partner.merge.automatic.wizard"
        values = {"partner_ids": [Command.set(self.both.ids)], "dst_partner_id": self.customer.id, "state": "selection"}
        for partner in self.both:
            partner.email = "jade@example.com"
        [wizard], error = self._call_web(model, "create", [values])
        self.assertFalse(error)
        _result, error = self._call_web(model, "action_merge", [wizard])
        self.assertFalse(error)
        self.env.invalidate_all()
        self.assertFalse(self.duplicate.exists())

    def test_every_reference_moves(self):
        before = {field: [self._count(field, partner) for partner in self.both] for field in self._get_references()}
        for field, counts in before.items():
            self.assertTrue(all(counts), f"{field} names no customer here: create a record of it above")
        self._merge()
        for field, counts in before.items():
            with self.subTest(str(field)):
                found = self._count(field, self.customer)
                self.assertEqual(self._count(field, self.duplicate), 0)
                if field.model_name in ONE_OF_BOTH:
                    self.assertGreaterEqual(found, 1)
                else:
                    self.assertEqual(found, sum(counts))

    def test_snapshots_keep_their_sums(self):
        snapshots = self.env["receivable.snapshot"].search([("partner_id", "in", self.both.ids)])
        before = [sum(snapshots.mapped(name)) for name in ("amount", "amount_overdue", "item_count")]
        self._merge()
        snapshots = self.env["receivable.snapshot"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual([sum(snapshots.mapped(name)) for name in ("amount", "amount_overdue", "item_count")], before)
        self.assertEqual(before[0], 2400)

    def test_histories_are_stitched(self):
        assignments = self.env["sale.customer.assignment"]
        assignments.search([("partner_id", "in", self.both.ids)]).unlink()
        days = fields.Date.to_date
        assignments.create(
            [
                {"partner_id": self.customer.id, "user_id": self.user_s.id, "date_start": days("2026-03-01")},
                {"partner_id": self.duplicate.id, "user_id": self.user_s2.id, "date_start": days("2026-01-01")},
            ]
        )
        self._merge()
        rows = assignments.search([("partner_id", "=", self.customer.id)], order="date_start")
        found = [(row.user_id, str(row.date_start), str(row.date_end or "")) for row in rows]
        self.assertEqual(found, [(self.user_s2, "2026-01-01", "2026-02-28"), (self.user_s, "2026-03-01", "")])

    def test_dunning_is_the_stricter(self):
        later = self.policy.copy({"name": "Later"})
        later.level_ids[0].unlink()
        kept = self.customer.with_company(self.company)
        other = self.duplicate.with_company(self.company)
        kept.write({"dunning_policy_id": later.id, "dunning_opt_out": True, "dunning_blocked_until": "2026-12-31"})
        other.write({"dunning_policy_id": self.policy.id})
        self._merge()
        kept.invalidate_recordset()
        self.assertEqual(kept.dunning_policy_id, self.policy)
        self.assertEqual((kept.dunning_opt_out, kept.dunning_blocked_until), (False, False))
        self.assertIn("Jade Dragon", " ".join(kept.message_ids.mapped("body")))

    def test_salespeople_merge_no_customer_that_is_dunned_otherwise(self):
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.user_s)
        self.both.write({"email": "jade@example.com"})
        self.both.with_company(self.company).write({"dunning_contact_id": False, "dunning_opt_out": True})
        self.customer.with_company(self.company).dunning_opt_out = False
        with self.assertRaisesRegex(Exception, "dunning settings"):
            wizard._merge(self.both.ids, self.customer.with_user(self.user_s))
