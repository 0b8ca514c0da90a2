from odoo.fields import Command
from odoo.tests import tagged

from ..dunning_common import DunningCommon

DUE = "2026-10-01"


@tagged("post_install", "-at_install")
class TestDunningNetting(DunningCommon):
    """What is claimed of what customers owe and have paid, on 2026-10-04: level 1, minimum 10.00 USD.

    Debts are ``(amount, due date, currency)``; negative ones credit notes, those without a due date receipts.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])

    def _owe(self, partner, amount, due=DUE, currency=None):
        if due is None:
            self._receive(-amount, "2026-10-02", partner=partner, currency=currency)
        elif amount < 0:
            self._invoice(-amount, due, partner, currency, "out_refund", dated="2026-10-01")
        else:
            self._invoice(amount, due, partner, currency)

    def _assert_notices(self, cases):
        """Check ``(principal, credit, not due, balance, totals per currency)`` of a customer each, None: no notice."""
        partners = self.env["res.partner"].create([{"name": name, "is_company": True} for name, *_rest in cases])
        for partner, (_name, debts, _expected) in zip(partners, cases, strict=True):
            for debt in debts:
                self._owe(partner, *debt)
        notices = self._propose("2026-10-04").grouped("partner_id")
        for partner, (name, _debts, expected) in zip(partners, cases, strict=True):
            with self.subTest(name):
                notice = notices.get(partner)
                found = notice and (
                    notice.amount_principal,
                    notice.amount_credit,
                    notice.amount_not_due,
                    notice.amount_balance,
                    {row["currency"].name: row["total"] for row in notice._get_currency_totals()},
                )
                self.assertEqual(found, expected)

    def test_credits(self):
        self._assert_notices(
            [
                ("a credit note above the debt", [(100,), (-300,)], None),
                ("a credit note of the debt", [(100,), (-100,)], None),
                ("credit notes alone", [(-995,)], None),
                ("a receipt above what is overdue", [(1000,), (700, "2026-11-01"), (-1200, None)], None),
                ("a receipt of a part", [(1000,), (700, "2026-11-01"), (-400, None)],
                 (1000.0, -400.0, 700.0, 1300.0, {"USD": 600.0})),
                ("a credit note that falls due later", [(1000,), (-200, "2026-12-01")],
                 (1000.0, -200.0, 0.0, 800.0, {"USD": 800.0})),
                ("nothing due", [(1000, "2026-11-01")], None),
            ]
        )  # fmt: skip

    def test_documents_in_draft(self):
        """What is reconciled with an entry in draft is open: a debt is asked for, a credit is deducted."""
        partner = self.env["res.partner"].create({"name": "Draft", "is_company": True})
        paid = self._invoice(500, DUE, partner, dated="2026-10-01")
        receipt = self._receive(500, "2026-10-02", paid, partner)
        receipt.move_id.button_draft()
        credited = self._invoice(70, DUE, partner, dated="2026-10-01")
        self._receive(70, "2026-10-02", credited, partner)
        credited.move_id.button_draft()
        notice = self._propose("2026-10-04").filtered(lambda notice: notice.partner_id == partner)
        self.assertEqual((notice.amount_principal, notice.amount_credit), (500.0, -70.0))

    def test_minimum(self):
        self._assert_notices(
            [
                ("exactly the minimum", [(10,)], (10.0, 0.0, 0.0, 10.0, {"USD": 10.0})),
                ("a cent less", [(9.99,)], None),
                ("together above it", [(4,), (4,), (4,)], (12.0, 0.0, 0.0, 12.0, {"USD": 12.0})),
                ("together below it", [(4,), (4,)], None),
                ("below it after netting", [(1000,), (-995,)], None),
                ("5 EUR are the minimum", [(5, DUE, self.euro)], (5.0, 0.0, 0.0, 5.0, {"EUR": 5.0})),
                ("4.99 EUR are not", [(4.99, DUE, self.euro)], None),
                ("two currencies make it: 6 USD, 2 EUR", [(6,), (2, DUE, self.euro)],
                 (10.0, 0.0, 0.0, 10.0, {"USD": 6.0, "EUR": 2.0})),
            ]
        )  # fmt: skip

    def test_currencies(self):
        """Credits are deducted in their own currency alone; the notice sums in company currency."""
        self._assert_notices(
            [
                ("credit in one of two", [(1000,), (200, DUE, self.euro), (-50, DUE, self.euro)],
                 (1400.0, -100.0, 0.0, 1300.0, {"USD": 1000.0, "EUR": 150.0})),
                ("credit above the debt of its currency", [(1000,), (40, DUE, self.euro), (-50, DUE, self.euro)],
                 (1000.0, 0.0, 0.0, 980.0, {"USD": 1000.0})),
                ("credit in a currency of no debt", [(1000,), (-50, DUE, self.euro)],
                 (1000.0, 0.0, 0.0, 900.0, {"USD": 1000.0})),
            ]
        )  # fmt: skip

    def test_instalments(self):
        """100 fixed at once, 30 % and the rest later; the second one is disputed, then refused."""
        shares = (("fixed", 100, 0), ("percent", 30, 30), ("percent", 70, 60))
        term = self.env["account.payment.term"].create(
            {
                "name": "100 at once, 30 % in 30 days, the rest in 60",
                "line_ids": [
                    Command.create({"value": value, "value_amount": amount, "nb_days": days})
                    for value, amount, days in shares
                ],
            }
        )
        items = self._invoice(1000, "2026-09-15", dated="2026-09-15", invoice_payment_term_id=term.id)
        self.assertEqual(items.sorted("date_maturity").mapped("amount_residual"), [100.0, 300.0, 600.0])
        self.assertEqual(self._propose("2026-10-11").line_ids.mapped("amount"), [100.0])
        self.env["dunning.run"].search([]).unlink()
        dispute = self.env["dunning.dispute"].create(
            {"move_line_id": items.sorted("date_maturity")[1].id, "amount": 300, "reason": "price"}
        )
        notice = self._propose("2026-10-18")
        self.assertEqual(
            (notice.amount_principal, notice.amount_not_due, notice.amount_balance), (100.0, 600.0, 1000.0)
        )
        dispute.action_refuse()
        run = notice.run_id
        run.action_compute()
        self.assertEqual(run.notice_ids.amount_principal, 400.0)
