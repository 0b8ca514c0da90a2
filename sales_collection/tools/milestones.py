"""Due dates and rates of contract payments: plain Python, no database."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

HUNDRED = 100


def get_due_date(event, delay=0, unit="days"):
    """Return the day on which a payment falls due after an event.

    :param event: the ``date`` of the order, delivery or acceptance; None when nobody knows it
    :param delay: how many days or months after it
    :param unit: ``days``, ``months``, ``end_of_month`` or ``end_of_next_month`` (days after the end of the month)
    :return: ``date`` or None

    >>> from datetime import date
    >>> get_due_date(date(2026, 1, 31), 1, "months"), get_due_date(date(2026, 1, 31), 30)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 2))
    >>> get_due_date(date(2026, 1, 15), 10, "end_of_month"), get_due_date(date(2026, 1, 31), 5, "end_of_next_month")
    (datetime.date(2026, 2, 10), datetime.date(2026, 3, 5))
    >>> get_due_date(None, 12, "months")
    """
    if not event:
        return None
    if unit == "months":
        return event + relativedelta(months=delay)
    months = {"end_of_month": 0, "end_of_next_month": 1}.get(unit)
    if months is not None:
        event = (event + relativedelta(months=months)) + relativedelta(day=31)
    return event + timedelta(days=delay)


def get_retained(already, amount, before, retained):
    """Return which part of an invoice each retention of a contract takes: what comes after everything else.

    :param already: invoiced of the contract before, all in one currency
    :param amount: of this invoice
    :param before: what the contract asks for beside its retentions
    :param retained: list of the retentions, in their order
    :return: list of parts of ``amount``

    >>> get_retained(339.0, 791.01, 1017.01, [113.0])
    [113.0]
    >>> get_retained(0, 500, 1000, [100, 50]), get_retained(0, 1120, 1000, [100, 50])
    ([0, 0], [100, 20])
    """
    parts = []
    low = before
    for retention in retained:
        part = min(already + amount, low + retention) - max(already, low)
        parts.append(max(0, round(part, 6)))
        low += retention
    return parts


def get_collection_rate(receipts, overdue, fell_due, credit_notes=0.0, discounts=0.0):
    """Return which share of what was to be collected in a period came in, in per cent.

    :param receipts: on items due by the end of the period
    :param overdue: open and overdue at its start
    :param fell_due: fell due in it
    :param credit_notes: and ``discounts``: what settled such items without money
    :return: per cent, unrounded; None where nothing was to be collected

    >>> round(get_collection_rate(85000, 40000, 60000, 2000, 1000), 2)
    87.63
    >>> get_collection_rate(0, 0, 100, 100)
    """
    base = overdue + fell_due - credit_notes - discounts
    return HUNDRED * receipts / base if base > 0 else None
