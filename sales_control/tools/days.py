"""Days in the timezone of a company, of moments in UTC: plain Python, no database.

A moment is a naive ``datetime`` in UTC, as Odoo stores it.
"""

from datetime import date, datetime, time, timedelta

import pytz

ONE_DAY = timedelta(days=1)


def get_day(moment, tz):
    """Return the ``date`` that a moment is in a timezone, None for no moment.

    >>> get_day(datetime(2026, 12, 10, 15, 59), "Asia/Shanghai"), get_day(datetime(2026, 12, 10, 16), "Asia/Shanghai")
    (datetime.date(2026, 12, 10), datetime.date(2026, 12, 11))
    >>> get_day(datetime(2026, 7, 1, 3, 59), "America/New_York"), get_day(False, "UTC")
    (datetime.date(2026, 6, 30), None)
    """
    if not moment:
        return None
    return pytz.utc.localize(moment).astimezone(pytz.timezone(tz)).date()


def get_bounds(first, last, tz):
    """Return between which moments days lie, the second one not included: for conditions that can use an index.

    :param first: ``date``
    :param last: ``date``, included

    >>> day = datetime(2026, 12, 10).date()
    >>> get_bounds(day, day, "Asia/Shanghai")
    (datetime.datetime(2026, 12, 9, 16, 0), datetime.datetime(2026, 12, 10, 16, 0))

    A day on which the clocks change has 23 hours, or no midnight at all.

    >>> day = datetime(2026, 3, 29).date()
    >>> get_bounds(day, day, "Europe/Berlin")
    (datetime.datetime(2026, 3, 28, 23, 0), datetime.datetime(2026, 3, 29, 22, 0))
    >>> day = datetime(2026, 4, 24).date()
    >>> get_bounds(day, day, "Africa/Cairo")
    (datetime.datetime(2026, 4, 23, 22, 0), datetime.datetime(2026, 4, 24, 21, 0))
    """
    return _get_start(first, tz), _get_start(last + timedelta(days=1), tz)


def subtract_days(days, others):
    """Return what others leave of a span of days: spans in sequence.

    :param days: pair of its first and its last ``date``, None for an end that is open
    :param others: such pairs

    >>> day = datetime(2026, 1, 10).date()
    >>> spans = subtract_days((day, None), [(day.replace(day=15), day.replace(day=20)), (day.replace(month=3), None)])
    >>> [f"{first:%m-%d}/{last:%m-%d}" for first, last in spans]
    ['01-10/01-14', '01-21/03-09']
    >>> subtract_days((day, day), [(day, None)])
    []
    """
    forever = date.max
    left = [(days[0], days[1] or forever)]
    for first, last in others:
        last = last or forever
        before = [(start, min(end, first - ONE_DAY)) for start, end in left]
        after = [(max(start, last + ONE_DAY), end) for start, end in left if last != forever]
        left = sorted({(start, end) for start, end in before + after if start <= end})
    return [(start, None if end == forever else end) for start, end in left]


def _get_start(day, tz):
    """Return the moment in UTC at which a day begins."""
    zone = pytz.timezone(tz)
    start = zone.normalize(zone.localize(datetime.combine(day, time.min), is_dst=False))
    return start.astimezone(pytz.utc).replace(tzinfo=None)
