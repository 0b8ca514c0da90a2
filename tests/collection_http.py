"""What attacks on collection over HTTP share."""

from datetime import timedelta

from review_http import ReviewHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

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
