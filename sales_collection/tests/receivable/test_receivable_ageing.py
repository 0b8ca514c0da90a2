from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .receivable_common import ReceivableCommon

DAYS = ("2024-12-31", "2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-06-30", "2025-12-31", "2026-06-30")


@tagged("post_install", "-at_install")
class TestReceivableAgeing(ReceivableCommon):
    """What was open at the end of a day, by hand, and against the ledger."""

    def _assert_all_days(self):
        for day in DAYS:
            self._assert_ledger(day)

    def test_part_payments(self):
        """1,000 of January: 400 paid in March, 600 in May."""
        invoice = self._issue(1000, "2025-01-10", "2025-02-10")
        first = self._book(-400, "2025-03-05")
        second = self._book(-600, "2025-05-20")
        self._reconcile(invoice, first)
        self._reconcile(invoice, second)
        self.assertEqual(self._get_open("2025-01-09"), {})
        self.assertEqual(self._get_open("2025-01-10"), {invoice.name: 1000})
        self.assertEqual(self._get_open("2025-03-04"), {invoice.name: 1000})
        self.assertEqual(self._get_open("2025-03-05"), {invoice.name: 600})
        self.assertEqual(self._get_open("2025-05-19"), {invoice.name: 600})
        self.assertEqual(self._get_open("2025-05-20"), {})
        self._assert_all_days()

    def test_buckets(self):
        """On 31 March: due today, 1, 30, 31, 60, 61, 90, 91, 120 and 121 days ago."""
        days = {"03-31": 1, "03-30": 2, "03-01": 4, "02-28": 8, "01-30": 16, "01-29": 32}
        for due, amount in days.items():
            self._issue(amount, "2024-10-01", f"2025-{due}")
        for due, amount in {"12-31": 64, "12-30": 128, "12-01": 256, "11-30": 512}.items():
            self._issue(amount, "2024-10-01", f"2024-{due}")
        self.assertEqual(
            self._get_buckets("2025-03-31"), {"0": 1, "1": 2 + 4, "2": 8 + 16, "3": 32 + 64, "4": 128 + 256, "5": 512}
        )
        self.assertEqual(self._get_buckets("2025-03-31", ageing_days=[45]), {"0": 1, "1": 14, "2": 1008})
        self.assertEqual(self._get_buckets("2025-03-31", ageing_days="180,181", ageing_basis="invoice"), {"2": 1023})
        self.company.receivable_ageing_days = "29"
        self.assertEqual(self._get_buckets("2025-03-31"), {"0": 1, "1": 2, "2": 1020})

    def test_row(self):
        """What a row tells, besides amounts."""
        department = self.env["hr.department"].sudo().create({"name": "North", "company_id": self.company.id})
        invoice = self._issue(1000, "2025-01-10", "2025-02-10", ref="PO 7", invoice_user_id=self.user_s.id)
        invoice.department_id = department
        self._reconcile(invoice, self._book(-300, "2025-02-01"))
        row = self._ageing("2025-03-31").search([("move_id", "=", invoice.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "document": invoice.name,
                    "reference": "PO 7",
                    "partner_id": self.customer.id,
                    "user_id": self.user_s.id,
                    "department_id": department.id,
                    "date_maturity": date(2025, 2, 10),
                    "days_overdue": 49,
                    "bucket": "2",
                    "amount_original": 1000,
                    "amount": 700,
                    "amount_overdue": 700,
                    "is_promised": False,
                    "is_disputed": False,
                }
            ],
        )
        self.assertEqual(row.action_open_document()["res_id"], invoice.id)

    def test_credit_note(self):
        """A credit note of April reduces an invoice of January from April on; until reconciled it stands by itself."""
        invoice = self._issue(500, "2025-01-10")
        note = self._issue(-200, "2025-04-10")
        self.assertEqual(self._get_open("2025-04-30"), {invoice.name: 500, note.name: -200})
        self._reconcile(invoice, note)
        self.assertEqual(self._get_open("2025-03-31"), {invoice.name: 500})
        self.assertEqual(self._get_open("2025-04-30"), {invoice.name: 300})
        self._assert_all_days()

    def test_unallocated_receipt(self):
        """A receipt before the invoice is negative until the invoice is issued."""
        receipt = self._book(-250, "2025-01-05")
        invoice = self._issue(250, "2025-02-20")
        self._reconcile(invoice, receipt)
        self.assertEqual(self._get_open("2025-01-31"), {receipt.name: -250})
        self.assertEqual(self._get_open("2025-02-20"), {})
        self._assert_all_days()

    def test_reconciliation_undone(self):
        """What is unreconciled was never settled, whenever one asks."""
        invoice = self._issue(100, "2025-01-10")
        receipt = self._book(-100, "2025-02-10")
        self._reconcile(invoice, receipt)
        self.assertEqual(self._get_open("2025-03-31"), {})
        self._get_items(invoice).remove_move_reconcile()
        self.assertEqual(self._get_open("2025-03-31"), {invoice.name: 100, receipt.name: -100})
        self._assert_all_days()

    def test_reset_to_draft(self):
        """An invoice that is reset to draft is in no ledger: its receipt stands alone."""
        invoice = self._issue(100, "2025-01-10")
        receipt = self._book(-100, "2025-02-10")
        self._reconcile(invoice, receipt)
        invoice.button_draft()
        self.assertEqual(self._get_open("2025-03-31"), {receipt.name: -100})
        self._assert_all_days()
        invoice.action_post()
        self._assert_all_days()

    def test_cancelled(self):
        invoice = self._issue(100, "2025-01-10")
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._get_open("2025-03-31"), {})

    def test_exchange_difference(self):
        """EUR 100 at 1.25 USD, paid at 1.60 USD: 125 open in March, nothing in June; the gain is booked in between."""
        invoice = self._issue(100, "2025-01-10", currency_id=self.eur.id)
        receipt = self._book(-160, "2025-06-20", currency=self.eur, amount_currency=-100)
        self._reconcile(invoice, receipt)
        row = self._ageing("2025-03-31").search([("move_id", "=", invoice.id)])
        self.assertEqual((row.amount, row.amount_currency, row.currency_id), (125, 100, self.eur))
        self.assertEqual(self._get_open("2025-06-19"), {invoice.name: 125})
        self.assertEqual(self._get_open("2025-06-30"), {})
        self._assert_all_days()

    def test_part_payment_in_currency(self):
        """EUR 40 of 100 paid at 1.60: EUR 60 are open, at the rate of the invoice."""
        invoice = self._issue(100, "2025-01-10", currency_id=self.eur.id)
        receipt = self._book(-64, "2025-06-20", currency=self.eur, amount_currency=-40)
        self._reconcile(invoice, receipt)
        row = self._ageing("2025-06-30").search([("move_id", "=", invoice.id)])
        self.assertEqual((row.amount, row.amount_currency), (75, 60))
        self._assert_all_days()

    def test_instalments(self):
        """1,200 in three instalments: three rows with their own age."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Three instalments",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((50, 0), (25, 30), (25, 60))
                ],
            }
        )
        invoice = self._issue(1200, "2025-02-01", invoice_payment_term_id=term.id)
        self.assertEqual(self._get_buckets("2025-02-15"), {"0": 600, "1": 600})
        self.assertEqual(self._get_buckets("2025-03-31"), {"0": 300, "1": 300, "2": 600})
        self._reconcile(invoice, self._book(-700, "2025-03-01"))
        self.assertEqual(self._get_buckets("2025-03-31"), {"0": 300, "1": 200})
        self._assert_all_days()

    def test_opening_balance(self):
        """An opening balance of a general journal ages like an invoice, by its due date."""
        opening = self._book(800, "2025-01-01", due="2024-11-15")
        self.assertEqual(self._get_buckets("2025-01-31"), {"3": 800})
        row = self._ageing("2025-01-31").search([("move_id", "=", opening.id)])
        self.assertEqual((row.no_followup, row.user_id), (True, self.user_s))
        self.assertEqual(self._get_open("2024-12-31"), {})

    def test_contacts_and_customers(self):
        """Documents of a contact count for the customer; entries without a partner are in the ledger too."""
        contact = self.env["res.partner"].create({"name": "Ms. Lin", "parent_id": self.customer.id})
        invoice = self._issue(100, "2025-01-10", partner=contact)
        other = self._issue(70, "2025-01-10", partner=self.other)
        loose = self._book(30, "2025-01-10", partner=self.env["res.partner"])
        self.assertEqual(self._get_open("2025-03-31"), {invoice.name: 100})
        self.assertEqual(self._get_open("2025-03-31", self.other), {other.name: 70})
        self.assertEqual(self._get_open("2025-03-31", self.env["res.partner"]), {loose.name: 30})
        self._assert_all_days()

    def test_orders_and_contracts(self):
        """A row names the orders and contracts that its invoice bills, and is found by them."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "contract_number": "HT-2025-7",
                "order_line": [
                    Command.create({"product_id": self.company_data["product_service_order"].id, "price_unit": 90})
                ],
            }
        )
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_date = "2025-01-10"
        invoice.action_post()
        rows = self._ageing("2025-03-31").search([("contract_number", "ilike", "2025-7")])
        self.assertEqual((rows.move_id, rows.order_names, rows.contract_number), (invoice, order.name, "HT-2025-7"))

    def test_dunning_flags(self):
        """Level, promise and dispute are those of today."""
        invoice = self._issue(100, "2025-01-10")
        item = self._get_items(invoice)
        self.env["payment.promise"].create(
            {"partner_id": self.customer.id, "move_line_ids": item.ids, "amount": 50, "date": "2030-01-01"}
        )
        self.env["dunning.dispute"].create(
            {"partner_id": self.customer.id, "move_line_id": item.id, "amount": 20, "reason": "quality"}
        )
        row = self._ageing("2025-03-31").search([("move_id", "=", invoice.id)])
        self.assertEqual((row.is_promised, row.is_disputed, row.dunning_level_id.id), (True, True, False))
        self.assertEqual(self._ageing("2025-03-31").search_count([("is_disputed", "=", True)]), 1)

    def test_today_and_future(self):
        """Without a date it is today's; a day in the future ages what is known now."""
        today = self.company._get_today()
        invoice = self._issue(100, today)
        report = self.env["receivable.ageing"].with_company(self.company)
        self.assertEqual(report.search([("move_id", "=", invoice.id)]).days_overdue, 0)
        later = self._ageing(date(today.year + 1, today.month, 1)).search([("move_id", "=", invoice.id)])
        self.assertEqual(later.amount_overdue, 100)
        self.assertGreater(later.days_overdue, 300)

    # === OPTIONS === #

    def test_wrong_context(self):
        """Nothing of the context reaches the database unread."""
        for day in ("2025-13-01", "x'; DROP TABLE res_partner; --", ["2025-01-01"], {"a": 1}, 20250101, True):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "enter a day"):
                self._ageing(day).search([])
        for days in ("60,30", "0", "1;DROP", [30, "x"], [1.5], list(range(1, 20)), {"a": 1}, 30):
            with self.subTest(days=days), self.assertRaisesRegex(UserError, "whole numbers in ascending order"):
                self._ageing("2025-03-31", ageing_days=days).search([])
        self.assertEqual(self._ageing("2025-03-31", ageing_basis="x'")._get_ageing_basis(), "due")

    def test_labels(self):
        labels = dict(self._ageing("2025-03-31", ageing_days=[7, 14]).fields_get(["bucket"])["bucket"]["selection"])
        self.assertEqual(labels, {"0": "Not due", "1": "1-7", "2": "8-14", "3": "15+"})

    def test_labels_of_views(self):
        """The web client asks for views with what ends in ``_view_ref`` only: the names are those of the wizard."""
        wizard = self.env["receivable.ageing.wizard"].with_company(self.company)
        context = wizard.create({"ageing_days": "7, 14", "basis": "invoice"}).action_show()["context"]
        kept = {name: value for name, value in context.items() if name.endswith("_view_ref")}
        report = self.env["receivable.ageing"].with_context(**kept)
        views = report.get_views([(False, "pivot"), (False, "list")])
        labels = dict(views["models"]["receivable.ageing"]["fields"]["bucket"]["selection"])
        self.assertEqual(labels, {"1": "0-7", "2": "8-14", "3": "15+"})

    def test_setting(self):
        with self.assertRaisesRegex(ValidationError, "whole numbers in ascending order"):
            self.company.receivable_ageing_days = "90, 30"
        self.company.receivable_ageing_days = False
        self.assertEqual(self.company._get_ageing_bounds(), (30, 60, 90, 120))

    def test_wizard(self):
        invoice = self._issue(100, "2025-01-10")
        form = Form(self.env["receivable.ageing.wizard"].with_company(self.company))
        self.assertEqual((form.date, form.ageing_days), (self.company._get_today(), "30, 60, 90, 120"))
        form.date = "2025-01-20"
        form.ageing_days = "5 9"
        action = form.save().action_show()
        expected = {"ageing_date": "2025-01-20", "ageing_days": [5, 9], "ageing_basis": "due"}
        self.assertEqual(action["context"], action["context"] | expected)
        report = self.env["receivable.ageing"].with_context(allowed_company_ids=self.company.ids, **action["context"])
        self.assertEqual(report.search([("move_id", "=", invoice.id)]).bucket, "3")
        again = report.action_choose()["context"]
        self.assertEqual((again["default_date"], again["default_ageing_days"]), ("2025-01-20", "5, 9"))
        with self.assertRaisesRegex(ValidationError, "whole numbers in ascending order"):
            self.env["receivable.ageing.wizard"].create({"ageing_days": "9, 5"})

    # === ACCESS === #

    def test_access(self):
        """Salespeople see their own customers, collectors and accountants all, others nothing; nobody writes."""
        mine = self._issue(100, "2025-01-10")
        other = self._issue(70, "2025-01-10", partner=self.other)
        for user in (self.user_collector, self.user_accountant):
            rows = self._ageing("2025-03-31", user).search([])
            self.assertEqual(rows.sudo().move_id & (mine | other), mine | other)
        self.assertEqual(self._ageing("2025-03-31", self.user_s).search([]).sudo().move_id, mine)
        nobody = self._create_user("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self._ageing("2025-03-31", nobody).search([])
        with self.assertRaises(AccessError):
            self._ageing("2025-03-31", self.user_accountant).search([], limit=1).write({"amount": 1})

    def test_companies(self):
        """Each company sums to its own ledger."""
        second = self.setup_other_company(name="Second")["company"]
        mine = self._issue(100, "2025-01-10")
        journal = self.env["account.journal"].search([("company_id", "=", second.id), ("type", "=", "sale")], limit=1)
        values = {"company_id": second.id, "journal_id": journal.id}
        theirs = (
            self.env["account.move"]
            .with_company(second)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": "2025-01-10",
                    "invoice_line_ids": [Command.create({"name": "A", "price_unit": 55, "tax_ids": [Command.clear()]})],
                    **values,
                }
            )
        )
        theirs.action_post()
        self.assertEqual(self._get_open("2025-03-31"), {mine.name: 100})
        both = self.env["receivable.ageing"].with_context(
            ageing_date="2025-03-31", allowed_company_ids=(self.company | second).ids
        )
        rows = both.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(rows.mapped("amount"), [100, 55])

    def test_statements(self):
        """The number of statements does not grow with the rows."""
        for count in (5, 40):
            for _number in range(count - (5 if count == 40 else 0)):
                self._issue(100, "2025-01-10")
            self.env.flush_all()
            self.env.invalidate_all()
            report = self._ageing("2025-03-31")
            report.search([], limit=1).mapped("document")  # warm
            self.env.invalidate_all()
            with self.subTest(count=count), self.assertQueryCount(3):
                rows = report.search([("partner_id", "=", self.customer.id)])
                self.assertEqual(len([(row.amount, row.order_names, row.is_promised) for row in rows]), count)
