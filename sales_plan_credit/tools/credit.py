"""Open amounts of orders, credit positions and what exceeds a limit: plain Python, no database.

Amounts are gross (taxes included). Quantities are in the unit of the order line.
"""

from dataclasses import dataclass, field

from odoo.addons.sales_control.tools.ageing import get_overdue


@dataclass(frozen=True)
class OpenLine:
    """An order line as the credit check sees it.

    :param unit: gross price per unit, not rounded; negative on a discount line
    :param invoiced: on posted invoices less credit notes; drafts do not count
    :param closed: nothing more will be delivered (all moves done or cancelled) and only deliveries are billed
    """

    ordered: float
    delivered: float
    invoiced: float
    unit: float
    closed: bool = False


@dataclass(frozen=True)
class Leaving:
    """Goods that are about to leave while deliveries are judged.

    :param quantities: order line id -> quantity in the unit of the line
    :param together: all of them leave; else each delivery is looked at by itself, as in a list
    """

    quantities: dict = field(default_factory=dict)
    together: bool = False


def get_uninvoiced(line):
    """Return what was delivered and not invoiced (goods in transit to revenue; 发出商品): never below no quantity.

    >>> get_uninvoiced(OpenLine(10, 4, 0, 113.0)), get_uninvoiced(OpenLine(10, 4, 12, 113.0))
    (452.0, 0.0)
    """
    return line.unit * max(0.0, line.delivered - line.invoiced)


def get_undelivered(line):
    """Return what is ordered and neither delivered nor invoiced yet.

    >>> get_undelivered(OpenLine(10, 4, 0, 113.0)), get_undelivered(OpenLine(10, 12, 0, 113.0))
    (678.0, 0.0)
    >>> get_undelivered(OpenLine(10, 6, 0, 113.0, closed=True))
    0.0
    """
    return 0.0 if line.closed else line.unit * max(0.0, line.ordered - max(line.delivered, line.invoiced))


def get_order_amounts(lines, down_payment=0.0):
    """Return what an order adds to the debt of its payer.

    A posted down payment that no invoice has deducted yet reduces the undelivered part first, then the uninvoiced
    one, neither below zero. An order whose discounts outweigh what is open adds nothing: it frees no limit.

    :return: (uninvoiced, undelivered)

    >>> get_order_amounts([OpenLine(10, 4, 0, 113.0)])
    (452.0, 678.0)
    >>> get_order_amounts([OpenLine(10, 4, 0, 113.0)], down_payment=800.0)
    (330.0, 0.0)
    >>> get_order_amounts([OpenLine(10, 0, 0, 113.0), OpenLine(1, 0, 0, -113.0)])
    (0.0, 1017.0)
    >>> get_order_amounts([OpenLine(1, 0, 0, -5000.0)])
    (0.0, 0.0)
    """
    uninvoiced = sum(get_uninvoiced(line) for line in lines)
    undelivered = sum(get_undelivered(line) for line in lines)
    taken = min(max(undelivered, 0.0), down_payment)
    undelivered -= taken
    uninvoiced -= min(max(uninvoiced, 0.0), down_payment - taken)
    return (uninvoiced, undelivered) if uninvoiced + undelivered > 0 else (0.0, 0.0)


def get_value(lines):
    """Return the gross value of an order: what is ordered, or delivered or invoiced beyond it.

    >>> get_value([OpenLine(10, 12, 0, 113.0), OpenLine(1, 0, 0, -100.0)])
    1256.0
    """
    return sum(line.unit * max(0.0, line.ordered, line.delivered, line.invoiced) for line in lines)


