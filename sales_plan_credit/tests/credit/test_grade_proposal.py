from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .opening_common import OpeningCommon

FIGURES = ("payment_days_late", "payment_worst_days", "payment_share_late", "payment_dso", "payment_trend")


@tagged("post_install", "-at_install")
class TestGradeProposal(OpeningCommon):
    """Grades earned by payment behaviour: proposed with the figures, applied by a credit manager only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        grades = cls.env["credit.grade"]
        grades.search([]).active = False
        cls.grade_a, cls.grade_b, cls.grade_c = grades.create(
            [
                cls._prepare_grade("A", 1, max_days_late=5, max_share_late=20, min_months=12),
                cls._prepare_grade("B", 2, max_days_late=15),
                cls._prepare_grade("C", 3, is_proposed=False),
            ]
        )

    @classmethod
    def _prepare_grade(cls, name, sequence, **values):
        return {"name": name, "code": name, "sequence": sequence, "is_proposed": True, "max_share_late": 100, **values}

    def _get_proposal(self, partner=None):
        partner = partner or self.customer
        self.env.flush_all()
        partner.invalidate_recordset()
        return partner.credit_proposed_grade_id

    def test_no_history(self):
        self.assertFalse(self._get_proposal())
        self.assertFalse(self.customer.credit_proposal_reason)

    def test_two_days_late_is_late(self):
        self._pay(self._issue(100, due=340, days=400), days=338)
        self.assertEqual(self._get_proposal(), self.grade_b)
        self.assertIn("A requires at most 20.0 % late.", self.customer.credit_proposal_reason)

    def test_best_grade(self):
        self._pay(self._issue(100, due=340, days=400), days=340)
        self.assertEqual(self._get_proposal(), self.grade_a)
        self.assertIn("0.0 days late, 0.0 % of the amount late, 13 months", self.customer.credit_proposal_reason)
        self.assertTrue(self.customer.credit_has_proposal)

    def test_second_grade_with_reasons(self):
        self._pay(self._issue(100, due=40), days=30)
        self.assertEqual(self._get_proposal(), self.grade_b)
        self.assertEqual(
            self.customer.credit_proposal_reason,
            "10.0 days late, 100.0 % of the amount late, 2 months of history. A requires at most 5.0 days late, at most 20.0 % late, at least 12 months of history. B: all criteria met.",
        )

    def test_exactly_at_the_criterion(self):
        self._pay(self._issue(100, due=40), days=25)
        self.assertEqual(self._get_proposal(), self.grade_b)

    def test_none_fits(self):
        self._pay(self._issue(100, due=40), days=24)
        self.assertFalse(self._get_proposal())
        self.assertIn("B requires at most 15.0 days late", self.customer.credit_proposal_reason)
        self.assertFalse(self.customer.credit_has_proposal)

    def test_search_and_apply(self):
        self._pay(self._issue(100, due=40), days=30)
        other = self.env["res.partner"].create({"name": "Harbour Works", "credit_grade_id": self.grade_b.id})
        self._pay(self._issue(100, due=40, partner=other), days=30)
        self.env.flush_all()
        search = [("credit_has_proposal", "=", True), ("id", "in", (self.customer | other | self.contact).ids)]
        self.assertEqual(self.env["res.partner"].search(search), self.customer)
        search[0] = ("credit_has_proposal", "=", False)
        self.assertEqual(self.env["res.partner"].search(search), other | self.contact)
        before = self.customer.message_ids
        (self.customer | other).action_apply_proposed_grade()
        self.assertEqual(self.customer.credit_grade_id, self.grade_b)
        notes = (self.customer.message_ids - before).mapped("body")
        self.assertTrue(any("B: all criteria met" in note for note in notes), notes)
        self.assertFalse(self._get_proposal() and self.customer.credit_has_proposal)

    def test_search_statements_do_not_grow(self):
        partners = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(12)])
        self._pay(self._issue(100, due=40), days=30)
        counts = []
        for some in (partners[:1], partners[1:2], partners[2:]):
            for partner in some:
                self._pay(self._issue(100, due=40, partner=partner), days=30)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = self.env["res.partner"].search([("credit_has_proposal", "=", True), ("id", "in", partners.ids)])
            self.assertEqual(set(found.mapped("credit_proposed_grade_id")), {self.grade_b})
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(len(found), 12)
        self.assertEqual(counts[1], counts[2])

    def test_default_grade_counts(self):
        self._pay(self._issue(100, due=40), days=30)
        self.company.credit_default_grade_id = self.grade_b
        self.assertEqual(self._get_proposal(), self.grade_b)
        self.assertFalse(self.customer.credit_has_proposal)

    def test_of_the_company(self):
        other = self.setup_other_company(name="Other Trading")["company"]
        self._pay(self._issue(100, due=40), days=30)
        self.assertTrue(self._get_proposal())
        self.assertFalse(self._get_proposal(self.customer.with_company(other)))

    def test_access(self):
        self._pay(self._issue(100, due=40), days=30)
        salesman = self._create_user("salesperson", "sales_team.group_sale_salesman")
        manager = self._create_user(
            "manager", "base.group_partner_manager,sales_plan_credit.sales_plan_credit_group_manager"
        )
        self.env.flush_all()
        search = [("credit_has_proposal", "=", True), ("id", "=", self.customer.id)]
        self.assertFalse(self.env["res.partner"].with_user(salesman).search(search))
        self.customer.user_id = salesman
        self.env.flush_all()
        self.assertTrue(self.env["res.partner"].with_user(salesman).search(search))
        with self.assertRaises(AccessError):
            self.customer.with_user(salesman).action_apply_proposed_grade()
        self.assertFalse(self.customer.credit_grade_id)
        self.customer.with_user(manager).action_apply_proposed_grade()
        self.assertEqual(self.customer.credit_grade_id, self.grade_b)

    def test_wrong_criteria(self):
        with self.assertRaisesRegex(Exception, "check_criteria"), self.cr.savepoint():
            self.grade_a.max_share_late = 101
            self.env.flush_all()

    def test_sheet(self):
        """The printed sheet shows the figures of the screens."""
        self.customer.credit_grade_id = self.grade_b
        self.grade_b.credit_limit = 10000
        self.env["credit.limit.adjustment"].create(
            {"partner_id": self.customer.id, "kind": "guarantee", "amount": 700, "reason": "Letter of the bank"}
        ).action_grant()
        self._create_opening()
        for amount, due in ((100, -5), (200, 30), (300, 31), (400, 90), (500, 91)):
            self._issue(amount, due=due)
        self.env.flush_all()
        self.env.invalidate_all()
        sheet = self.contact._get_credit_sheet()
        self.assertEqual(
            sheet["ageing"],
            [("Not due", 100), ("1-30", 200), ("31-60", 300), ("61-90", 400), ("91-120", 500), ("121+", 0)],
        )
        report = self.env["ir.actions.report"]._render_qweb_html(
            "sales_plan_credit.report_credit_sheet", self.contact.ids
        )
        html = report[0].decode()
        for text in ("Jade Dragon Ltd.", "Letter of the bank", "10,700.00", "7,150.00", "3,550.00", "OB-1", "1,400.00"):
            self.assertIn(text, html)

    def test_sheet_ages_by_the_setting(self):
        self.company.receivable_ageing_days = "15, 45"
        for amount, due in ((100, -5), (200, 15), (300, 16), (400, 45), (500, 46)):
            self._issue(amount, due=due)
        self.env.flush_all()
        self.assertEqual(
            self.customer._get_credit_sheet()["ageing"], [("Not due", 100), ("1-15", 200), ("16-45", 700), ("46+", 500)]
        )

    def test_sheet_is_of_the_company_s_day(self):
        """At 20:00 UTC it is the next day in Shanghai, whoever prints."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env.user.tz = "America/New_York"
        with freeze_time("2025-04-30 20:00:00"):
            html = self.env["ir.actions.report"]._render_qweb_html(
                "sales_plan_credit.report_credit_sheet", self.customer.ids
            )[0]
        self.assertIn("05/01/2025", html.decode())

    def test_sheet_access(self):
        user = self._create_user("salesperson", "sales_team.group_sale_salesman")
        with self.assertRaisesRegex(AccessError, "your own customers"):
            self.customer.with_user(user)._get_credit_sheet()
        self.customer.user_id = user
        self.assertTrue(self.customer.with_user(user)._get_credit_sheet())

    def test_sheet_prints(self):
        with self.allow_pdf_render():
            report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
            content, kind = report._render_qweb_pdf("sales_plan_credit.report_credit_sheet", self.customer.ids)
        self.assertEqual((kind, content[:4]), ("pdf", b"%PDF"))
