from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .receivable_common import ReceivableCommon


@tagged("post_install", "-at_install")
class TestReceivableSnapshot(ReceivableCommon):
    """Month ends are recorded once, as they were known then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.snapshots = cls.env["receivable.snapshot"].with_company(cls.company)
        cls.user_manager = cls._create_user("manager", "sales_collection.sales_collection_group_manager")
        cls.department = cls.env["hr.department"].sudo().create({"name": "North", "company_id": cls.company.id})

    def _take_missing(self, day):
        with freeze_time(day):
            self.snapshots._take_missing(self.company)

    def _get_rows(self, day, partner=None):
        rows = self.snapshots.search(
            [
                ("company_id", "=", self.company.id),
                ("date", "=", day),
                ("partner_id", "=", (partner or self.customer).id),
            ]
        )
        return [(row.bucket, row.amount, row.amount_overdue, row.item_count) for row in rows]

    def _get_days(self):
        groups = self.snapshots._read_group([("company_id", "=", self.company.id)], ["date:day"])
        return [day for (day,) in groups]

    def test_rows(self):
        """Per bucket: 100 not due, 70 of two items 10 days late less a receipt of 20, 500 of long ago."""
        self._issue(100, "2025-03-20", "2025-04-20")
        self._issue(40, "2025-03-01", "2025-03-21")
        self._issue(30, "2025-03-01", "2025-03-21")
        self._book(-20, "2025-03-25")
        self._issue(500, "2024-01-01")
        self._issue(77, "2025-03-01", "2025-03-21", partner=self.other)
        self._take_missing("2025-04-01")
        rows = [("0", 100, 0, 1), ("1-30", 50, 50, 3), ("121+", 500, 500, 1)]
        self.assertEqual(self._get_rows("2025-03-31"), rows)
        self.assertEqual(self._get_rows("2025-03-31", self.other), [("1-30", 77, 77, 1)])

    def test_salesperson_and_department(self):
        invoice = self._issue(100, "2025-03-20", invoice_user_id=self.user_s.id)
        invoice.department_id = self.department
        other = self._issue(10, "2025-03-20", invoice_user_id=self.user_accountant.id)
        other.department_id = False
        self._take_missing("2025-04-01")
        rows = self.snapshots.search([("date", "=", "2025-03-31"), ("company_id", "=", self.company.id)])
        self.assertEqual(
            {(row.user_id, row.department_id, row.amount) for row in rows},
            {(self.user_s, self.department, 100), (self.user_accountant, self.env["hr.department"], 10)},
        )

    def test_sums_to_ageing(self):
        """The snapshot of a month end sums to the ledger, in currencies too."""
        invoice = self._issue(100, "2025-01-10", currency_id=self.eur.id)
        self._reconcile(invoice, self._book(-80, "2025-02-10", currency=self.eur, amount_currency=-60))
        self._take_missing("2025-04-01")
        rows = self.snapshots.search([("date", "=", "2025-03-31"), ("company_id", "=", self.company.id)])
        self._assert_ledger("2025-03-31")
        self.assertEqual(sum(rows.mapped("amount")), sum(self._ageing("2025-03-31").search([]).mapped("amount")))

    def test_stays(self):
        """A record of March does not change when a document of March is booked in May."""
        invoice = self._issue(100, "2025-03-20")
        self._take_missing("2025-04-01")
        self._issue(900, "2025-03-21")
        self._reconcile(invoice, self._book(-100, "2025-03-25"))
        self.assertEqual(self._get_rows("2025-03-31"), [("1-30", 100, 100, 1)])
        self._take_missing("2025-05-02")
        self.assertEqual(self._get_rows("2025-03-31"), [("1-30", 100, 100, 1)])
        self.assertEqual(sum(self._get_open("2025-03-31").values()), 900)
        self.assertEqual(self._get_rows("2025-04-30"), [("31-60", 900, 900, 1)])

    def test_catch_up(self):
        """The first run records the last month end; a late run those it has missed; a second run nothing."""
        self._issue(100, "2025-01-20")
        self._take_missing("2025-02-01")
        self.assertEqual(self._get_days(), [date(2025, 1, 31)])
        self._take_missing("2025-05-15")
        days = [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)]
        self.assertEqual(self._get_days(), days)
        count = self.snapshots.search_count([("company_id", "=", self.company.id)])
        self._take_missing("2025-05-31")
        self.assertEqual(self.snapshots.search_count([("company_id", "=", self.company.id)]), count)
        self._take_missing("2025-06-01")
        self.assertEqual(self._get_days()[-1], date(2025, 5, 31))

    def test_nothing_open(self):
        """A month end with nothing open is recorded as such, and not taken again."""
        self._take_missing("2025-02-01")
        row = self.snapshots.search([("company_id", "=", self.company.id)])
        self.assertEqual((row.date, row.partner_id.id, row.amount, row.item_count), (date(2025, 1, 31), False, 0, 0))
        self._issue(100, "2025-01-20")
        self._take_missing("2025-02-02")
        self.assertEqual(self.snapshots.search([("company_id", "=", self.company.id)]), row)

    def test_day_of_company(self):
        """The month ends where the company is: on 1 February at 7 in Shanghai it is still January in UTC."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env.registry.clear_cache()
        with freeze_time("2025-01-31 23:00:00"):
            self.assertEqual(self.snapshots._get_missing_month_ends(self.company), [date(2025, 1, 31)])
        with freeze_time("2025-01-31 15:00:00"):
            self.assertEqual(self.snapshots._get_missing_month_ends(self.company), [date(2024, 12, 31)])

    def test_cron(self):
        cron = self.env.ref("sales_collection.ir_cron_receivable_snapshot")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        last_end = self.company._get_today().replace(day=1) - timedelta(days=1)
        self.assertEqual(self._get_days(), [last_end])

    def test_buckets_of_the_time(self):
        """Buckets that are set otherwise later leave the record as it was."""
        self._issue(100, "2025-01-20")
        self._take_missing("2025-03-01")
        self.company.receivable_ageing_days = "10, 20"
        self._take_missing("2025-04-01")
        self.assertEqual(self._get_rows("2025-02-28"), [("31-60", 100, 100, 1)])
        self.assertEqual(self._get_rows("2025-03-31"), [("21+", 100, 100, 1)])

    def test_names_of_buckets(self):
        """Every bucket that was ever written has its name, "0" is called as in aged receivables, youngest first."""
        self._issue(100, "2025-01-20")
        self._issue(5, "2025-02-20", "2025-06-20")
        self._take_missing("2025-03-01")
        self.company.receivable_ageing_days = "10, 20"
        self._take_missing("2025-04-01")
        names = dict(self.snapshots.fields_get(["bucket"])["bucket"]["selection"])
        self.assertEqual([names[bucket] for bucket in ("0", "31-60", "21+")], ["Not due", "31-60", "21+"])
        self.assertEqual(next(iter(names)), "0")
        groups = self.snapshots.formatted_read_group([("company_id", "=", self.company.id)], ["bucket"], ["amount:sum"])
        self.assertEqual(
            {group["bucket"]: group["amount:sum"] for group in groups}, {"0": 10, "31-60": 100, "21+": 100}
        )

    # === TAKEN BY HAND === #

    def test_wizard(self):
        """A manager records any day that passed, once; the cron goes on with month ends."""
        self._issue(100, "2025-01-20")
        form = Form(self.env["receivable.snapshot.wizard"].with_user(self.user_manager))
        form.date = "2025-02-10"
        action = form.save().action_take()
        rows = self.snapshots.with_user(self.user_manager).search(action["domain"])
        self.assertEqual((rows.bucket, rows.amount, rows.create_uid), ("1-30", 100, self.user_manager))
        with self.assertRaisesRegex(UserError, "have already been recorded"):
            form.save().action_take()
        self._take_missing("2025-03-01")
        self.assertEqual(self._get_days(), [date(2025, 2, 10), date(2025, 2, 28)])

    def test_day_to_come(self):
        wizard = self.env["receivable.snapshot.wizard"].with_user(self.user_manager)
        tomorrow = self.company._get_today() + timedelta(days=1)
        with self.assertRaisesRegex(UserError, "is in the future"):
            wizard.create({"date": tomorrow}).action_take()

    # === ACCESS === #

    def test_only_managers_take(self):
        for user in (self.user_collector, self.user_accountant, self.user_s):
            with self.assertRaises(AccessError):
                self.snapshots.with_user(user).action_take()
        foreign = self.env["res.company"].create({"name": "Foreign"})
        with self.assertRaisesRegex(AccessError, "your own companies"):
            self.snapshots.with_user(self.user_manager).action_take(foreign.ids)

    def test_nobody_changes(self):
        self._issue(100, "2025-01-20")
        self._take_missing("2025-02-01")
        row = self.snapshots.search([("partner_id", "=", self.customer.id)])
        with self.assertRaises(AccessError):
            row.with_user(self.user_manager).write({"amount": 1})
        with self.assertRaises(AccessError):
            row.with_user(self.user_manager).unlink()
        with self.assertRaises(AccessError):
            row.with_user(self.user_manager).create({"date": "2025-01-31", "company_id": self.company.id})

    def test_who_sees(self):
        self._issue(100, "2025-01-20")
        self._issue(70, "2025-01-20", partner=self.other)
        self._take_missing("2025-02-01")
        seen = [
            sorted(self.snapshots.with_user(user).search([]).mapped("amount"))
            for user in (self.user_collector, self.user_accountant, self.user_s)
        ]
        self.assertEqual(seen, [[70, 100], [70, 100], [100]])

    def test_statements(self):
        """One statement writes a day, whatever the number of rows."""
        for count in (5, 40):
            for number in range(count):
                self._issue(100, "2025-01-20", partner=self._create_customer(f"C{count}-{number}"))
            self.env.flush_all()
            with self.subTest(count=count), self.assertQueryCount(3):
                self.snapshots._take(self.company, date(2025, 1, count - 4 if count == 5 else 31))
        self.assertEqual(self.snapshots.search_count([("date", "=", "2025-01-31"), ("partner_id", "!=", False)]), 45)
