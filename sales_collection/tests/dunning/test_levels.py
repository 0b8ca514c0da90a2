from datetime import date

from odoo.tests import BaseCase, tagged

from ...tools.levels import (
    Claim,
    Level,
    OpenItem,
    Policy,
    Proposal,
    deduct,
    drop_settled,
    get_next_level,
    is_interval_over,
    is_reached,
)

DAY = date(2026, 10, 1)
REMINDER, FIRST, SECOND, THIRD = LADDER = (
    Level(1, -3),
    Level(2, 3, 14),
    Level(3, 17, 14),
    Level(4, 31, 14),
)


@tagged("post_install", "-at_install")
class TestLevels(BaseCase):
    """Which level is next, and what credits leave of a claim."""

    def _next(self, days_late, level=None, elapsed=None, ladder=LADDER):
        found = get_next_level(ladder, days_late, level and level.days, elapsed)
        return found and found.id

    def test_first_step(self):
        """New items by age: nothing, reminder, nothing, first level; never more than one step."""
        steps = {-4: None, -3: 1, 0: 1, 1: None, 2: None, 3: 2, 16: 2, 17: 2, 500: 2}
        self.assertEqual({days: self._next(days) for days in steps}, steps)

    def test_second_step(self):
        self.assertIsNone(self._next(16, FIRST, 13))
        self.assertIsNone(self._next(17, FIRST, 13))
        self.assertIsNone(self._next(16, FIRST, 14))
        self.assertEqual(self._next(17, FIRST, 14), 3)
        self.assertEqual(self._next(500, FIRST, 14), 3)

    def test_last_step(self):
        self.assertIsNone(self._next(500, THIRD, 400))

    def test_reminder_starts_no_interval(self):
        self.assertEqual(self._next(3, REMINDER, 3), 2)
        self.assertIsNone(self._next(0, REMINDER, 3), "reminded once")

    def test_never_twice_a_day(self):
        eager = (Level(1, 1), Level(2, 2))
        self.assertIsNone(self._next(9, eager[0], 0, eager))
        self.assertEqual(self._next(9, eager[0], 1, eager), 2)
        self.assertFalse(is_interval_over(eager[1], 1, -5), "nor before the last time")

    def test_on_the_due_date(self):
        today = (Level(1, -5), Level(2, 0))
        self.assertEqual(self._next(0, None, None, today), 2)
        self.assertTrue(is_reached(today[1], 0) and is_reached(today[1], 9))

    def test_jump(self):
        ladder = (FIRST, SECOND, THIRD._replace(allow_jump=True))
        self.assertEqual(self._next(30, None, None, ladder), 2)
        self.assertEqual(self._next(31, None, None, ladder), 4)
        self.assertEqual(self._next(31, FIRST, 14, ladder), 4)
        self.assertIsNone(self._next(31, FIRST, 13, ladder), "the interval holds for jumps too")

    def test_due_date_put_off(self):
        """An item with a level whose due date moves into the future rests."""
        self.assertIsNone(self._next(-10, SECOND, 30))
        self.assertIsNone(self._next(-2, SECOND, 30))

    def test_other_policy(self):
        ladder = (Level(7, 5), Level(8, 20))
        self.assertEqual(self._next(25, SECOND, 30, ladder), 8)

    # Credits

    def _get_proposal(self, claims, credits):
        items = [OpenItem(n, 1, 1, currency, DAY, DAY, amount) for n, (currency, amount) in enumerate(claims + credits)]
        lines = [Claim(item, 2, 3, True, item.residual) for item in items[: len(claims)]]
        pool = {item.id: [item, item.residual] for item in items[len(claims) :]}
        return Proposal(1, Policy(1, 1, True, LADDER), lines, pool)

    def test_credits_stay_in_their_currency(self):
        proposal = self._get_proposal([(1, 100.0), (2, 50.0)], [(2, -80.0), (3, -10.0)])
        deduct(proposal)
        self.assertEqual(proposal.get_sums(), {1: 100.0, 2: 0.0})
        self.assertTrue(drop_settled(proposal, lambda _currency, amount: not amount))
        self.assertEqual(proposal.get_sums(), {1: 100.0})
        self.assertEqual([left for _item, left in proposal.pool.values()], [-80.0, -10.0], "not used up")
        self.assertEqual(proposal.level, FIRST)

    def test_credits_cover_all(self):
        proposal = self._get_proposal([(1, 100.0)], [(1, -60.0), (1, -40.0)])
        deduct(proposal)
        self.assertFalse(drop_settled(proposal, lambda _currency, amount: not amount))
        self.assertFalse(proposal.claims)

    def test_cents(self):
        """Sums of cents come out even."""
        proposal = self._get_proposal([(1, 0.1), (1, 0.2)], [(1, -0.3)])
        deduct(proposal)
        self.assertAlmostEqual(proposal.get_sums()[1], 0.0, places=9)

    def test_only_asked_for_again(self):
        """Where nothing moves there is no notice."""
        proposal = self._get_proposal([(1, 100.0)], [])
        proposal.claims[0].is_new = False
        deduct(proposal)
        self.assertFalse(drop_settled(proposal, lambda _currency, amount: not amount))
