from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditMoves(CreditCheckCommon):
    """Customers with credit settings that move below others, or are merged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strict = cls._create_grade(name="C", code="TC", credit_limit=500)
        # A single person can move below a company.
        cls.person = cls._create_customer("Mr. Person", is_company=False, user_id=cls.user_s.id)
        cls.company_u = cls._create_customer("Umbrella Ltd.", user_id=cls.user_s.id, credit_grade_id=False)

    def _merge(self, kept, *others, user=None):
        partners = self.env["res.partner"].union(kept, *others)
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user or self.env.user)
        wizard._merge(partners.ids, kept.with_user(user or self.env.user))
        kept.invalidate_recordset()

    # === MOVING === #

    def test_salespeople_move_no_customer_with_settings(self):
        settings = (
            {"credit_on_hold": True},
            {"credit_unlimited": True},
            {"credit_limit": 700},
            {"credit_grade_id": self.strict.id},
        )
        for values in settings:
            self.person.write({"credit_grade_id": False, "credit_unlimited": False, "credit_limit": 0})
            self.person.write({"credit_on_hold": False, **values})
            with self.subTest(values), self.assertRaises(AccessError):
                self.person.with_user(self.user_s).parent_id = self.company_u
        self.person.write({"credit_grade_id": False, "credit_limit": 0})
        granted = self.env["credit.limit.adjustment"].create(
            {
                "partner_id": self.person.id,
                "company_id": self.company.id,
                "amount": 5,
                "reason": "x",
                "kind": "guarantee",
            }
        )
        granted.action_grant()
        with self.assertRaises(AccessError):
            self.person.with_user(self.user_s).parent_id = self.company_u

    def test_settings_of_another_company(self):
        self.person.credit_grade_id = False
        other = self.setup_other_company(name="Other Trading")["company"]
        self.person.with_company(other).credit_on_hold = True
        with self.assertRaises(AccessError):
            self.person.with_user(self.user_s).parent_id = self.company_u

    def test_salespeople_move_contacts_without_settings(self):
        self.person.credit_grade_id = False
        self.company_u.credit_on_hold = True
        self.person.with_user(self.user_s).parent_id = self.company_u
        self.assertEqual(self.person.commercial_partner_id, self.company_u)
        with self.assertRaises(AccessError):
            self.person.with_user(self.user_s).is_company = True

    def test_salespeople_move_between_same_settings(self):
        self.company_u.credit_grade_id = self.person.credit_grade_id
        self.person.with_user(self.user_s).parent_id = self.company_u

    def test_credit_managers_move_it_and_the_stricter_stays(self):
        self.person.write({"credit_on_hold": True, "credit_hold_reason": "lawsuit"})
        self.user_manager.group_ids |= self.env.ref("base.group_partner_manager")
        self.person.with_user(self.user_manager).parent_id = self.company_u
        self.assertEqual((self.company_u.credit_on_hold, self.company_u.credit_hold_reason), (True, "lawsuit"))
        self.assertEqual(self.company_u.credit_grade_id, self.grade)
        self.assertIn("Mr. Person", self.company_u.message_ids[0].body)

    # === MERGING === #

    def test_merge_of_customers_that_were_checked(self):
        other = self._create_customer("Jade Dragon")
        orders = self._create_quotation(300) | self._create_quotation(300, partner_id=other.id)
        orders.action_confirm()
        self._merge(self.customer, other)
        self.assertEqual(self.customer.credit_undelivered, 600)
        self.assertEqual([order.credit_confirmation["payer"] for order in orders], self.customer.ids * 2)
        self.grade.credit_limit = 550
        with self.assertRaisesRegex(Exception, "50"):
            self._deliver(orders[1], 1)

    def test_stricter_settings_stay(self):
        for kept_values, other_values, expected in (
            ({}, {"credit_grade_id": self.strict.id}, (self.strict, False, 500)),
            ({}, {"credit_unlimited": True}, (self.grade, False, 1000)),
            ({"credit_unlimited": True}, {}, (self.grade, False, 1000)),
            ({"credit_unlimited": True}, {"credit_unlimited": True}, (self.grade, True, 0)),
            ({"credit_limit": 3000}, {}, (self.grade, False, 1000)),
            ({"credit_limit": 800}, {"credit_limit": 600}, (self.grade, False, 600)),
            ({"credit_grade_id": False}, {"credit_grade_id": self.strict.id}, (self.strict, False, 500)),
        ):
            with self.subTest(kept=kept_values, other=other_values):
                kept = self._create_customer("Kept Ltd.", **kept_values)
                self._merge(kept, self._create_customer("Other Ltd.", **other_values))
                found = (kept.credit_grade_id, kept.credit_unlimited, kept.effective_credit_limit)
                self.assertEqual(found, expected)
                if kept_values != other_values:
                    self.assertIn("Other Ltd.", kept.message_ids[0].body)

    def test_holds_stay_with_their_reasons(self):
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "lawsuit"})
        other = self._create_customer("Other Ltd.", credit_on_hold=True, credit_hold_reason="late")
        self._merge(self.customer, other)
        self.assertEqual(self.customer.credit_hold_reason, "lawsuit; late")

    def test_raises_of_duplicates_end(self):
        other = self._create_customer("Other Ltd.")
        values = {"company_id": self.company.id, "amount": 500, "date_end": date(2099, 1, 1)}
        granted = self.env["credit.limit.adjustment"].create(
            [{**values, "partner_id": partner.id, "reason": partner.name} for partner in self.customer | other]
        )
        granted.action_grant()
        self._merge(self.customer, other)
        self.assertEqual(granted.partner_id, self.customer)
        self.assertEqual(granted.mapped("state"), ["granted", "revoked"])
        self.assertEqual(self.customer.effective_credit_limit, 1500)
        self.assertIn("Other Ltd.", " ".join(self.customer.message_ids.mapped("body")))

    def test_who_merges(self):
        for other_values, kept_values, allowed in (
            ({}, {}, True),
            ({"credit_grade_id": False}, {"credit_on_hold": True}, True),
            ({"credit_grade_id": False}, {"credit_unlimited": True}, True),
            ({"credit_on_hold": True}, {}, False),
            ({"credit_unlimited": True}, {}, False),
            ({}, {"credit_unlimited": True}, False),
            ({"credit_grade_id": self.strict.id}, {}, False),
        ):
            with self.subTest(other=other_values, kept=kept_values):
                kept = self._create_customer("Kept Ltd.", **kept_values)
                other = self._create_customer("Other Ltd.", **other_values)
                if allowed:
                    self._merge(kept, other, user=self.user_s)
                    self.assertEqual(kept.credit_unlimited, kept_values.get("credit_unlimited", False))
                    continue
                with self.assertRaises(AccessError):
                    self._merge(kept, other, user=self.user_s)

    def test_merged_contact_changes_no_payer_unseen(self):
        mine, theirs = (
            self.env["res.partner"].create({"name": "Accounts", "parent_id": company.id})
            for company in (self.customer, self.company_u)
        )
        with self.assertRaises(AccessError):
            self._merge(theirs, mine, user=self.user_s)

    def test_releases_stay(self):
        other = self._create_customer("Jade Dragon")
        order = self._create_quotation(1300, partner_id=other.id)
        order.action_confirm()
        self._get_review(order).with_user(self.user_manager).action_approve()
        self._merge(self.customer, other)
        self._deliver(order, 1)
