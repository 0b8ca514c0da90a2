from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .opening_common import OpeningCommon

FIGURES = ("payment_days_late", "payment_worst_days", "payment_share_late", "payment_dso", "payment_trend")


@tagged("post_install", "-at_install")
class TestPaymentBehaviour(OpeningCommon):
    """How a customer paid in the last 12 months, worked out by hand."""

    def _assert_figures(self, days_late, worst, share, partner=None):
        partner = partner or self.customer
        self.env.flush_all()
        partner.invalidate_recordset()
        self.assertAlmostEqual(partner.payment_days_late, days_late, 1)
        self.assertEqual(partner.payment_worst_days, worst)
        self.assertAlmostEqual(partner.payment_share_late, share, 1)

    def test_nothing(self):
        self._assert_figures(0, 0, 0)
        self.assertEqual((self.customer.payment_dso, self.customer.payment_trend), (0, 0))

    def test_weighted_by_amount(self):
        self._pay(self._issue(300, due=40), days=10)
        self._pay(self._issue(100, due=40), days=40)
        # (300 x 30 + 100 x 0) / 400
        self._assert_figures(22.5, 30, 75)
        self._assert_figures(22.5, 30, 75, partner=self.contact)

    def test_early_money_does_not_excuse_late_money(self):
        self._pay(self._issue(100, due=40), days=60)
        self._pay(self._issue(100, due=40), days=30)
        self._assert_figures(5, 10, 50)

    def test_part_payments(self):
        invoice = self._issue(1000, due=50)
        self._pay(invoice, days=50, amount=400)
        self._pay(invoice, days=30, amount=500)
        # 400 in time, 500 20 days late, 100 open for 50 days
        self._assert_figures((500 * 20 + 100 * 50) / 1000, 50, 60)

    def test_open_and_not_due_says_nothing(self):
        self._issue(1000, due=-10, days=5)
        self._pay(self._issue(100, due=40), days=30)
        self._assert_figures(10, 10, 100)

    def test_credit_note_is_no_payment(self):
        invoice = self._issue(1000, due=50)
        note = self._reverse_invoice(invoice, date=self.today)
        note.invoice_line_ids.price_unit = 600
        note.action_post()
        (invoice | note).line_ids.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.assertEqual(invoice.amount_residual, 400)
        self._pay(invoice, days=30)
        self._assert_figures(20, 20, 100)

    def test_exchange_difference_is_no_payment(self):
        # 800 EUR = 1,000 USD, paid at 0.5 EUR: 1,600 USD; the difference is booked, not paid.
        invoice = self._issue(800, due=40, currency_id=self.eur.id)
        rate = {"name": self._days_ago(20), "rate": 0.5, "currency_id": self.eur.id, "company_id": self.company.id}
        self.env["res.currency.rate"].create(rate)
        self._pay(invoice, days=10)
        self.assertTrue(invoice.line_ids.matched_credit_ids.exchange_move_id)
        report = self.env["payment.behaviour.report"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(report.amount, 1000)
        self._assert_figures(30, 30, 100)

    def test_money_paid_back_is_no_claim(self):
        self._pay(self._issue(100, due=40), days=30)
        receivable = self.company_data["default_account_receivable"]
        receipt = self._register_receipt(500, days=100)
        back = receipt._reverse_moves([{"date": self.today}], cancel=True)
        self.assertEqual(back.state, "posted")
        self.assertTrue(receipt.line_ids.filtered(lambda line: line.account_id == receivable).reconciled)
        self._assert_figures(10, 10, 100)

    def _register_receipt(self, amount, days):
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": amount, "payment_type": "inbound", "date": self._days_ago(days)}
        )
        payment.action_post()
        return payment.move_id

    def test_older_than_a_year_is_forgotten(self):
        self._pay(self._issue(100, due=500), days=380)
        self._assert_figures(0, 0, 0)
        self._pay(self._issue(100, due=380), days=360)
        self._assert_figures(20, 20, 100)

    def test_trend(self):
        self._pay(self._issue(100, due=300), days=295)
        self._pay(self._issue(100, due=100), days=80)
        self.assertAlmostEqual(self.customer.payment_trend, 15, 1)

    def test_dso_of_90_days(self):
        self._pay(self._issue(9000, due=100, days=200), days=100)
        self._issue(1000, due=10, days=40)
        self._pay(self._issue(1000, due=10, days=40), days=10)
        # 1,000 / 2,000 x 90
        self.assertAlmostEqual(self.customer.payment_dso, 45, 1)

    def test_dso_of_a_year(self):
        self._issue(1000, due=100, days=200)
        self._pay(self._issue(1000, due=100, days=200), days=100)
        self.assertAlmostEqual(self.customer.payment_dso, 182.5, 1)

    def test_dso_credit_notes(self):
        invoice = self._issue(1000, due=10, days=40)
        self._reverse_invoice(self._issue(1000, due=10, days=40), post=True, date=self._days_ago(5))
        self.assertEqual(invoice.amount_residual, 1000)
        self._assert_dso(0 if self.customer.credit_receivable == 0 else 90 * self.customer.credit_receivable / 1000)

    def _assert_dso(self, days):
        self.customer.invalidate_recordset()
        self.assertAlmostEqual(self.customer.payment_dso, days, 1)

    def test_companies_apart(self):
        other = self.setup_other_company(name="Other Trading")["company"]
        self._pay(self._issue(100, due=40), days=30)
        self._assert_figures(10, 10, 100)
        self._assert_figures(0, 0, 0, partner=self.customer.with_company(other))

    def test_one_statement(self):
        partners = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(20)])
        for number, partner in enumerate(partners):
            self._pay(self._issue(100, due=40, partner=partner), days=30 - number)
        self.env.flush_all()
        counts = []
        # The first round fills caches.
        for some in (partners, partners[:2], partners):
            self.env.invalidate_all()
            some.mapped("commercial_partner_id")
            before = self.cr.sql_log_count
            days = some.mapped("payment_days_late")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(days, [10 + number for number in range(20)])
        self.assertEqual(counts[1:], [1, 1])

    # === REPORT === #

    def _read_report(self, *groupby, user=None):
        report = self.env["payment.behaviour.report"].with_user(user or self.env.user)
        aggregates = ["amount:sum", "days_late:avg", "share_late:avg"]
        self.env.flush_all()
        domain = [("partner_id", "in", (self.customer | self.contact).ids)]
        return report._read_group(domain, list(groupby), aggregates)

    def test_report_averages_are_weighted(self):
        self._pay(self._issue(300, due=100), days=70)
        self._pay(self._issue(100, due=40), days=40)
        self._issue(600, due=5, days=40)
        # (300 x 30 + 100 x 0 + 600 x 5) / 1,000; the months apart would give an average of averages
        self.assertEqual(self._read_report(), [(1000, 12, 90)])
        months = self._read_report("date:month")
        self.assertEqual(sum(amount for _month, amount, _days, _share in months), 1000)
        self.assertEqual(months[0][1:], (300, 30, 100))
        rows = self.env["payment.behaviour.report"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sum(rows.mapped("amount")), 1000)

    def test_report_of_who_pays_in_time(self):
        self._pay(self._issue(300, due=100), days=100)
        self.assertEqual(self._read_report(), [(300, 0, 0)])

    def test_report_action(self):
        action = self.contact.action_view_payment_behaviour()
        self.assertEqual(action["domain"], [("partner_id", "=", self.customer.id)])
        self.assertTrue(action["view_mode"].startswith("graph"))

    # === ACCESS === #

    def test_access(self):
        self._pay(self._issue(100, due=40), days=30)
        salesman = self._create_user("salesperson", "sales_team.group_sale_salesman")
        reader = self._create_user("reader", "sales_plan_credit.sales_plan_credit_group_reader")
        outsider = self._create_user("outsider", "base.group_user")
        self.assertEqual(self.customer.with_user(salesman).payment_days_late, 0)
        self.assertEqual(self._read_report(user=salesman), [(False, 0, 0)])
        self.customer.user_id = salesman
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(salesman).payment_days_late, 10)
        self.assertEqual(self.customer.with_user(reader).payment_days_late, 10)
        self.assertEqual(self._read_report(user=salesman), [(100, 10, 100)])
        with self.assertRaises(AccessError):
            self.customer.with_user(outsider).read(["payment_days_late"])
        with self.assertRaises(AccessError):
            self._read_report(user=outsider)


