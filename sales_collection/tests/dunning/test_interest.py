from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ...tools.interest import (
    InterestTerms,
    Principal,
    allocate,
    count_days,
    get_interest,
    match_receipts,
)

START = date(2026, 1, 31)
NINE = InterestTerms(((date.min, 9.0),))


@tagged("post_install", "-at_install")
class TestInterest(BaseCase):
    """Interest, day by day."""

    def test_parts_add_up(self):
        """A period is the sum of its parts, in every day count: nothing is charged twice or lost between notices."""
        end = START + timedelta(days=500)
        for day_count in ("act/365", "act/360", "30E/360"):
            terms = InterestTerms(((date(2025, 1, 1), 8.0), (date(2026, 7, 1), 9.5)), day_count)
            whole = get_interest(Principal(1000.0), START, end, terms)
            cuts = [START, START + timedelta(days=29), START + timedelta(days=151), end]
            parts = sum(get_interest(Principal(1000.0), *pair, terms) for pair in zip(cuts, cuts[1:], strict=False))
            self.assertAlmostEqual(whole, parts, places=9)

    def test_day_by_day(self):
        """The segments give what a sum over single days gives."""
        principal = Principal(300.0, [(date(2026, 2, 10), 500.0), (date(2026, 3, 5), 200.0), (date(2026, 2, 10), 1.0)])
        terms = InterestTerms(((date(2026, 2, 1), 4.0), (date(2026, 2, 20), 6.0)))
        end = date(2026, 3, 20)
        total = 0.0
        for offset in range(1, (end - START).days + 1):
            day = START + timedelta(days=offset)
            total += principal.get_open(day) * terms.get_rate(day) / 36500
        self.assertAlmostEqual(get_interest(principal, START, end, terms), total, places=9)

    def test_360(self):
        terms = InterestTerms(((date.min, 9.0),), "act/360")
        self.assertAlmostEqual(get_interest(Principal(1000.0), START, date(2026, 3, 2), terms), 7.5)

    def test_30e(self):
        self.assertEqual(count_days(date(2026, 2, 28), date(2026, 3, 31), "30E/360"), 32)
        self.assertEqual(count_days(date(2025, 12, 31), date(2026, 12, 31), "30E/360"), 360)

    def test_nothing(self):
        self.assertEqual(get_interest(Principal(0.0), START, date(2026, 3, 2), NINE), 0.0)
        self.assertEqual(get_interest(Principal(1000.0), START, date(2026, 1, 1), NINE), 0.0)
        future = InterestTerms(((date(2030, 1, 1), 9.0),))
        self.assertEqual(get_interest(Principal(1000.0), START, date(2026, 3, 2), future), 0.0)

    def test_payment_on_the_last_day(self):
        """Paid on the day of the run: the day still counts in full."""
        paid = Principal(0.0, [(date(2026, 2, 10), 1000.0)])
        full = get_interest(Principal(1000.0), START, date(2026, 2, 10), NINE)
        self.assertEqual(get_interest(paid, START, date(2026, 2, 10), NINE), full)
        self.assertEqual(get_interest(paid, START, date(2026, 2, 20), NINE), full)

    def test_allocate(self):
        debt = {"fee": 5.0, "interest": 4.0, "principal": 100.0}
        self.assertEqual(allocate(0.0, debt), {"fee": 0.0, "interest": 0.0, "principal": 0.0})
        self.assertEqual(sum(allocate(500.0, debt).values()), 109.0)
        self.assertEqual(allocate(102.0, debt, "principal_first"), {"principal": 100.0, "interest": 2.0, "fee": 0.0})

    def test_match(self):
        self.assertEqual(match_receipts([("r", 10.0)], []), [])
        self.assertEqual(match_receipts([("r", 0.3)], [("a", 0.1), ("b", 0.2), ("c", 5.0)]), [("r", "a"), ("r", "b")])
