from datetime import date

from psycopg2.errors import NotNullViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .receivable_common import ReceivableCommon


@tagged("post_install", "-at_install")
class TestReceivableDso(ReceivableCommon):
    """Days sales outstanding of a company and of its parts, at month ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Sold: 600 in January, 300 in February, 400 in March 2025; paid: 300 of January in February
        january = cls._issue(600, "2025-01-20")
        cls._reconcile(january, cls._book(-300, "2025-02-20"))
        cls._issue(300, "2025-02-10")
        cls._issue(500, "2025-03-05")
        cls._issue(-100, "2025-03-25")

    def _get_rows(self, dimension="company", first="2025-03-01", last="2025-03-31", user=None, **values):
        wizard = self.env["receivable.dso.wizard"].with_user(user or self.env.user).with_company(self.company)
        wizard = wizard.create({"dimension": dimension, "date_from": first, "date_to": last, **values})
        action = wizard.action_show()
        self.assertEqual(action["context"], {"dso_of": dimension}, "the list shows this column")
        return self.env["receivable.dso"].with_user(user or self.env.user).search(action["domain"])

    def test_company(self):
        """1,000 open on 31 March: 90 days sold 1,300 (69.2 days); March, February and half of January: 74.5 days."""
        row = self._get_rows()
        self.assertEqual((row.date, row.receivable, row.sales), (date(2025, 3, 31), 1000, 1300))
        self.assertAlmostEqual(row.dso_period, 1000 / 1300 * 90, 1)
        self.assertAlmostEqual(row.dso_countback, 31 + 28 + 15.5, 1)
        self.assertFalse(row.is_unbounded)

    def test_days(self):
        """The last 31 days sold 400."""
        self.assertAlmostEqual(self._get_rows(days=31).dso_period, 1000 / 400 * 31, 1)

    def test_months(self):
        """Each month end by itself: 600, 600 and 1,000 open."""
        rows = self._get_rows(first="2025-01-15").sorted("date")
        self.assertEqual(rows.mapped("receivable"), [600, 600, 1000])
        # February: 300 of February (28 days) and 300 of 600 of January (15.5 of 31 days)
        self.assertEqual(rows.mapped("dso_countback"), [31, 43.5, 74.5])

    def test_customers(self):
        self._issue(50, "2025-03-10", partner=self.other)
        rows = self._get_rows("customer")
        self.assertEqual({(row.partner_id, row.receivable) for row in rows}, {(self.customer, 1000), (self.other, 50)})
        # 50 of 50 of March
        self.assertEqual(rows.filtered(lambda row: row.partner_id == self.other).dso_countback, 31)

    def test_salespeople_and_departments(self):
        department = self.env["hr.department"].sudo().create({"name": "North", "company_id": self.company.id})
        invoice = self._issue(50, "2025-03-10", partner=self.other, invoice_user_id=self.user_accountant.id)
        invoice.department_id = department
        row = self._get_rows("salesperson").filtered(lambda row: row.user_id == self.user_accountant)
        self.assertEqual((row.receivable, row.sales), (50, 50))
        row = self._get_rows("department").filtered(lambda row: row.department_id == department)
        self.assertEqual((row.receivable, row.sales), (50, 50))

    def test_old_debts(self):
        """What is older than the sales of two years has no bound; without sales the period method says nothing."""
        self._book(900, "2025-01-01", due="2020-01-01", partner=self.other)
        row = self._get_rows("customer").filtered(lambda row: row.partner_id == self.other)
        self.assertEqual((row.dso_period, row.dso_countback, row.is_unbounded), (0, 0, True))

    def test_access(self):
        """Salespeople get the figures of their own customers; rows are seen by whoever made them."""
        self._issue(50, "2025-03-10", partner=self.other)
        self.assertEqual(self._get_rows().receivable, 1050)
        row = self._get_rows(user=self.user_s)
        self.assertEqual((row.receivable, row.sales), (1000, 1300))
        with self.assertRaises(AccessError):
            row.with_user(self.user_accountant).read(["receivable"])
        with self.assertRaises(AccessError):
            row.write({"receivable": 1})
        with self.assertRaises(AccessError):
            self._get_rows(user=self._create_user("nobody", "base.group_user"))

    def test_empty_months(self):
        """What is left empty is missing, not an error."""
        for name in ("date_from", "date_to"):
            # Which the server tells people with the label of the field.
            with self.subTest(name), self.assertRaisesRegex(NotNullViolation, name):
                self._empty(self.env["receivable.dso.wizard"].create({}), name)

    def _empty(self, wizard, name):
        with self.cr.savepoint(), mute_logger("odoo.sql_db"):
            wizard[name] = False
            self.env.flush_all()

    def test_wrong_months(self):
        for values, message in (
            ({"first": "2025-04-01"}, "up to the last month"),
            ({"first": "2020-01-01"}, "at most 36"),
            ({"last": "9999-12-31"}, "from 1970 to 2199"),
            ({"first": "0001-01-01"}, "from 1970 to 2199"),
            ({"first": "9999-12-01", "last": "9999-12-31"}, "from 1970 to 2199"),
            ({"days": 0}, "1 to 365"),
            ({"days": 366}, "1 to 365"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, message):
                self._get_rows(**values)
        with self.assertRaisesRegex(UserError, "there were no sales"):
            self._get_rows(first="2001-01-01", last="2001-02-01")
