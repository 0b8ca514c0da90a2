"""What the screens work out from a `CreditPosition`: plain Python, no database."""

from dataclasses import replace


def is_shown(position):
    """Tell whether there is anything to say: a limit, a grade or a hold.

    >>> from .credit import CreditPosition
    >>> is_shown(CreditPosition(receivable=5.0)), is_shown(CreditPosition(limit=0.0)), is_shown(None)
    (False, True, False)
    """
    return bool(position and (position.limit is not None or position.grade_id or position.on_hold))


def subtract_order(position, uninvoiced, undelivered):
    """Return a position without the open amounts of one order, in company currency.

    >>> from .credit import CreditPosition
    >>> subtract_order(CreditPosition(receivable=10.0, uninvoiced=30.0, undelivered=50.0), 20.0, 50.0).exposure
    20.0
    """
    return replace(
        position, uninvoiced=position.uninvoiced - uninvoiced, undelivered=position.undelivered - undelivered
    )


def subtract_draft(position, amount):
    """Return a position without a draft invoice that counts there already.

    >>> from .credit import CreditPosition
    >>> subtract_draft(CreditPosition(receivable=10.0, draft_invoiced=30.0), 30.0).exposure
    10.0
    """
    return replace(position, draft_invoiced=position.draft_invoiced - amount)
