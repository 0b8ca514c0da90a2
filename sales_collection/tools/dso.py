"""Days sales outstanding (DSO), count-back method: plain Python, no database. Amounts are in one currency, taxes included.

The sales of the most recent months are subtracted from the receivables until these are used up; each month that is used
up counts its days, the last one its share. It does not depend on the season, as the period method does.
"""

from datetime import timedelta

MAX_MONTHS = 24


def get_month_start(day):
    """Return the first day of a month.

    >>> from datetime import date
    >>> get_month_start(date(2026, 3, 31))
    datetime.date(2026, 3, 1)
    """
    return day.replace(day=1)


def get_month_ends(first, last):
    """Return the ends of the months from the month of one day to that of another.

    >>> from datetime import date
    >>> [str(day) for day in get_month_ends(date(2025, 12, 5), date(2026, 2, 1))]
    ['2025-12-31', '2026-01-31', '2026-02-28']
    """
    ends, day = [], first
    while get_month_start(day) <= last:
        following = get_month_start(get_month_start(day) + timedelta(days=32))
        ends.append(following - timedelta(days=1))
        day = following
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
    days, left, start = 0.0, receivable, get_month_start(end)
    if left <= 0:
        return 0.0
    for _number in range(MAX_MONTHS):
        length = (end - start).days + 1
        sold = months.get(start, 0.0)
        if sold > 0 and left <= sold:
            return days + left / sold * length
        days, left = days + length, left - sold
        end = start - timedelta(days=1)
        start = get_month_start(end)
    return None
