from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditGrades(CreditCheckCommon):
    """Which grade, limit and policy applies, and who sets them."""

    def test_bad_figures_are_refused_by_name(self):
        contact = self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id})
        adjustment = {"partner_id": self.customer.id, "amount": 1, "reason": "x", "date_end": "2030-01-01"}
        adjustments = self.env["credit.limit.adjustment"]
        with self.assertRaises(ValidationError) as caught:
            self.customer.credit_limit = -1
        self.assertIn("Credit limit", str(caught.exception))
        with self.assertRaises(ValidationError) as caught:
            adjustments.create(adjustment | {"partner_id": contact.id})
        self.assertIn("Jade Dragon", str(caught.exception))
        for bad in ({"amount": 0}, {"date_end": "2001-01-01"}, {"date_end": False}):
            with self.subTest(bad), self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                adjustments.create(adjustment | bad)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_grade(code="NEG", credit_limit=-1)
        for values in ({"state": "granted"}, {"approver_id": self.user_manager.id}):
            with self.assertRaisesRegex(AccessError, "click Grant or Revoke"):
                adjustments.with_user(self.user_manager).create(adjustment | values)
        granted = adjustments.create(adjustment)
        self.assertEqual(granted.state, "draft")
        granted.action_grant()
        with self.assertRaisesRegex(AccessError, "click Grant or Revoke"):
            granted.with_user(self.user_manager).state = "draft"
        with self.assertRaises(UserError):
            granted.amount = 10**6
        with self.assertRaises(UserError):
            granted.unlink()

    def test_block_refuses(self):
        self.grade.confirm_policy = "block"
        order = self._create_quotation(1100)
        with self.assertRaisesRegex(UserError, "100.00"):
            order.action_confirm()

    def test_warn_and_none_pass(self):
        for policy in ("warn", "none"):
            self.grade.confirm_policy = policy
            order = self._create_quotation(1100)
            order.action_confirm()
            self.assertEqual(order.state, "sale")

    def test_no_grade_no_limit_unchecked(self):
        self.customer.credit_grade_id = False
        order = self._create_quotation(999999)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self.customer.credit_is_checked)

    def test_own_limit_before_the_grade(self):
        self.customer.credit_limit = 2000
        self.assertEqual(self.customer.effective_credit_limit, 2000)
        self.customer.credit_limit = 0
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.effective_credit_limit, 1000)

    def test_grade_of_nothing_is_not_unlimited(self):
        self.grade.credit_limit = 0
        order = self._create_quotation(1)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.customer.credit_unlimited = True
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_default_grade(self):
        self.company.credit_default_grade_id = self.grade
        newcomer = self.env["res.partner"].create({"name": "Newcomer"})
        order = self._create_quotation(1100, partner_id=newcomer.id)
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_company_of_the_document_decides(self):
        other = self._create_company(name="Second company")
        order = self._create_quotation(1100)
        order.with_company(other).with_context(allowed_company_ids=[other.id, self.company.id]).action_confirm()
        self.assertEqual(order.state, "draft")

    def test_only_credit_managers_set_credit(self):
        customer = self.customer.with_user(self.user_s)
        grade = self._create_grade(code="TA", name="A", credit_limit=10**6)
        self.customer.credit_on_hold = True
        for values in ({"credit_grade_id": grade.id}, {"credit_unlimited": True}, {"credit_on_hold": False}):
            with self.subTest(values), self.assertRaises(AccessError):
                customer.write(values)
        partners = self.env["res.partner"].with_user(self.user_s)
        with self.assertRaises(AccessError):
            partners.create({"name": "New", "credit_unlimited": True})
        with self.assertRaises(AccessError):
            partners.with_context(default_credit_unlimited=True).create({"name": "New"})
        self.customer.credit_on_hold = False
        self.assertTrue(partners.create({"name": "New"}))
        with self.assertRaises(AccessError):
            self.env["credit.limit.adjustment"].with_user(self.user_s).create(
                {"partner_id": self.customer.id, "amount": 1, "reason": "x", "date_end": "2030-01-01"}
            )
        self.customer.with_user(self.user_manager).credit_limit = 1000
        order = self._create_quotation(10)
        order.user_id = self.user_s
        order.with_user(self.user_s).write({"credit_confirmation": {"limit": 10**9}})
        order.action_confirm()
        self.assertEqual(order.credit_confirmation["limit"], 1000)

    def test_nothing_is_judged_without_configuration(self):
        self.env["credit.grade"].search([]).action_archive()
        self.customer.credit_grade_id = False
        order = self._create_quotation(10**6)
        self.assertFalse(order._get_review_findings("confirm")[order])

    def test_archived_grade_goes_on_for_its_customers(self):
        self.grade.active = False
        order = self._create_quotation(1100)
        order.action_confirm()
        self.assertEqual((order.state, self._get_review(order).measure), ("draft", 100))

    def test_first_use_is_told_to_other_processes(self):
        """Those that have found credit unused ask again, whether or not the process that begins with it had asked."""
        self.customer.credit_grade_id = False
        self.env["credit.grade"].with_context(active_test=False).search([]).unlink()
        for name, value in (("credit_limit", 1000), ("credit_on_hold", True)):
            for asked in (False, True):
                with self.subTest(field=name, asked=asked):
                    self.customer.write({"credit_limit": 0, "credit_on_hold": False})
                    self.env.flush_all()
                    self.env.registry.clear_cache()
                    if asked:
                        self.assertFalse(self.env["credit.grade"]._is_credit_used())
                    self.env.registry.cache_invalidated.clear()
                    self.customer[name] = value
                    self.assertIn("default", self.env.registry.cache_invalidated)
                    self.assertTrue(self.env["credit.grade"]._is_credit_used())

    def test_without_any_grade(self):
        """A limit of the customer's own warns, a hold holds, also where they are the first that anybody enters."""
        grades = self.env["credit.grade"]
        self.customer.credit_grade_id = False
        grades.with_context(active_test=False).search([]).unlink()
        order = self._create_quotation(1100)
        self.assertFalse(grades._is_credit_used())
        self.customer.credit_limit = 1000
        finding = order._get_review_findings("confirm")[order][0]
        self.assertEqual((finding.severity, finding.measure), ("warn", 100))
        self.customer.credit_limit = 0
        self.env.registry.clear_cache()
        self.assertFalse(grades._is_credit_used())
        held = self.env["res.partner"].create({"name": "Held Ltd.", "credit_on_hold": True})
        order = self._create_quotation(1, partner_id=held.id)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
