"""What is overdue, and buckets of age: plain Python, no database.

**Overdue, the one definition.** An open item of a customer is a *credit* where it is negative (a credit note, a receipt
allocated to nothing), else *past due* after its due date, else *not due*. One without a due date is due on its date. Every
item is one of the three, so past due + not due + credits are the balance. *Overdue* is what is past due less the credits,
not below 0: what a customer would have to pay to be clear. What accountants exclude from follow-up counts like the rest:
age is a fact, dunning alone does not ask for it. In SQL: `account.move.line._get_owed_sums`.

An item falls into a bucket by its days: since the due date, or since the invoice date. The days of a report are bounds,
the last day of each bucket: 30, 60, 90 makes "not due", 1-30, 31-60, 61-90 and "91+". The keys of the buckets sort in the
order of age.
"""

import re

MAX_BOUNDS = 8  # keys of one digit: "0" for what is not due to "9"
MAX_DAYS = 9999
BASES = ("due", "invoice")


def get_overdue(past_due, credits):
    """Return what is overdue: what is past due, less credits (negative).

    >>> get_overdue(500.0, -120.0), get_overdue(100.0, -120.0), get_overdue(0.0, 0.0)
    (380.0, 0.0, 0.0)
    """
    return max(0.0, past_due + credits)


def get_owed(items):
    """Return what a customer owes, by what is overdue of it.

    :param items: pairs of open amount and age in days
    :return: dict with ``past_due``, ``not_due``, ``credits`` and ``overdue``

    >>> get_owed([(500.0, 12), (70.0, 0), (-120.0, 3)])
    {'past_due': 500.0, 'not_due': 70.0, 'credits': -120.0, 'overdue': 380.0}
    """
    items = list(items)
    past_due = sum((amount for amount, age in items if amount > 0 and age > 0), 0.0)
    credits = sum((amount for amount, _age in items if amount < 0), 0.0)
    not_due = sum((amount for amount, age in items if amount > 0 and age <= 0), 0.0)
    return {"past_due": past_due, "not_due": not_due, "credits": credits, "overdue": get_overdue(past_due, credits)}


def parse_bounds(value):
    """Return the bounds as a tuple of growing whole numbers from 1.

    :param value: text with commas, semicolons, spaces or slashes between, or a list of whole numbers
    :raise ValueError: where these are no bounds

    >>> parse_bounds("30, 60,90;120"), parse_bounds([15, 30])
    ((30, 60, 90, 120), (15, 30))
    >>> for wrong in ("", "60,30", "30,30", "-5,30", "0", "a", "1.5", "1,2,3,4,5,6,7,8,9", "10000", [True], {"a": 1}, 30):
    ...     try:
    ...         print(parse_bounds(wrong))
    ...     except ValueError:
    ...         pass
    """
    if isinstance(value, str):
        parts = [part for part in re.split(r"[\s,;/，、；]+", value.strip()) if part]
        if not all(re.fullmatch(r"[0-9]{1,5}", part) for part in parts):
            raise ValueError(value)
        bounds = tuple(int(part) for part in parts)
    elif isinstance(value, list | tuple) and all(type(bound) is int for bound in value):
        bounds = tuple(value)
    else:
        raise ValueError(value)
    grows = all(first < second for first, second in zip((0, *bounds), bounds, strict=False))
    if not bounds or not grows or len(bounds) > MAX_BOUNDS or bounds[-1] > MAX_DAYS:
        raise ValueError(value)
    return bounds


def get_bucket_ranges(bounds, basis="due"):
    """Return ``[(key, first day, last day)]``; None where a bucket has no first or no last day.

    >>> get_bucket_ranges((30, 60))
    [('0', None, 0), ('1', 1, 30), ('2', 31, 60), ('3', 61, None)]
    >>> get_bucket_ranges((30, 60), "invoice")
    [('1', 0, 30), ('2', 31, 60), ('3', 61, None)]
    """
    firsts = [0 if basis == "invoice" else 1, *(bound + 1 for bound in bounds)]
    ranges = [(str(number), *days) for number, days in enumerate(zip(firsts, (*bounds, None), strict=True), 1)]
    return ranges if basis == "invoice" else [("0", None, 0), *ranges]


def get_bucket(days, bounds, basis="due"):
    """Return the key of the bucket of an item.

    >>> [get_bucket(days, (30, 60)) for days in (-5, 0, 1, 30, 31, 60, 61)]
    ['0', '0', '1', '1', '2', '2', '3']
    >>> [get_bucket(days, (30, 60), "invoice") for days in (-5, 0, 30, 31)]
    ['1', '1', '1', '2']
    """
    for key, _first, last in get_bucket_ranges(bounds, basis):
        if last is None or days <= last:
            return key
    raise AssertionError("The last bucket has no end.")


def format_range(first, last):
    """Return the label of a bucket in figures, the same in every language and in the order of age.

    >>> format_range(None, 0), format_range(1, 30), format_range(31, 60), format_range(121, None)
    ('0', '1-30', '31-60', '121+')
    """
    if last is None:
        return f"{first}+"
    return f"{last}" if first is None else f"{first}-{last}"
