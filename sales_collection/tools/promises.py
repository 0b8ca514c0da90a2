"""Which receipts keep which promises, and what promises leave out of dunning: plain Python, no database."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promised:
    """One promise to pay.

    :param id: of the `payment.promise`
    :param items: ids of the journal items, those due first before the others
    :param amount: in the items' currency
    :param recorded: the day on which the customer promised
    :param date: the day up to which he promised to pay
    :param mark: the last reconciliation that existed when the promise was recorded
    """

    id: int
    items: tuple
    amount: float
    recorded: object
    date: object
    mark: int = 0

    def is_after(self, settlement):
        """Tell whether a settlement of one of the items, or a receipt on account, came after the promise was recorded.

        Of the receipts on account of the day of recording nobody knows whether the customer spoke of them: not those.
        """
        if settlement.item is None:
            return settlement.date > self.recorded
        return settlement.item in self.items and settlement.id > self.mark and settlement.date >= self.recorded


@dataclass(frozen=True)
class Settlement:
    """A part of a journal item that was settled.

    :param id: of the `account.partial.reconcile`
    :param item: id of the journal item; None: a receipt on account, not allocated yet
    :param date: of the counterpart: the day of the receipt or the credit note
    :param amount: in the item's currency
    :param kind: ``receipt``, ``credit_note`` or ``discount`` (anything else that is no money)
    """

    id: int
    item: int
    date: object
    amount: float
    kind: str = "receipt"


def get_received(promises, settlements):
    """Return what was received in time on each promise; a receipt keeps the promise that is due first, and only one.

    :param promises: all `Promised` of a customer, in the order in which they are due
    :param settlements: `Settlement` of their items
    :return: ``{promise id: amount}``, at most what was promised

    >>> first = Promised(1, (7,), 600, recorded=1, date=25)
    >>> second = Promised(2, (7,), 400, recorded=1, date=30)
    >>> get_received([first, second], [Settlement(1, 7, 24, 600.0)])
    {1: 600.0, 2: 0.0}
    >>> get_received([first, second], [Settlement(1, 7, 24, 700.0), Settlement(2, 7, 26, 100.0)])
    {1: 600.0, 2: 200.0}
    >>> get_received([first], [Settlement(1, 7, 26, 600.0)]), get_received([first], [Settlement(1, 7, 24, 600.0, "discount")])
    ({1: 0.0}, {1: 0.0})

    A receipt on account keeps promises too, wherever it is allocated one day.

    >>> get_received([first, second], [Settlement(9, None, 1, 50.0), Settlement(10, None, 24, 700.0)])
    {1: 600.0, 2: 100.0}
    """
    received = {promise.id: 0.0 for promise in promises}
    for settlement in sorted(settlements, key=lambda settlement: (settlement.date, settlement.id)):
        left = settlement.amount if settlement.kind == "receipt" else 0.0
        for promise in promises:
            if left > 0 and promise.is_after(settlement) and settlement.date <= promise.date:
                taken = min(left, promise.amount - received[promise.id])
                received[promise.id] += taken
                left -= taken
    return received


def get_held(items, residuals, amount):
    """Return how an amount that is left out of dunning spreads over items.

    :param items: ids, those due first before the others
    :param residuals: ``{item id: open amount}``
    :param amount: None holds the items whole
    :return: ``{item id: amount}``

    >>> get_held((1, 2), {1: 300.0, 2: 700.0}, 600.0)
    {1: 300.0, 2: 300.0}
    >>> get_held((1, 2), {2: 700.0}, None)
    {2: 700.0}
    """
    held = {}
    for item in items:
        part = residuals.get(item, 0.0) if amount is None else min(residuals.get(item, 0.0), amount)
        if part > 0:
            held[item] = part
            amount = amount if amount is None else amount - part
    return held