@tagged("post_install", "-at_install")
class TestDirectReceipts(OpeningCommon):
    """Receipts booked without a payment count as payments too; what no money settles is none."""

    def _settle(self, invoice, journal, account, days):
        """Reconcile an invoice of 100 with an entry by hand."""
        receivable = self.company_data["default_account_receivable"]
        lines = [
            {"account_id": receivable.id, "partner_id": self.customer.id, "balance": -100},
            {"account_id": account.id, "balance": 100},
        ]
        entry = self.env["account.move"].create(
            {
                "date": self._days_ago(days),
                "journal_id": journal.id,
                "line_ids": [Command.create(line) for line in lines],
            }
        )
        entry.action_post()
        (invoice | entry).line_ids.filtered(lambda line: line.account_id == receivable).reconcile()
        self.env.flush_all()

    def test_entry(self):
        bank = self.company_data["default_journal_bank"]
        self._settle(self._issue(100, due=40), bank, bank.default_account_id, days=33)
        self.assertEqual(self.customer.payment_worst_days, 7)

    def test_netting_is_no_payment(self):
        """Netted against what we owe, or written off: as in collection, and nobody was late with it."""
        journal = self.company_data["default_journal_misc"]
        self._settle(self._issue(100, due=40), journal, self.company_data["default_account_payable"], days=33)
        self.assertEqual((self.customer.payment_worst_days, self.customer.payment_days_late), (0, 0))
        bank = self.company_data["default_journal_bank"]
        self._settle(self._issue(100, due=40), bank, bank.default_account_id, days=36)
        self.customer.invalidate_recordset()
        self.assertEqual((self.customer.payment_worst_days, self.customer.payment_days_late), (4, 4))
