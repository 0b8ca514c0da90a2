"""The lines of a document as the comparison with red lines sees them: plain Python, no database."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from .floors import PRICE_DIGITS, Item, Product


class Sold(NamedTuple):
    """What of a product a customer was sold before.

    :param lots: (price, quantity) for each net price, the lowest first, less what came back
    :param rounding: by how much the prices may have been higher: they are stored rounded
    """

    lots: tuple = ()
    rounding: float = 0.0


def get_sold(amounts, rounding=0.0):
    """Return what is left of what was sold and came back.

    What came back was sold at its price or for more, the cheapest of these; else it was the dearest.

    :param amounts: list of (price, quantity), quantities negative where it came back
    :param rounding: see `Sold`

    >>> get_sold([(100.0, 5.0), (120.0, 5.0), (110.0, -1.0), (500.0, -2.0)]).lots
    ((100.0, 5.0), (120.0, 2.0))
    """
    lots = [list(amount) for amount in sorted(amounts) if amount[0] >= 0 and amount[1] > 0]
    for price, quantity in sorted(amounts, reverse=True):
        if quantity < 0:
            left = -quantity - take_real(lots, -quantity, price - rounding)
            take_dearest(lots, left)
    return Sold(tuple((price, quantity) for price, quantity in lots if quantity > 0), rounding)


def take_real(lots, quantity, price):
    """Take pieces that were sold at a price or for more out of lots, the cheapest first; return how many there were."""
    return _take((lot for lot in lots if round(lot[0] - price, PRICE_DIGITS) >= 0), quantity)[0]


def take_dearest(lots, quantity):
    """Take pieces out of lots, the dearest first; return what they were sold for in all."""
    return _take(reversed(lots), quantity)[1]


def _take(lots, quantity):
    taken = worth = 0.0
    for lot in lots:
        some = min(lot[1], quantity - taken)
        lot[1] -= some
        taken += some
        worth += some * lot[0]
    return taken, worth


@dataclass(frozen=True)
class PricedLine:
    """A line of an order or invoice.

    :param line: the record it stands for
    :param total: tax-excluded, after the line discount, in company currency, not rounded
    :param quantity: in the product's unit
    :param item: what is sold to whom; None for lines that are not judged (no product, down payments, payments)
    :param others: the same item for whoever else it is judged for: the stricter red line counts
    :param combo: what the lines of one combo have in common, None outside combos
    :param product: the `tools.floors.Product` of the item, where it is known already
    :param comes_back: whether a negative quantity means that the customer gives something back (goods, a down payment);
        of all else it is a discount
    :param is_payment: whether it pays (gift cards, wallets): nothing gets cheaper by it
    :param is_allowance: whether its product stands for discounts: red lines for all products do not count for it where
        it takes money off
    :param targets: the records of the lines that this discount is for, None where it is for the whole document
    :param sold: of goods that come back: what the customer was sold before
    """

    line: Any
    total: float
    quantity: float
    item: Item | None = None
    others: tuple = ()
    combo: Any = None
    product: Product | None = None
    comes_back: bool = True
    is_payment: bool = False
    is_allowance: bool = False
    targets: frozenset | None = None
    sold: Sold = Sold()


def is_discount(line):
    """Tell whether a line takes money off the document: by its amount, never by a flag that its seller can write.

    >>> is_discount(PricedLine("a", -5.0, -1)), is_discount(PricedLine("a", -5.0, -1, comes_back=False))
    (False, True)
    >>> is_discount(PricedLine("a", -5.0, 1)), is_discount(PricedLine("a", -5.0, 1, is_payment=True))
    (True, False)
    """
    return line.total < 0 and not line.is_payment and (line.quantity > 0 or not line.comes_back)


def is_return(line):
    """Tell whether a line takes goods back for money.

    >>> is_return(PricedLine("a", -5.0, -1, Item(1, 1))), is_return(PricedLine("down payment", -5.0, -1))
    (True, False)
    """
    return line.total < 0 and line.quantity < 0 and line.comes_back and line.item is not None


def is_judged(line):
    """Tell whether a line has a net price to compare, whatever its sign: returns and lines without product have none.

    >>> is_judged(PricedLine("a", -0.01, 1, Item(1, 1))), is_judged(PricedLine("a", -0.01, -1, Item(1, 1)))
    (True, False)
    """
    return line.item is not None and line.quantity > 0


def get_earned_amount(amount, given, rounding):
    """Return what a line with given tax amounts earns: less than its price says, where these make it less.

    Core keeps such amounts of discounts and down payments, where they differ by a rounding only.

    :param amount: tax-excluded, from price, quantity, discount and taxes, not rounded
    :param given: the tax-excluded amount of the line as it will be billed
    :param rounding: of the currency of both

    >>> get_earned_amount(100.0, 60.0, 0.01), get_earned_amount(100.0, 99.99, 0.01), get_earned_amount(100.0, 120.0, 0.01)
    (60.0, 100.0, 100.0)
    """
    return given if given < amount - 2 * rounding else amount
