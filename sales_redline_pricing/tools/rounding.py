"""Rounding of list prices to multiples and endings: plain Python, no database."""

import math
from fractions import Fraction

from .floors import PRICE_DIGITS


def _exact(value):
    return Fraction(str(round(value, PRICE_DIGITS)))


def round_price(price, multiple, ending=0.0, direction="nearest"):
    """Return a price that is a multiple of ``multiple`` plus ``ending``: the nearest one, the next above or below.

    Exact, at 6 digits; half way counts up. What is free stays free; never negative: instead of a negative price the first
    one that is not.

    :param multiple: 0 leaves the price alone
    :param direction: ``nearest``, ``up`` or ``down``

    >>> round_price(104.3, 1), round_price(104.5, 1), round_price(104.3, 5), round_price(104.3, 0)
    (104.0, 105.0, 105.0, 104.3)
    >>> round_price(104.3, 1, 0.9), round_price(104.3, 1, 0.9, "up"), round_price(104.3, 1, -0.1, "down")
    (103.9, 104.9, 103.9)
    >>> round_price(104.9, 1, 0.9, "up"), round_price(0.3, 1, 0.9, "down"), round_price(1.1, 0.05, direction="up")
    (104.9, 0.9, 1.1)
    >>> round_price(1499.99, 100, -1), round_price(0.3, 10, -0.1), round_price(0.0, 10, -0.1)
    (1499.0, 9.9, 0.0)
    """
    if not multiple:
        return price
    if _exact(price) <= 0:
        return 0.0
    step, rest = _exact(multiple), _exact(ending)
    count = (_exact(price) - rest) / step
    rounded = {"nearest": lambda: math.floor(count + Fraction(1, 2)), "up": lambda: math.ceil(count)}.get(
        direction, lambda: math.floor(count)
    )()
    return float(max(rounded, math.ceil(-rest / step)) * step + rest)
