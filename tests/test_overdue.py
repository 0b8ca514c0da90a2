"""What is open and overdue of a customer is the same figure on every screen, whichever addon shows it."""

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sales_collection.tests.collection_common import CollectionCommon

OWED = ("past_due", "not_due", "credits", "overdue", "balance")


@tagged("post_install", "-at_install")
class TestOverdue(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls.customer.with_company(cls.company).credit_limit = 5000
        cls.invoice = cls._post_invoice(500, "2026-09-01")

    def _create_all_kinds(self):
        """Past due 650, not due 70, credits -100: overdue 550, balance 620."""
        self._post_invoice(70, "2026-10-15")
        note = self._post_invoice(40, "2026-10-15", move_type="out_refund")
        self._receive(60, "2026-10-14")
        self._enter(30, "2026-07-01")
        self._get_item(self._post_invoice(20, "2026-10-01")).no_followup = True
        # 14 / 0.14
        self._post_invoice(14, "2026-10-01", currency_id=self.usd.id)
        paid = self._post_invoice(1000, "2026-09-01")
        self._receive(1000, "2026-09-10", paid)
        return note

    def _enter(self, amount, day):
        """Post an entry that the customer owes, without a due date."""
        accounts = (self._find("account.account", self.company, code=code) for code in ("1122", "6001"))
        lines = [
            {"account_id": account.id, "partner_id": self.customer.id, "balance": sign * amount}
            for account, sign in zip(accounts, (1, -1), strict=True)
        ]
        journal = self._find("account.journal", self.company, type="general")
        move = self.env["account.move"].create(
            {"journal_id": journal.id, "date": day, "line_ids": [Command.create(line) for line in lines]}
        )
        move.action_post()
        self.assertFalse(self._get_item(move).date_maturity)

    # === SCREENS === #

    def _get_screens(self):
        """Return ``{screen: figures}``: those of `OWED` that the screen shows."""
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            "worklist": self._read_worklist(),
            "credit list": self._read_customer(),
            "credit exposure": self._read_exposure(),
            "credit sheet": self._read_sheet(),
            "statement": self._read_statement(),
            "ageing": self._read_ageing(),
            "collection rate": self._read_rate(),
            "button": {"overdue": self.customer.with_company(self.company).collection_overdue},
        }

    def _read_worklist(self):
        row = self.env["collection.worklist"].search(
            [("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)]
        )
        figures = [row[f"amount_{name}"] for name in ("past_due", "not_due", "credit", "overdue", "balance")]
        return dict(zip(OWED, figures, strict=True)) if row else {"overdue": 0.0}

    def _read_customer(self):
        names = ("past_due", "not_due", "open_credits", "overdue_amount", "receivable")
        customer = self.customer.with_company(self.company)
        found = (
            self.env["res.partner"]
            .with_company(self.company)
            ._read_group([("id", "=", customer.id)], [], [f"credit_{name}:sum" for name in names])
        )
        figures = [customer[f"credit_{name}"] for name in names]
        self.assertEqual([float(figure) for figure in found[0]], figures)
        return dict(zip(OWED, figures, strict=True))

    def _read_exposure(self):
        rows = self.env["credit.exposure.report"].search(
            [("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)]
        )
        return {
            "past_due": sum(row.amount for row in rows if row.amount > 0 and row.days_overdue),
            "credits": sum(row.amount for row in rows if row.amount < 0),
            "balance": sum(rows.mapped("amount")),
        }

    def _read_sheet(self):
        sheet = self.customer.with_company(self.company)._get_credit_sheet()
        amounts = [amount for _label, amount in sheet["ageing"]]
        return {
            "past_due": sum(amounts[1:]),
            "not_due": amounts[0],
            "credits": sheet["credits"],
            "balance": sum(amounts) + sheet["credits"],
        }

    def _read_statement(self):
        statements = self.env["receivable.statement"]._get_statements(
            self.customer, self.company, "open", self.company._get_today()
        )
        statement = statements[self.customer]
        for section in statement["sections"]:
            ageing = sum(amount for _first, _last, amount in section["ageing"])
            self.assertEqual(section["currency"].round(ageing + section["credits"]), section["closing"])
        return {name: statement[name] for name in OWED}

    def _read_ageing(self):
        [sums] = self.env["receivable.ageing"]._read_group(
            [("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)],
            [],
            ["amount_overdue:sum", "amount:sum"],
        )
        return {"overdue": max(0.0, sums[0]), "balance": sums[1]}

    def _read_rate(self):
        today = self.company._get_today()
        report = self.env["collection.rate.report"].with_company(self.company)
        figures = report._get_collection_figures(today, today, "partner_id")[self.customer]
        return {"overdue": figures["overdue_start"], "past_due": figures["overdue_start"] - figures["credits_start"]}

    def assertOwed(self, *expected):
        """Check that every screen shows these figures; a screen need not show all of them."""
        expected = dict(zip(OWED, expected, strict=True))
        for screen, figures in self._get_screens().items():
            shown = {name: self.cny.round(float(figure)) for name, figure in figures.items()}
            self.assertEqual(shown, {name: expected[name] for name in shown}, screen)

    # === TESTS === #

    def test_all_kinds(self):
        self._create_all_kinds()
        self.assertOwed(650.0, 70.0, -100.0, 550.0, 620.0)

    def test_banner(self):
        self._create_all_kinds()
        self.assertIn("550.00", str(self.customer.with_company(self.company).credit_bar))
        order = self.env["sale.order"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        position = self.customer._get_credit_positions(self.company)[self.customer]
        self.assertIn("550.00", order.partner_invoice_id._get_credit_line(position, self.company))

    def test_documents_in_draft(self):
        note = self._create_all_kinds()
        note.button_draft()
        self.assertOwed(650.0, 70.0, -60.0, 590.0, 660.0)
        receipt = self._receive(500, "2026-10-10", self.invoice)
        self.assertOwed(150.0, 70.0, -60.0, 90.0, 160.0)
        receipt.button_draft()
        self.assertOwed(650.0, 70.0, -60.0, 590.0, 660.0)

    def test_excluded_from_follow_up(self):
        """Age is a fact: only dunning and calls leave it out."""
        self._get_item(self.invoice).no_followup = True
        self.assertOwed(500.0, 0.0, 0.0, 500.0, 500.0)

    def test_more_credits_than_overdue(self):
        self._create_all_kinds()
        self._receive(600, "2026-10-14")
        screens = self._get_screens()
        shown = {screen: figures["overdue"] for screen, figures in screens.items() if "overdue" in figures}
        self.assertEqual(set(shown.values()), {0.0}, shown)
        self.assertEqual(screens["statement"]["balance"], 20.0)
