"""How the lines of one document stand to their red lines: plain Python, no database."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from .floors import Item, get_state
from .net_prices import get_net_prices
from .priced_line import is_judged

# What a red line does where it is not kept, the mildest first.
ENFORCEMENTS = ("warn", "review", "block")


@dataclass(frozen=True)
class Evaluation:
    """How one line stands to its red line. Prices per product unit, in company currency.

    :param unit: its own price, before what the rest of the document takes off it
    :param state: ``ok``, ``warn``, ``below``, ``none`` (no red line) or ``no_cost`` (it rests on a missing cost)
    :param floor: the `Floor` that counts, None without one
    :param price: the red-line price, None without one
    :param gap: by how much the net price is below it, 0 when it is not
    :param item: the `Item` by which the red line was found, None for a line that is not judged
    """

    line: Any
    net: float
    quantity: float
    unit: float = 0.0
    state: str = "none"
    floor: Any = None
    price: float | None = None
    gap: float = 0.0
    item: Item | None = None

    @property
    def is_breach(self):
        """Whether the red line is not kept, or nobody can tell."""
        return self.state in ("below", "no_cost")


def evaluate(lines, get_floor):
    """Compare the lines of one document with their red lines.

    A combo is judged as one: the sum of its lines against the sum of their red lines. Where a line is judged for
    several, the stricter red line counts.

    :param lines: list of `PricedLine`
    :param get_floor: function from an `Item` to (floor, price, warn percentage): floor None without a red line, price
        None when it rests on a missing cost
    :return: list of `Evaluation`, one per line

    >>> from .floors import Floor, Item
    >>> from .priced_line import PricedLine
    >>> line = PricedLine("a", 239.97, 3, Item(1, 1))
    >>> (result,) = evaluate([line], lambda item: (Floor(1), 80.0, 0))
    >>> result.state, round(result.net, 6), round(result.gap, 6)
    ('below', 79.99, 0.01)
    >>> combo = [PricedLine(name, total, 1, Item(1, 1), combo="c") for name, total in (("x", 70.0), ("y", 95.0))]
    >>> [result.state for result in evaluate(combo, lambda item: (Floor(1), 80.0, 0))]
    ['ok', 'ok']
    >>> line = PricedLine("a", 75.0, 1, Item(1, 1, partner_id=1), others=(Item(1, 1, partner_id=2),))
    >>> (result,) = evaluate([line], lambda item: (Floor(item.partner_id), 60.0 + 10 * item.partner_id, 0))
    >>> result.state, result.price
    ('below', 80.0)
    """
    results = [
        max(_judge(line, net, step, get_floor), key=_get_strictness)
        for line, (net, step) in zip(lines, get_net_prices(lines), strict=True)
    ]
    return _judge_combos(lines, results)


def _judge(line, net, step, get_floor):
    """Yield the `Evaluation` of a line for each of those that it is judged for."""
    own = line.total / line.quantity if line.quantity else 0.0
    if not is_judged(line):
        yield Evaluation(line.line, net, line.quantity, own)
        return
    for item in (line.item, *line.others):
        asked = item if item.quantity == step else replace(item, quantity=step)
        floor, price, warn = get_floor(asked)
        if floor and line.is_allowance and line.total < 0 and floor.applied_on == "all":
            floor = price = None
        state, gap = _compare(net, floor, price, warn)
        yield Evaluation(line.line, net, line.quantity, own, state, floor, price, gap, asked)


def _compare(net, floor, price, warn):
    """Return (state, gap) of a net price under a red line, see `Evaluation`."""
    if floor is None:
        return "none", 0.0
    if price is None:
        return "no_cost", 0.0
    state = get_state(net, price, warn)
    return state, price - net if state == "below" else 0.0


def _get_strictness(evaluation):
    """Return where an evaluation stands among those of one line: the largest counts."""
    breach = 1 + ENFORCEMENTS.index(evaluation.floor.enforcement) if evaluation.is_breach else 0
    return breach, evaluation.state == "no_cost", evaluation.floor is not None, evaluation.price or 0.0


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
            # The shortfall of the combo, shared over its red lines: one per unit of each.
            gap = results[index].price * (floor - net) / floor if below and floor else 0.0
            results[index] = replace(results[index], state="below" if below else "ok", gap=gap)
    return results
