from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL


@tagged("post_install", "-at_install")
class TestDays(TransactionCase):
    """The day is the company's, whatever the server, the context or the user says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = cls.env["res.company"].create([{"name": name} for name in ("Shanghai", "New York", "Nowhere")])
        cls.shanghai, cls.new_york, cls.nowhere = cls.companies
        cls.shanghai.partner_id.tz = "Asia/Shanghai"
        cls.new_york.partner_id.tz = "America/New_York"
        cls.nowhere.partner_id.tz = False

    def _get_sql_days(self, companies, moment, by_company=True):
        value = companies._get_day_sql(SQL("%s::timestamp", moment), SQL("company.id") if by_company else None)
        query = SQL("SELECT company.id, %s FROM res_company company WHERE id IN %s", value, tuple(companies.ids))
        return dict(self.env.execute_query(query))

    def test_day(self):
        """15:59:59 UTC is still the 30th in Shanghai, 16:00:00 is the 1st; in New York it is before noon."""
        last, first = datetime(2026, 11, 30, 15, 59, 59), datetime(2026, 11, 30, 16)
        self.assertEqual(self.shanghai._get_day(last), date(2026, 11, 30))
        self.assertEqual(self.shanghai._get_day(first), date(2026, 12, 1))
        self.assertEqual(self.new_york._get_day(first), date(2026, 11, 30))
        self.assertEqual(self.nowhere._get_day(datetime(2026, 12, 1)), date(2026, 12, 1))
        self.assertIsNone(self.shanghai._get_day(False))

    def test_context_and_user_decide_nothing(self):
        self.env.user.tz = "Pacific/Kiritimati"
        company = self.new_york.with_context(tz="Pacific/Kiritimati")
        moment = datetime(2026, 12, 1, 4, 30)
        self.assertEqual(company._get_day(moment), date(2026, 11, 30))
        self.assertEqual(self._get_sql_days(company, moment)[company.id], date(2026, 11, 30))
        with freeze_time("2026-12-01 04:30:00"):
            self.assertEqual(company._get_today(), date(2026, 11, 30))

    def test_sql_says_the_same(self):
        """Also across the hour that summer time leaves out, and the one that comes twice."""
        moments = ["2026-03-08 06:30:00", "2026-11-01 03:59:59", "2026-11-01 04:00:00", "2026-12-31 16:00:00"]
        for moment in map(datetime.fromisoformat, moments):
            expected = {company.id: company._get_day(moment) for company in self.companies}
            self.assertEqual(self._get_sql_days(self.companies, moment), expected)
        self.assertEqual(
            self._get_sql_days(self.shanghai, moment, by_company=False), {self.shanghai.id: date(2027, 1, 1)}
        )

    def test_sql_of_companies_in_one_timezone(self):
        self.new_york.partner_id.tz = "Asia/Shanghai"
        days = self._get_sql_days(self.shanghai | self.new_york, datetime(2026, 12, 1, 16), by_company=False)
        self.assertEqual(set(days.values()), {date(2026, 12, 2)})

    def test_bounds(self):
        start, stop = self.shanghai._get_day_bounds(date(2026, 12, 1), date(2026, 12, 31))
        self.assertEqual((start, stop), (datetime(2026, 11, 30, 16), datetime(2026, 12, 31, 16)))
        self.assertEqual(self.shanghai._get_day(start), date(2026, 12, 1))
        self.assertEqual(self.shanghai._get_day(stop), date(2027, 1, 1))
        self.assertEqual(
            self.new_york._get_day_bounds(date(2026, 11, 1)), (datetime(2026, 11, 1, 4), datetime(2026, 11, 2, 5))
        )

    def test_today_table(self):
        with freeze_time("2026-11-30 16:30:00"):
            query = SQL("SELECT company_id, today FROM %s", self.companies._get_today_table())
            days = dict(self.env.execute_query(query))
            self.assertEqual([days[company.id].day for company in self.companies], [1, 30, 30])
            query = SQL("SELECT * FROM %s", self.companies.browse()._get_today_table("nothing"))
            self.assertEqual(self.env.execute_query(query), [])
