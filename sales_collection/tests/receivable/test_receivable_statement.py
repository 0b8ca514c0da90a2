import base64
import io
from datetime import date

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .receivable_common import ReceivableCommon


@tagged("post_install", "-at_install")
class TestReceivableStatement(ReceivableCommon):
    """Statements of account: opening, movements and closing to the cent."""

    def _get_statement(self, kind="open", date_to="2025-03-31", date_from=None, partner=None, user=None):
        partner = partner or self.customer
        figures = self.env["receivable.statement"].with_user(user or self.env.user)
        days = [day and date.fromisoformat(day) for day in (date_to, date_from)]
        return figures._get_statements(partner.with_user(user or self.env.user), self.company, kind, *days)[partner]

    def _create_wizard(self, partners=None, user=None, **values):
        wizard = self.env["receivable.statement.wizard"].with_user(user or self.env.user).with_company(self.company)
        partners = partners or self.customer
        return wizard.create({"partner_ids": [Command.set(partners.ids)], "date_to": "2025-03-31", **values})

    def _issue_year(self):
        """1,000 of December, half of it paid in January; 300 of February; -80 credited and 120 received in March."""
        old = self._issue(1000, "2024-12-10", "2025-01-10")
        self._reconcile(old, self._book(-500, "2025-01-15"))
        self._issue(300, "2025-02-10", "2025-03-12", ref="PO 7")
        self._issue(-80, "2025-03-01")
        self._book(-120, "2025-03-20")
        self._issue(50, "2025-04-05")
        return old

    def _get_ledger(self, day):
        domain = [
            ("partner_id", "=", self.customer.id),
            ("account_id", "=", self.receivable.id),
            ("parent_state", "=", "posted"),
            ("date", "<=", day),
        ]
        return self.usd.round(sum(self.env["account.move.line"].search(domain).mapped("balance")))

    def test_activity(self):
        """Opening 500, then 300, -80 and -120: closing 600, the balance of the partner ledger."""
        self._issue_year()
        statement = self._get_statement("activity", date_from="2025-02-01")
        (section,) = statement["sections"]
        self.assertEqual(section["opening"], 500)
        self.assertEqual(
            [(line["amount"], line["balance"]) for line in section["lines"]], [(300, 800), (-80, 720), (-120, 600)]
        )
        self.assertEqual((section["debit"], section["credit"], section["closing"]), (300, 200, 600))
        self.assertEqual(section["lines"][0]["reference"], "PO 7")
        self.assertEqual([line["due"] for line in section["lines"]], [date(2025, 3, 12), None, None])
        self.assertEqual(statement["balance"], 600)
        self.assertEqual(self._get_ledger("2025-01-31"), 500)
        self.assertEqual(self._get_ledger("2025-03-31"), 600)

    def test_open_items(self):
        """What is open on 31 March, oldest due first, with its age."""
        old = self._issue_year()
        (section,) = self._get_statement()["sections"]
        self.assertEqual(
            [(line["amount"], line["days_overdue"], line["balance"]) for line in section["lines"]],
            [(500, 80, 500), (-80, 30, 420), (300, 19, 720), (-120, 11, 600)],
        )
        self.assertEqual(section["lines"][0]["document"], old.name)
        self.assertEqual(section["lines"][0]["original"], 1000)
        self.assertEqual(
            section["ageing"], [(None, 0, 0), (1, 30, 300), (31, 60, 0), (61, 90, 500), (91, 120, 0), (121, None, 0)]
        )
        self.assertEqual((section["past_due"], section["not_due"], section["credits"]), (800, 0, -200))
        self.assertEqual((section["closing"], section["overdue"]), (600, 600))

    def test_overdue_is_netted(self):
        """Credits of today reduce what is overdue; in all currencies together in company currency."""
        self._issue(500, "2025-02-10")
        self._issue(70, "2025-04-10", date="2025-03-01")
        self._issue(100, "2025-02-10", currency_id=self.eur.id)
        self._issue(-80, "2025-03-31")
        statement = self._get_statement()
        self.assertEqual([section["overdue"] for section in statement["sections"]], [420, 100])
        # EUR 100 at the rate of the invoice, 1.25
        self.assertEqual(
            [statement[name] for name in ("past_due", "not_due", "credits", "overdue", "balance")],
            [625, 70, -80, 545, 615],
        )

    def test_open_on_a_past_day(self):
        """At the end of 2024 the invoice of December was open, and not due."""
        self._issue_year()
        (section,) = self._get_statement(date_to="2024-12-31")["sections"]
        self.assertEqual([(line["amount"], line["days_overdue"]) for line in section["lines"]], [(1000, 0)])
        self.assertEqual(section["overdue"], 0)

    def test_receipt_in_draft(self):
        """A receipt that is set back to draft pays nothing; open items and activity say the same."""
        invoice, receipt = self._issue(300, "2025-02-10"), self._book(-300, "2025-02-15")
        self._reconcile(invoice, receipt)
        self.assertFalse(self._get_statement()["sections"])
        receipt.button_draft()
        for statement in (self._get_statement(), self._get_statement("activity", date_from="2025-02-01")):
            (section,) = statement["sections"]
            self.assertEqual((section["closing"], statement["balance"]), (300, 300))

    def test_currencies(self):
        """EUR and USD each with its own total; the exchange gain moves the books, not the euros."""
        self._issue(70, "2025-01-10")
        invoice = self._issue(100, "2025-01-10", currency_id=self.eur.id)
        self._reconcile(invoice, self._book(-64, "2025-06-20", currency=self.eur, amount_currency=-40))
        statement = self._get_statement("activity", "2025-06-30", "2025-06-01")
        self.assertEqual([section["currency"] for section in statement["sections"]], [self.usd, self.eur])
        figures = [(one["opening"], one["closing"], len(one["lines"])) for one in statement["sections"]]
        self.assertEqual(figures, [(70, 70, 0), (100, 60, 1)])
        # 70 + EUR 60 at the rate of the invoice, 1.25
        self.assertEqual(statement["balance"], 145)
        self.assertEqual(self._get_ledger("2025-06-30"), 145)
        open_items = self._get_statement("open", "2025-06-30")
        self.assertEqual([one["closing"] for one in open_items["sections"]], [70, 60])

    def test_instalments(self):
        """An invoice is one row of the activity, its instalments are open items of their own."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 30)
                ],
            }
        )
        self._issue(1200, "2025-03-01", invoice_payment_term_id=term.id)
        (section,) = self._get_statement("activity", date_from="2025-03-01")["sections"]
        self.assertEqual([line["amount"] for line in section["lines"]], [1200])
        (section,) = self._get_statement()["sections"]
        self.assertEqual([(line["amount"], line["days_overdue"]) for line in section["lines"]], [(600, 30), (600, 0)])

    def test_contacts(self):
        """A contact gets the statement of his company."""
        contact = self.env["res.partner"].create({"name": "Ms. Lin", "parent_id": self.customer.id})
        self._issue(100, "2025-01-10", partner=contact)
        statements = self.env["receivable.statement"]._get_statements(contact, self.company, "open", date(2025, 3, 31))
        self.assertEqual([*statements], [self.customer])
        self.assertEqual(statements[self.customer]["balance"], 100)

    # === OPTIONS AND RIGHTS === #

    def test_wrong_options(self):
        for values, message in (
            ({"kind": "activity", "date_from": "2025-04-01"}, "From: 2025-04-01 is after 2025-03-31"),
            ({"kind": "activity", "date_from": False}, "first day of the activity"),
            ({"partner_ids": False}, "choose at least one"),
            ({"partner_ids": [Command.set(self.other.ids)]}, "none of them has open items"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, message):
                self._create_wizard(**values).action_export()
        figures = self.env["receivable.statement"]
        for options in ({"date_to": "x'"}, {"company_id": "1;"}, {"kind": "all"}, {"date_from": [1]}):
            with self.subTest(options=options), self.assertRaises(UserError):
                figures._clean_options(options)

    def test_access(self):
        """Salespeople: their own customers; collectors and accountants: all; others: none; own companies only."""
        self._issue(100, "2025-01-10")
        self._issue(70, "2025-01-10", partner=self.other)
        for user in (self.user_collector, self.user_accountant):
            self.assertEqual(self._get_statement(partner=self.other, user=user)["balance"], 70)
        self.assertEqual(self._get_statement(user=self.user_s)["balance"], 100)
        with self.assertRaisesRegex(AccessError, "your own customers"):
            self._get_statement(partner=self.other, user=self.user_s)
        with self.assertRaises(AccessError):
            self._get_statement(user=self._create_user("nobody", "base.group_user"))
        foreign = self.env["res.company"].create({"name": "Foreign"})
        figures = self.env["receivable.statement"].with_user(self.user_accountant)
        with self.assertRaisesRegex(AccessError, "your own companies"):
            figures._get_statements(self.customer, foreign, "open", date(2025, 3, 31))
        wizard = self._create_wizard(user=self.user_accountant)
        with self.assertRaises(AccessError):
            wizard.with_user(self.user_collector).read(["file"])

    def test_default_customers(self):
        contact = self.env["res.partner"].create({"name": "Ms. Lin", "parent_id": self.customer.id})
        partners = contact | self.other
        wizard = self.env["receivable.statement.wizard"].with_context(
            active_model="res.partner", active_ids=partners.ids
        )
        self.assertEqual(Form(wizard).save().partner_ids, self.customer | self.other)

    def test_statements_of_many(self):
        """The figures of 40 customers take as many statements as those of 5."""
        partners, counts = self.env["res.partner"], []
        for count in (2, 5, 40):
            while len(partners) < count:
                partners |= self._create_customer(f"C{len(partners)}")
                self._issue(100, "2025-01-10", partner=partners[-1])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            figures = self.env["receivable.statement"]
            statements = figures._get_statements(
                partners, self.company, "activity", date(2025, 3, 31), date(2025, 1, 1)
            )
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(sum(one["balance"] for one in statements.values()), 100 * count)
        self.assertEqual(counts[1], counts[2])
        self.assertLess(counts[2], 12)

    # === FILES AND MAIL === #

    def _print(self, wizard):
        with self.allow_pdf_render():
            action = wizard.with_context(force_report_rendering=True).action_print()
        self.assertIn("field=file", action["url"])
        pages = PdfReader(io.BytesIO(base64.b64decode(wizard.file))).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def test_print(self):
        """One file for many customers, each with his name, documents and balance."""
        self._issue_year()
        self._issue(77, "2025-01-10", partner=self.other)
        text = self._print(self._create_wizard(self.customer | self.other, with_confirmation=True))
        for expected in (
            "Jade Dragon Ltd.",
            "600.00",
            "PO 7",
            "Red Lantern Inc.",
            "77.00",
            "Confirmation of the balance",
        ):
            self.assertIn(expected, text)

    def test_print_activity(self):
        self._issue_year()
        wizard = self._create_wizard(kind="activity", date_from="2025-02-01")
        text = self._print(wizard)
        for expected in ("Opening balance", "500.00", "720.00", "600.00"):
            self.assertIn(expected, text)
        self.assertEqual(wizard.file_name, "Statement of Account 2025-03-31 Jade Dragon Ltd..pdf")

    def test_too_many(self):
        self._issue_year()
        wizard = self._create_wizard()
        self.patch(self.env.registry["receivable.statement.wizard"], "_get_printed_limit", lambda wizard: 0)
        with self.assertRaisesRegex(UserError, "Choose up to 0"):
            wizard.action_print()

    def test_sheet(self):
        """The sheet holds figures, and names that look like formulas as text."""
        import openpyxl

        self._issue_year()
        self.customer.name = "=1+1"
        wizard = self._create_wizard(kind="activity", date_from="2025-02-01")
        wizard.action_export()
        sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.file))).active
        rows = [*sheet.iter_rows(values_only=True)]
        self.assertEqual(len(rows), 6)
        self.assertEqual(rows[1][0], "=1+1")
        self.assertEqual(sheet["A2"].data_type, "s")
        self.assertEqual([row[-1] for row in rows[1:]], [500, 800, 720, 600, 600])
        self.assertEqual([row[-2] for row in rows[1:]], [None, 300, -80, -120, None])
        self.assertEqual([row[-3] for row in rows[1:]], [None] * 5, "documents are not overdue by days")

    def test_send(self):
        """One queued mail per customer, in his language, with the file; logged once; nobody without address is lost."""
        self._issue_year()
        self._issue(77, "2025-01-10", partner=self.other)
        self.other.email = False
        billing = self.env["res.partner"].create(
            {"name": "Bookkeeping", "parent_id": self.customer.id, "type": "invoice", "email": "bills@example.com"}
        )
        before = self.customer.message_ids
        wizard = self._create_wizard(self.customer | self.other, user=self.user_collector)
        with self.allow_pdf_render():
            action = wizard.with_context(force_report_rendering=True).action_send()
        self.assertIn("Red Lantern Inc.", action["params"]["message"])
        message = self.customer.message_ids - before
        self.assertEqual(len(message), 1)
        mail = self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        self.assertEqual((mail.state, mail.recipient_ids), ("outgoing", billing))
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertEqual(mail.attachment_ids.raw[:4], b"%PDF")
        self.assertIn("statement of account", mail.subject)
        self.assertFalse(self.other.message_ids.filtered(lambda one: "statement" in (one.subject or "")))

    def test_who_only_looks_sends_nothing(self):
        self._issue_year()
        for login, group in (("auditor", "sales_control.sales_control_group_auditor"),
                             ("reader", "account.group_account_readonly")):  # fmt: skip
            user = self._create_user(login, group)
            with (
                self.subTest(group),
                self.assertRaisesRegex(AccessError, "Only salespeople, collectors and accountants"),
            ):
                self._create_wizard(user=user).action_send()

    def test_send_without_addresses(self):
        self._issue_year()
        self.customer.email = False
        with self.assertRaisesRegex(UserError, "none of them has an email address"):
            self._create_wizard().action_send()
