"""Simple interest on overdue money, and what a receipt pays first: plain Python, no database.

A day bears interest on what is open at its end: the day after the due date is the first one, the day of a payment still
counts in full, a rate holds from its first day on. Nothing is rounded in between: once per item, at the end.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

DAY_COUNTS = {"act/365": 365, "act/360": 360, "30E/360": 360}
ALLOCATIONS = {
    "charges_first": ("fee", "interest", "principal"),
    "principal_first": ("principal", "interest", "fee"),
}


def count_days(start, end, day_count="act/365"):
    """Return the days that bear interest after one day up to another, included.

    >>> count_days(date(2026, 1, 30), date(2026, 3, 1)), count_days(date(2026, 1, 30), date(2026, 3, 1), "act/360")
    (30, 30)
    >>> count_days(date(2026, 1, 31), date(2026, 3, 31), "30E/360"), count_days(date(2026, 1, 31), date(2026, 3, 31))
    (60, 59)
    """
    if day_count == "30E/360":
        return _get_day_number(end) - _get_day_number(start)
    return (end - start).days


def _get_day_number(day):
    """Count days in years of 360, the 31st being the 30th: so the parts of a period add up to the whole."""
    return day.year * 360 + day.month * 30 + min(day.day, 30)


class InterestTerms(NamedTuple):
    """How a level charges interest.

    :param rates: (first day, per cent a year), in order of the days; what is before the first day is free
    """

    rates: tuple
    day_count: str = "act/365"

    def get_rate(self, day):
        """Return the per cent a year of a day.

        >>> terms = InterestTerms(((date(2025, 1, 1), 11.27), (date(2025, 7, 1), 10.27)))
        >>> [terms.get_rate(date(*day)) for day in ((2024, 12, 31), (2025, 6, 30), (2025, 7, 1))]
        [0.0, 11.27, 10.27]
        """
        return next((rate for start, rate in reversed(self.rates) if start <= day), 0.0)


@dataclass
class Principal:
    """What is open of an item today, and what was paid of it.

    :param payments: (day, amount), in any order
    """

    amount: float
    payments: list = field(default_factory=list)

    def get_open(self, day):
        """Return what was open at a day, before its payments: they count from the next day on.

        >>> principal = Principal(6000.0, [(date(2026, 9, 21), 4000.0)])
        >>> principal.get_open(date(2026, 9, 21)), principal.get_open(date(2026, 9, 22))
        (10000.0, 6000.0)
        """
        return self.amount + sum(paid for paid_on, paid in self.payments if paid_on >= day)


def get_interest(principal, start, end, terms):
    """Return the interest of the days after one day up to another, not rounded.

    >>> nine = InterestTerms(((date.min, 9.0),))
    >>> round(get_interest(Principal(1000.0), date(2026, 10, 1), date(2026, 10, 18), nine), 2)
    4.19
    >>> paid = Principal(6000.0, [(date(2026, 9, 21), 4000.0)])
    >>> round(get_interest(paid, date(2026, 9, 1), date(2026, 10, 1), nine), 2)
    64.11
    >>> base = InterestTerms(((date(2025, 1, 1), 11.27), (date(2025, 7, 1), 10.27)))
    >>> round(get_interest(Principal(11900.0), date(2025, 6, 20), date(2025, 7, 10), base), 2)
    70.23
    >>> get_interest(Principal(1000.0), date(2026, 10, 1), date(2026, 10, 1), nine)
    0.0
    """
    total = 0.0
    for first, last in _get_segments(principal, start, end, terms):
        days = count_days(first, last, terms.day_count)
        total += principal.get_open(last) * terms.get_rate(last) * days
    return total / 100 / DAY_COUNTS[terms.day_count]


def _get_segments(principal, start, end, terms):
    """Return (last day before, last day) of the periods in which neither the principal nor the rate changes."""
    changes = {paid_on for paid_on, _paid in principal.payments}
    changes.update(first - timedelta(days=1) for first, _rate in terms.rates if first > date.min)
    cuts = [start, *sorted(day for day in changes if start < day < end), end]
    return [pair for pair in zip(cuts, cuts[1:], strict=False) if pair[0] < pair[1]]


def allocate(amount, parts, allocation="charges_first"):
    """Return what of a receipt goes to which part of a debt.

    :param parts: ``{"fee", "interest", "principal": what is open}``
    :return: the same keys: what is paid; what is left over is in no key

    >>> debt = {"fee": 20.0, "interest": 7.64, "principal": 1000.0}
    >>> allocate(25.0, debt)
    {'fee': 20.0, 'interest': 5.0, 'principal': 0.0}
    >>> allocate(1005.0, debt, "principal_first")
    {'principal': 1000.0, 'interest': 5.0, 'fee': 0.0}
    """
    paid = {}
    for kind in ALLOCATIONS[allocation]:
        paid[kind] = min(amount, parts.get(kind, 0.0))
        amount -= paid[kind]
    return paid


def match_receipts(receipts, debts):
    """Pair receipts with debts, both in the order given, until one side is used up.

    :param receipts: [(key, amount)], amounts positive
    :param debts: [(key, amount)]
    :return: [(receipt key, debt key)]

    >>> match_receipts([("r1", 25.0), ("r2", 500.0)], [("fee", 20.0), ("a", 100.0), ("b", 900.0)])
    [('r1', 'fee'), ('r1', 'a'), ('r2', 'a'), ('r2', 'b')]
    >>> match_receipts([], [("a", 1.0)])
    []
    """
    pairs, receipts, debts = [], [[*pair] for pair in receipts], [[*pair] for pair in debts]
    while receipts and debts:
        pairs.append((receipts[0][0], debts[0][0]))
        taken = min(receipts[0][1], debts[0][1])
        for side in (receipts, debts):
            side[0][1] = round(side[0][1] - taken, 6)
            if side[0][1] <= 0:
                side.pop(0)
    return pairs
