"""Net prices of the lines of one document and how they stand to their red lines: plain Python, no database."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from .floors import Item, Product, get_state, share_in_proportion


@dataclass(frozen=True)
class PricedLine:
    """A line of an order or invoice as the comparison sees it.

    :param line: the record it stands for
    :param total: tax-excluded, after the line discount, in company currency, not rounded
    :param quantity: in the product's unit
    :param item: what is sold to whom; None for lines that are not judged (no product, down payments)
    :param product: the `tools.floors.Product` of the item, where it is known already
    :param comes_back: whether a negative quantity means that the customer gives something back (goods, a down payment);
        of all else it is a discount
    :param combo: what the lines of one combo have in common, None outside combos
    """

    line: Any
    total: float
    quantity: float
    item: Item | None = None
    combo: Any = None
    product: Product | None = None
    comes_back: bool = True


@dataclass(frozen=True)
class Evaluation:
    """How one line stands to its red line. Prices per product unit, in company currency.

    :param state: ``ok``, ``warn``, ``below``, ``none`` (no red line) or ``no_cost`` (it rests on a missing cost)
    :param floor: the `Floor` that counts, None without one
    :param price: the red-line price, None without one
    :param gap: by how much the net price is below it, 0 when it is not
    """

    line: Any
    net: float
    quantity: float
    state: str = "none"
    floor: Any = None
    price: float | None = None
    gap: float = 0.0


def get_net_totals(lines):
    """Return the totals of the lines of one document after document discounts and free goods.

    Negative lines (discounts, rewards) are shared over the positive ones; what is free shares the price of the paid
    lines of the same product.

    :param lines: list of `PricedLine`
    :return: list of totals, one per line

    >>> a, b = (PricedLine("ab"[index], 100.0, 1, Item(index, index)) for index in (0, 1))
    >>> get_net_totals([a, b, PricedLine("discount", -20.0, 1)])
    [90.0, 90.0, -20.0]
    >>> get_net_totals([PricedLine("paid", 300.0, 3, Item(1, 1)), PricedLine("free", 0.0, 1, Item(1, 1))])
    [225.0, 75.0]
    """
    discount = sum(line.total for line in lines if is_discount(line))
    shares = share_in_proportion([line.total for line in lines], discount)
    totals = [line.total + share for line, share in zip(lines, shares, strict=True)]
    return _pool_free_goods(lines, totals)


def is_discount(line):
    """Tell whether a line takes money off the document: by its amount, never by a flag that its seller can write.

    >>> is_discount(PricedLine("a", -5.0, -1)), is_discount(PricedLine("a", -5.0, -1, comes_back=False))
    (False, True)
    """
    return line.total < 0 and (line.quantity > 0 or not line.comes_back)


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


def _pool_free_goods(lines, totals):
    pools = defaultdict(list)
    for index, line in enumerate(lines):
        if line.item and line.quantity > 0 and not line.combo and totals[index] >= 0:
            pools[line.item.product_id].append(index)
    for indexes in pools.values():
        if any(totals[index] == 0 for index in indexes):
            unit = sum(totals[index] for index in indexes) / sum(lines[index].quantity for index in indexes)
            for index in indexes:
                totals[index] = unit * lines[index].quantity
    return totals


def is_judged(line):
    """Tell whether a line has a net price to compare: returns, discounts and lines without product have none."""
    return line.item is not None and line.quantity > 0 and not is_discount(line)


def evaluate(lines, get_floor):
    """Compare the lines of one document with their red lines.

    A combo is judged as one: the sum of its lines against the sum of their red lines.

    :param lines: list of `PricedLine`
    :param get_floor: function from a `PricedLine` to (floor, price, warn percentage): floor None without a red line,
        price None when it rests on a missing cost
    :return: list of `Evaluation`, one per line

    >>> line = PricedLine("a", 239.97, 3, Item(1, 1))
    >>> (result,) = evaluate([line], lambda line: ("F1", 80.0, 0))
    >>> result.state, round(result.net, 6), round(result.gap, 6)
    ('below', 79.99, 0.01)
    >>> combo = [PricedLine(name, total, 1, Item(1, 1), combo="c") for name, total in (("x", 70.0), ("y", 95.0))]
    >>> [result.state for result in evaluate(combo, lambda line: ("F", 80.0, 0))]
    ['ok', 'ok']
    """
    results = []
    for line, total in zip(lines, get_net_totals(lines), strict=True):
        net = total / line.quantity if line.quantity else 0.0
        floor, price, warn = get_floor(line) if is_judged(line) else (None, None, 0)
        results.append(_compare(line, net, floor, price, warn))
    return _judge_combos(lines, results)


def _compare(line, net, floor, price, warn):
    if floor is None:
        return Evaluation(line.line, net, line.quantity)
    if price is None:
        return Evaluation(line.line, net, line.quantity, "no_cost", floor)
    state = get_state(net, price, warn)
    gap = price - net if state == "below" else 0.0
    return Evaluation(line.line, net, line.quantity, state, floor, price, gap)


def _judge_combos(lines, results):
    combos = defaultdict(list)
    for index, line in enumerate(lines):
        if line.combo and results[index].price is not None:
            combos[line.combo].append(index)
    for indexes in combos.values():
        net = sum(results[index].net * results[index].quantity for index in indexes)
        floor = sum(results[index].price * results[index].quantity for index in indexes)
        below = get_state(net, floor) == "below"
        for index in indexes:
            result = results[index]
            # The shortfall of the combo, shared over its red lines: one per unit of each.
            gap = result.price * (floor - net) / floor if below and floor else 0.0
            state = "below" if below else "ok"
            results[index] = Evaluation(
                result.line, result.net, result.quantity, state, result.floor, result.price, gap
            )
    return results
