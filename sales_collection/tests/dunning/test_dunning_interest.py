from odoo.fields import Command
from odoo.tests import tagged

from ..dunning_common import DunningCommon

NINE = {"interest_rate": 9}
E360 = {**NINE, "day_count": "30E/360"}


@tagged("post_install", "-at_install")
class TestDunningInterest(DunningCommon):
    """Interest of real invoices, receipts and credit notes; every figure by hand: principal x rate x days / year."""

    def _get_interest(self, amount, due, day, level, currency=None, receipts=(), credits=(), rates=()):
        """Return the interest that a first notice of a day charges on a new customer's invoice.

        :param receipts: ``(amount, day)``, like `credits` allocated to the invoice
        :param rates: ``(first day, per cent)`` of a table
        """
        table = self.env["dunning.interest.table"].create(
            {"name": "T", "rate_ids": [Command.create({"date_start": start, "rate": rate}) for start, rate in rates]}
        )
        policy = self._create_policy([{"days": 1, **level, **({"interest_table_id": table.id} if rates else {})}])
        partner = self.env["res.partner"].create({"name": "Debtor", "dunning_policy_id": policy.id})
        item = self._invoice(amount, due, partner, currency, dated="2024-01-01")
        for paid, paid_on in receipts:
            self._receive(paid, paid_on, item)
        for credited, credited_on in credits:
            note = self._invoice(credited, credited_on, partner, currency, "out_refund", dated=credited_on)
            (note + item).reconcile()
        return self._propose(day, policy_ids=[Command.set(policy.ids)]).amount_interest

    def _assert_interest(self, cases):
        for name, arguments, options, expected in cases:
            with self.subTest(name):
                self.assertEqual(self._get_interest(*arguments, **options), expected)

    def test_day_counts(self):
        self._assert_interest(
            [
                ("17 of 360 days", (1000, "2026-10-01", "2026-10-18", {**NINE, "day_count": "act/360"}), {}, 4.25),
                ("366 of 365 days", (10000, "2027-10-01", "2028-10-01", NINE), {}, 902.47),
                ("31 January to 28 February: 28", (10000, "2026-01-31", "2026-02-28", E360), {}, 70.0),
                ("28 February to 31 March: 32", (10000, "2026-02-28", "2026-03-31", E360), {}, 80.0),
                ("29 February to 31 March: 31", (10000, "2028-02-29", "2028-03-31", E360), {}, 77.5),
                ("31 January, a year: 360", (10000, "2026-01-31", "2027-01-31", E360), {}, 900.0),
            ]
        )

    def test_payments(self):
        """The day of a payment still bears interest on all; what is paid by the due date bears none."""
        term = (10000, "2026-09-01", "2026-10-01", NINE)
        self._assert_interest(
            [
                ("30 days on 8,000", term, {"receipts": [(2000, "2026-08-20")]}, 59.18),
                ("on the due date: the same", term, {"receipts": [(2000, "2026-09-01")]}, 59.18),
                ("on the last day: 30 days on 10,000", term, {"receipts": [(2000, "2026-10-01")]}, 73.97),
                ("10 days on 10,000, 20 on 6,000", term, {"credits": [(4000, "2026-09-11")]}, 54.25),
                (
                    "10 on 10,000, 10 on 7,000, 10 on 5,000",
                    term,
                    {"receipts": [(3000, "2026-09-11")], "credits": [(2000, "2026-09-21")]},
                    54.25,
                ),
            ]
        )

    def test_rates(self):
        base = [("2025-01-01", 11.27), ("2025-07-01", 10.27)]
        step = (11900, "2025-06-20", "2025-07-10", {})
        term = (10000, "2026-09-01", "2026-10-01", {})
        self._assert_interest(
            [
                ("8 days on 11,900 and 2 on 6,900 at 11.27, 10 on 6,900 at 10.27", step,
                 {"rates": base, "receipts": [(5000, "2025-06-28")]}, 53.07),
                ("paid on the last day of the old rate", step, {"rates": base, "receipts": [(5000, "2025-06-30")]}, 56.16),
                ("table begins later", term, {"rates": [("2027-01-01", 9)]}, 0.0),
                ("table begins in between: 10 days", term, {"rates": [("2026-09-22", 9)]}, 24.66),
                ("10 free days of 30", term, {"rates": [("2026-01-01", 9), ("2026-09-12", 0), ("2026-09-22", 9)]}, 49.32),
            ]
        )  # fmt: skip

    def test_currencies(self):
        """Interest is in the currency of the item and has its digits, whatever rate of exchange moves meanwhile."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5), ("2026-09-15", 0.25)])
        yen = self.setup_other_currency("JPY", rounding=1.0, rates=[("2020-01-01", 150)])
        self._assert_interest(
            [
                ("euro", (1000, "2026-09-01", "2026-10-01", NINE, euro), {}, 7.4),
                ("euro, partly paid: 20 days, 10 on 6,000", (10000, "2026-09-01", "2026-10-01", NINE, euro),
                 {"receipts": [(4000, "2026-09-21")]}, 64.11),
                ("yen, 419.18", (100000, "2026-10-01", "2026-10-18", NINE, yen), {}, 419.0),
            ]
        )  # fmt: skip

    def test_paid_in_company_currency(self):
        """1,000 EUR, of which 100 USD pay 50 EUR on the 10th day: 10 days on 1,000 and 20 on 950."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        self.policy.level_ids = [Command.clear(), Command.create({"days": 1, **NINE})]
        item = self._invoice(1000, "2026-09-01", currency=euro)
        (self._receive(100, "2026-09-11", currency=self.usd) + item).reconcile()
        notice = self._propose("2026-10-01")
        self.assertEqual((notice.amount_principal, notice.amount_interest), (950.0, 7.15))

    def test_part_payment_between_levels(self):
        """From the day after the last charged one: 7 days on 1,000 and 7 on 600."""
        item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self.assertEqual(self._run("2026-10-18").amount_interest, 4.19)
        self._receive(400, "2026-10-25", item)
        notice = self._run("2026-11-01")
        self.assertEqual((notice.amount_interest, notice.amount_previous, notice.amount_total), (2.76, 9.19, 626.95))

    def test_higher_rate_of_a_level(self):
        """A level charges its own rate for its own days: 17 at 9 %, 14 at 12 %."""
        self.l3.interest_rate = 12
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self.assertEqual(self._run("2026-10-18").amount_interest, 4.19)
        self.assertEqual(self._run("2026-11-01").amount_interest, 4.6)
