from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from ..settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestOpenItems(SettlementCommon):
    """What posted documents leave open, and how old it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-25 12:00:00"))

    def _get_open(self, day=None, names="amount", partner=None):
        """Return ``{document: figure}`` of what a customer has open; rows instead of a figure for several names."""
        condition = SQL("partner.commercial_partner_id = %s", (partner or self.customer).id)
        query = self.env["account.move.line"]._get_open_query(self.company, condition, day)
        rows = self.env.execute_query(SQL("SELECT document, %s FROM (%s) AS open ORDER BY id", SQL(names), query))
        return {document: row[0] if len(row) == 1 else tuple(row) for document, *row in rows}

    # === POSTED DOCUMENTS === #

    def test_part_payment(self):
        invoice, note = self._issue(900), self._issue(-100)
        payment = self._register(invoice, 300)
        self.assertEqual(self._get_open(), {invoice.name: 600, note.name: -100})
        self._reconcile(invoice, note)
        self.assertEqual(self._get_open(), {invoice.name: 500})
        payment.action_draft()
        self.assertEqual(self._get_open(), {invoice.name: 800})

    def test_payment_in_draft(self):
        """Odoo keeps the reconciliation and says that nothing is open."""
        invoice = self._issue(900)
        payment = self._register(invoice)
        self.assertEqual(self._get_open(), {})
        payment.action_draft()
        self.assertTrue(self._get_items(invoice).reconciled)
        self.assertEqual(self._get_open(), {invoice.name: 900})
        self.assertEqual(self._get_items(invoice).amount_open, 900)
        payment.action_post()
        self.assertEqual(self._get_open(), {})

    def test_invoice_in_draft(self):
        invoice = self._issue(900)
        payment = self._register(invoice)
        invoice.button_draft()
        self.assertEqual(self._get_open(), {payment.move_id.name: -900})
        invoice.action_post()
        self.assertEqual(self._get_open(), {})

    def test_credit_note_in_draft(self):
        invoice, note = self._issue(900), self._issue(-565)
        self._reconcile(invoice, note)
        self.assertEqual(self._get_open(), {invoice.name: 335})
        note.button_draft()
        self.assertEqual(self._get_open(), {invoice.name: 900})

    def test_both_in_draft(self):
        invoice = self._issue(900)
        self._register(invoice).action_draft()
        invoice.button_draft()
        self.assertEqual(self._get_open(), {})

    def test_currency(self):
        """EUR 800 at 0.80 are USD 1,000; 400 of them paid, then in draft."""
        invoice = self._issue(800, currency_id=self.eur.id)
        payment = self._register(invoice, 400, currency_id=self.eur.id)
        self.assertEqual(self._get_open(names="amount, amount_currency"), {invoice.name: (500, 400)})
        payment.action_draft()
        self.assertEqual(self._get_open(names="amount, amount_currency"), {invoice.name: (1000, 800)})
        item = self._get_items(invoice)
        self.assertEqual(item._get_open_amounts(), {item.id: [1000.0, 800.0]})

    def test_ledger(self):
        """The sum is what the ledger says, with and without a day."""
        paid, credited, other = self._issue(900), self._issue(700), self._issue(50, "2026-10-10")
        self._register(paid, 300, "2026-10-05").action_draft()
        self._register(paid, 600, "2026-10-15")
        note = self._issue(-565, "2026-10-12")
        self._reconcile(credited, note)
        note.button_draft()
        self._register(other, 50, "2026-10-20")
        other.button_draft()
        for day in (date(2026, 10, 9), date(2026, 10, 12), date(2026, 10, 17), date(2026, 10, 20), None):
            domain = [("account_id", "=", self.receivable.id), ("parent_state", "=", "posted")]
            domain += [("date", "<=", day)] if day else []
            ledger = sum(self.env["account.move.line"].search(domain).mapped("balance"))
            self.assertEqual(sum(self._get_open(day).values()), ledger, day)

    def test_later_documents(self):
        """Without a day all that is posted counts, with a day what was known of it then."""
        invoice, later = self._issue(900), self._issue(70, "2026-11-10")
        self._register(invoice, 300, "2026-11-05")
        self.assertEqual(self._get_open(), {invoice.name: 600, later.name: 70})
        self.assertEqual(self._get_open(date(2026, 10, 25)), {invoice.name: 900})

    # === AGE === #

    def test_age(self):
        """Days since the due date; what has none is due on its date."""
        invoice = self._issue(900, invoice_date_due="2026-10-20")
        entry = self._enter((self.receivable, 100), (self.expense, -100), day="2026-10-22")
        self.assertFalse(self._get_items(entry).date_maturity)
        self.assertEqual(
            self._get_open(names="date_due, age"),
            {invoice.name: (date(2026, 10, 20), 5), entry.name: (date(2026, 10, 22), 3)},
        )
        self.assertEqual(self._get_open(date(2026, 10, 20), "age"), {invoice.name: 0})

    def test_age_is_of_the_company_s_day(self):
        invoice = self._issue(900, invoice_date_due="2026-10-20")
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env.registry.clear_cache()
        with freeze_time("2026-10-25 17:00:00"):
            self.assertEqual(self._get_open(names="age"), {invoice.name: 6})

    def test_ages_of_companies(self):
        """Each company has its own day."""
        other = self.env["res.company"].create({"name": "Second Ltd."})
        self.company.partner_id.tz, other.partner_id.tz = "Asia/Shanghai", "America/New_York"
        self.env.registry.clear_cache()
        with freeze_time("2026-10-25 17:00:00"):
            days = (self.company | other)._get_today_sql(SQL("item.company_id"))
            query = "SELECT item.company_id, %s FROM (VALUES (%s), (%s)) AS item (company_id)"
            rows = self.env.execute_query(SQL(query, days, self.company.id, other.id))
        self.assertEqual(dict(rows), {self.company.id: date(2026, 10, 26), other.id: date(2026, 10, 25)})

    # === WHOSE === #

    def test_contacts_and_follow_up(self):
        contact = self.env["res.partner"].create({"name": "Ms. Lin", "parent_id": self.customer.id})
        invoice = self._issue(900, partner_id=contact.id)
        self._get_items(invoice).no_followup = True
        self.assertEqual(
            self._get_open(names="partner_id, move_id, is_followed"),
            {invoice.name: (self.customer.id, invoice.id, False)},
        )

    def test_other_accounts_and_companies(self):
        self._enter((self.outstanding, 100), (self.payable, -100))
        self.assertEqual(self._get_open(), {})
        invoice = self._issue(900)
        other = self.env["res.company"].create({"name": "Second Ltd."})
        query = self.env["account.move.line"]._get_open_query(other, SQL("item.move_id = %s", invoice.id))
        self.assertEqual(self.env.execute_query(query), [])

    def test_one_statement(self):
        for amount in range(1, 6):
            self._register(self._issue(amount)).action_draft()
        self._get_open()
        with self.assertQueryCount(1):
            self.assertEqual(len(self._get_open()), 5)
