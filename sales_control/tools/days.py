"""Days in the timezone of a company, of moments in UTC: plain Python, no database.

A moment is a naive ``datetime`` in UTC, as Odoo stores it.
"""

from datetime import datetime, time, timedelta

import pytz


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


def _get_start(day, tz):
    """Return the moment in UTC at which a day begins."""
    zone = pytz.timezone(tz)
    start = zone.normalize(zone.localize(datetime.combine(day, time.min), is_dst=False))
    return start.astimezone(pytz.utc).replace(tzinfo=None)
