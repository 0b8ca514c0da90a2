"""Splits of amounts that sum to the cent: plain Python, no database."""

from fractions import Fraction
from math import floor, lcm

HALF = Fraction(1, 2)
NOISE_DIGITS = 9  # remainders that differ by less differ by the noise of floats only


def apportion(total, weights, unit=0.01, whole=None):
    """Split an amount in proportion to weights, exact to the smallest unit: the largest remainders get what is left.

    Of equal remainders the first in sequence comes first. A negative total is split like the positive one. Where all
    weights are 0 the parts are equal.

    :param total: to split; rounded to ``unit`` before it
    :param weights: in sequence; some may be negative (a discount among the lines of an invoice)
    :param unit: the smallest unit of the currency: its ``rounding``
    :param whole: what the weights are parts of where they need not make it, 100 for percentages: the parts then sum to
        the rounded share of the total that the weights are; their own sum where it is not given
    :return: list of ``float``, in sequence; [] without weights
    :raise ValueError: for weights that cancel each other out

    >>> apportion(100, [1, 1, 1]), apportion(-100, [1, 1, 1]), apportion(100, [0, 0, 0])
    ([33.34, 33.33, 33.33], [-33.34, -33.33, -33.33], [33.34, 33.33, 33.33])
    >>> apportion(10600, [500, 300, 240]), apportion(1000, [2, 1], unit=1), apportion(0.01, [1, 2])
    ([5096.16, 3057.69, 2446.15], [667.0, 333.0], [0.0, 0.01])
    >>> apportion(10, [0, 1, 0, 2]), apportion(90, [60, 50, -20]), apportion(5, [])
    ([0.0, 3.33, 0.0, 6.67], [60.0, 50.0, -20.0], [])
    >>> apportion(1130.01, [30, 60, 10], whole=100), apportion(100001, [50, 30], unit=1, whole=100)
    ([339.0, 678.01, 113.0], [50001.0, 30000.0])
    """
    step = to_fraction(unit)
    units = round_half_up(to_fraction(total) / step)
    sign = -1 if units < 0 else 1
    parts = _round_largest(abs(units), *_scale(weights, whole))
    return [float(sign * part * step) for part in parts]


def to_fraction(value):
    """Return the exact value that a number shows: 0.1 is a tenth.

    >>> to_fraction(0.1), to_fraction("12.50"), to_fraction(3)
    (Fraction(1, 10), Fraction(25, 2), Fraction(3, 1))
    """
    return Fraction(str(value))


def round_half_up(value):
    """Return the nearest whole number, half way away from zero, as currencies round.

    >>> round_half_up(Fraction(5, 2)), round_half_up(Fraction(-5, 2)), round_half_up(Fraction(7, 3))
    (3, -3, 2)
    """
    return floor(value + HALF) if value >= 0 else -floor(HALF - value)


def _scale(weights, whole):
    """Return weights, and what they are parts of, as whole numbers: quicker than fractions and as exact."""
    exact = [to_fraction(weight) for weight in weights]
    exact.append(to_fraction(whole) if whole is not None else sum(exact))
    if whole is None and not any(exact):
        return [1] * len(weights), len(weights)
    if not exact[-1]:
        raise ValueError(f"weights that cancel each other out: {', '.join(map(str, weights))}")
    scale = lcm(*(value.denominator for value in exact)) * (-1 if exact[-1] < 0 else 1)
    *scaled, base = (int(value * scale) for value in exact)
    return scaled, base


def _round_largest(units, weights, base):
    """Return whole numbers as near to ``units * weight / base`` as those are whose sum is the rounded one."""
    if not weights:
        return []
    exact = [divmod(units * weight, base) for weight in weights]
    parts = [part for part, _remainder in exact]
    missing = round_half_up(Fraction(units * sum(weights), base)) - sum(parts)
    by_remainder = sorted(range(len(exact)), key=lambda index: -round(exact[index][1] / base, NOISE_DIGITS))
    for index in by_remainder[:missing]:
        parts[index] += 1
    return parts
