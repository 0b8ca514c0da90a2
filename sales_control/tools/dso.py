"""Days sales outstanding (DSO): plain Python, no database. Amounts are in one currency, taxes included.

Period method: receivables / sales of the period x days of the period, as in the Credit Research Foundation's "standard
DSO". It rises and falls with the season.

Count-back method: the sales of the most recent months are subtracted from the receivables until these are used up; each
month that is used up counts its days, the last one its share. It does not depend on the season.
"""

from datetime import timedelta

from odoo.tools import date_utils

MAX_MONTHS = 24


def get_period_dso(receivable, sales, days):
    """Return the DSO of the period method; None without sales, for it says nothing then.

    :param receivable: open at the end of the period
    :param sales: of the period, less credit notes
    :param days: of the period

    >>> get_period_dso(500.0, 1000.0, 90)
    45.0
    >>> get_period_dso(-10.0, 1000.0, 90)
    0.0
    >>> get_period_dso(500.0, 0.0, 90)
    """
    return max(0.0, receivable / sales * days) if sales > 0 else None


def get_month_ends(first, last):
    """Return the ends of the months from the month of one day to that of another.

    >>> from datetime import date
    >>> [str(day) for day in get_month_ends(date(2025, 12, 5), date(2026, 2, 1))]
    ['2025-12-31', '2026-01-31', '2026-02-28']
    """
    ends = []
    while date_utils.start_of(first, "month") <= last:
        ends.append(date_utils.end_of(first, "month"))
        first = ends[-1] + timedelta(days=1)
    return ends


def get_countback_dso(receivable, months, end):
    """Return the DSO of the count-back method; None where the sales that are known do not use up the receivables.

    :param receivable: open at the end of the last month
    :param months: ``{first day of the month: sales less credit notes}``
    :param end: last day of the last month

    1,000 open at the end of March: 400 sold in March (31 days), 300 in February (28), 600 in January, of which 300 are
    left: 15.5 of 31 days.

    >>> from datetime import date
    >>> months = {date(2026, 3, 1): 400.0, date(2026, 2, 1): 300.0, date(2026, 1, 1): 600.0}
    >>> get_countback_dso(1000.0, months, date(2026, 3, 31))
    74.5
    >>> get_countback_dso(200.0, months, date(2026, 3, 31))
    15.5
    >>> get_countback_dso(0.0, months, date(2026, 3, 31))
    0.0

    A month without sales counts its days; one with more credit notes than sales takes sales of the months before it away.

    >>> get_countback_dso(300.0, {date(2026, 1, 1): 600.0}, date(2026, 3, 31))
    74.5
    >>> get_countback_dso(200.0, {date(2026, 3, 1): -100.0, date(2026, 2, 1): 300.0}, date(2026, 3, 31))
    59.0
    >>> get_countback_dso(5000.0, months, date(2026, 3, 31))
    """
    days, left, start = 0.0, receivable, date_utils.start_of(end, "month")
    if left <= 0:
        return 0.0
    for _number in range(MAX_MONTHS):
        length = (end - start).days + 1
        sold = months.get(start, 0.0)
        if sold > 0 and left <= sold:
            return days + left / sold * length
        days, left = days + length, left - sold
        end = start - timedelta(days=1)
        start = date_utils.start_of(end, "month")
    return None
