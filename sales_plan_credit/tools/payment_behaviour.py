"""How a customer pays: plain Python, no database. Amounts are in company currency, taxes included.

*Days late*: days from the due date to the payment, 0 for what was paid in time: early money does not excuse late money.
What is unpaid past its due date counts as late until today; what is not yet due says nothing. Credit notes, exchange
differences and the like are no payments.

*Days sales outstanding* (DSO), period method: the period is the last 90 days, or the last 365 where they had no sales.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from odoo.addons.sales_control.tools.dso import get_period_dso

PERIOD_DAYS = 365
RECENT_DAYS = 182
DSO_PERIODS = (90, PERIOD_DAYS)


@dataclass(frozen=True)
class Settlement:
    """An amount that was paid, or is still open today and due."""

    due: date
    paid: date
    amount: float

    @property
    def days_late(self):
        """Days from the due date to the payment, not below 0.

        >>> Settlement(date(2026, 5, 1), date(2026, 5, 11), 100.0).days_late
        10
        >>> Settlement(date(2026, 5, 1), date(2026, 4, 11), 100.0).days_late
        0
        """
        return max(0, (self.paid - self.due).days)


@dataclass(frozen=True)
class PaymentBehaviour:
    """The figures of a customer.

    :param days_late: weighted by amount
    :param share_late: per cent of the amount
    :param trend: days late of the last 6 months less those of the 6 before: positive where payment gets slower
    :param months: full months since the first invoice
    """

    days_late: float = 0.0
    worst_days: int = 0
    share_late: float = 0.0
    dso: float = 0.0
    trend: float = 0.0
    months: int = 0
    has_history: bool = False


def get_weighted_days(settlements):
    """Return the days late weighted by amount, None without any amount.

    >>> due = date(2026, 5, 1)
    >>> get_weighted_days([Settlement(due, date(2026, 5, 31), 300.0), Settlement(due, due, 100.0)])
    22.5
    >>> get_weighted_days([])
    """
    total = sum(settlement.amount for settlement in settlements)
    late = sum(settlement.amount * settlement.days_late for settlement in settlements)
    return late / total if total else None


def get_share_late(settlements):
    """Return how much of the amount was late, in per cent.

    >>> due = date(2026, 5, 1)
    >>> get_share_late([Settlement(due, date(2026, 5, 2), 300.0), Settlement(due, due, 100.0)])
    75.0
    """
    total = sum(settlement.amount for settlement in settlements)
    late = sum(settlement.amount for settlement in settlements if settlement.days_late)
    return 100.0 * late / total if total else 0.0


def get_trend(settlements, today):
    """Return by how many days payment got slower, the last 6 months against the 6 before; 0 without one of them.

    >>> old = Settlement(date(2026, 1, 1), date(2026, 1, 6), 100.0)
    >>> new = Settlement(date(2026, 9, 1), date(2026, 9, 21), 100.0)
    >>> get_trend([old, new], date(2026, 10, 1)), get_trend([new], date(2026, 10, 1))
    (15.0, 0.0)
    """
    border = today - timedelta(days=RECENT_DAYS)
    recent = get_weighted_days([settlement for settlement in settlements if settlement.paid > border])
    before = get_weighted_days([settlement for settlement in settlements if settlement.paid <= border])
    return 0.0 if recent is None or before is None else recent - before


def get_dso(receivable, sales, today):
    """Return the days sales outstanding, not below 0; 0 without sales.

    :param sales: pairs of day and amount, credit notes negative

    >>> today = date(2026, 10, 1)
    >>> get_dso(500.0, [(date(2026, 9, 1), 1000.0), (date(2026, 2, 1), 9000.0)], today)
    45.0
    >>> get_dso(500.0, [(date(2026, 2, 1), 1000.0)], today), get_dso(500.0, [], today)
    (182.5, 0.0)
    """
    for days in DSO_PERIODS:
        sold = sum(amount for day, amount in sales if day > today - timedelta(days=days))
        dso = get_period_dso(receivable, sold, days)
        if dso is not None:
            return dso
    return 0.0


def get_months(first, today):
    """Return the full months from the first invoice to today.

    >>> get_months(date(2026, 1, 15), date(2026, 7, 14)), get_months(date(2026, 1, 15), date(2026, 7, 15))
    (5, 6)
    >>> get_months(None, date(2026, 7, 15))
    0
    """
    if not first:
        return 0
    months = (today.year - first.year) * 12 + today.month - first.month
    return max(0, months - (today.day < first.day))


def get_behaviour(settlements, sales, receivable, first, today):
    """Return the `PaymentBehaviour` of a customer.

    :param settlements: of the last 365 days, and what is open and due
    :param sales: pairs of day and amount of the last 365 days
    :param first: day of the first invoice ever

    >>> today = date(2026, 10, 1)
    >>> paid = [Settlement(date(2026, 9, 1), date(2026, 9, 11), 100.0)]
    >>> get_behaviour(paid, [(date(2026, 8, 1), 100.0)], 0.0, date(2026, 8, 1), today)
    ... # doctest: +NORMALIZE_WHITESPACE
    PaymentBehaviour(days_late=10.0, worst_days=10, share_late=100.0, dso=0.0, trend=0.0, months=2, has_history=True)
    """
    return PaymentBehaviour(
        days_late=get_weighted_days(settlements) or 0.0,
        worst_days=max((settlement.days_late for settlement in settlements), default=0),
        share_late=get_share_late(settlements),
        dso=get_dso(receivable, sales, today),
        trend=get_trend(settlements, today),
        months=get_months(first, today),
        has_history=bool(settlements),
    )