@dataclass(frozen=True)
class CreditPosition:
    """What a payer owes a company, and what it may owe: in company currency.

    :param past_due: of the receivable; with ``not_due`` and ``credits`` (negative) it is the whole of it
    :param late: what is overdue of that which is late by more than the grace days of the grade
    :param days: since the oldest unpaid due date
    :param limit: with what is granted today; None: unlimited or unchecked
    :param policies: stage -> ``none``, ``warn``, ``review`` or ``block``
    """

    receivable: float = 0.0
    uninvoiced: float = 0.0
    undelivered: float = 0.0
    draft_invoiced: float = 0.0
    past_due: float = 0.0
    not_due: float = 0.0
    credits: float = 0.0
    late: float = 0.0
    days: int = 0
    limit: float | None = None
    tolerance: float = 0.0
    grace_days: int = 0
    on_hold: bool = False
    real_only: bool = False
    grade_id: int | None = None
    policies: dict = field(default_factory=dict)

    @property
    def exposure(self):
        """What counts against the limit.

        >>> CreditPosition(receivable=252, uninvoiced=10, undelivered=678).exposure
        940.0
        >>> CreditPosition(receivable=252, uninvoiced=10, undelivered=678, real_only=True).exposure
        262.0
        """
        open_orders = 0 if self.real_only else self.undelivered
        return self.receivable + self.uninvoiced + open_orders + self.draft_invoiced

    @property
    def overdue(self):
        """What is past due less open credits, as on every screen.

        >>> CreditPosition(past_due=500.0, credits=-120.0).overdue
        380.0
        """
        return get_overdue(self.past_due, self.credits)

    @property
    def overdue_days(self):
        """Days since the oldest unpaid due date; 0 where nothing is overdue."""
        return self.days if self.overdue else 0

    @property
    def available(self):
        """What is left of the limit, negative beyond it; 0 without a limit."""
        return 0.0 if self.limit is None else self.limit - self.exposure

    @property
    def is_checked(self):
        """Whether a grade or a limit applies.

        >>> CreditPosition(limit=0.0).is_checked, CreditPosition(receivable=5.0).is_checked
        (True, False)
        """
        return self.limit is not None or bool(self.grade_id)

    def get_excess(self, added=0.0):
        """Return by how much the exposure and ``added`` pass the limit; not positive where they fit.

        >>> CreditPosition(receivable=900, limit=1000).get_excess(100.0)
        0.0
        >>> CreditPosition(receivable=900, limit=1000).get_excess(100.01) > 0
        True
        """
        return 0.0 if self.limit is None else self.exposure + added - self.limit


def get_delivery_measure(excess, limit, confirmed_limit, released=0.0, increase=0.0):
    """Return by how much a delivery of a confirmed order is beyond what was judged at its confirmation.

    Where open orders count a delivery moves debt and adds none. Judged are a limit that was lowered or has expired,
    what the delivery adds to the order, and a release that may have run out.

    :param excess: by how much the exposure passes the limit now
    :param confirmed_limit: the limit at confirmation, None where there was none
    :param released: the largest excess that reviewers released for the order
    :param increase: what the delivery adds to the debt

    >>> get_delivery_measure(400, 1000, 1000), get_delivery_measure(400, 600, 1000)
    (0.0, 400)
    >>> get_delivery_measure(400, 1000, 1000, released=300), get_delivery_measure(50, 1000, 1000, increase=50)
    (300, 50)
    """
    if excess <= 0:
        return 0.0
    if increase > 0 or confirmed_limit is None or limit < confirmed_limit:
        return excess
    return min(excess, released)


def get_stricter_limit(limits, fallback, is_unlimited):
    """Return what is written of the limits of several customers that become one: the lowest stays.

    :param limits: of each, None where nothing limits it
    :param fallback: the limit that holds without one of its own
    :param is_unlimited: whether one of them is unlimited by a setting
    :return: (unlimited by a setting, limit of its own or 0 where the fallback holds)

    >>> get_stricter_limit([1000, None], 1000, True), get_stricter_limit([300, 1000], 1000, False)
    ((False, 0.0), (False, 300))
    >>> get_stricter_limit([None, None], 1000, True), get_stricter_limit([None, None], None, False)
    ((True, 0.0), (False, 0.0))
    """
    known = [limit for limit in limits if limit is not None]
    if not known:
        return is_unlimited, 0.0
    lowest = min(known)
    return False, 0.0 if lowest == fallback else lowest
