"""What the lines of one document earn per unit, after all that takes money off it: plain Python, no database.

A reward lowers the lines that it is for, a document discount all lines; free goods share the price of the paid ones of
their product. Goods that come back are looked at twice, and the lower price counts: as if they came (pooled with the
lines of their product, with their signs) and as if they did not (only what they give back beyond a fair price is a
discount).
"""

from collections import defaultdict
from dataclasses import dataclass

from .floors import PRICE_DIGITS, share_in_proportion
from .priced_line import is_discount, is_return, take_dearest, take_real


@dataclass
class Returned:
    """What comes back of one product.

    :ivar excess: what is given back beyond what the product earns on the document or was sold for before
    :ivar quantity: how much of it is not known to have been sold before at that price
    :ivar value: what is given back for that quantity
    :ivar whole: what is given back in all
    """

    excess: float = 0.0
    quantity: float = 0.0
    value: float = 0.0
    whole: float = 0.0


@dataclass
class View:
    """One way to look at a document: what its lines are, and what bears its discounts.

    :ivar totals: of each line
    :ivar quantities: of each line
    :ivar weights: what part of each total bears discounts
    :ivar discount: on the whole document
    """

    totals: list
    quantities: list
    weights: list
    discount: float = 0.0


def get_net_prices(lines):
    """Return the net prices of the lines of one document, and the quantities by which their red lines are found.

    :param lines: list of `PricedLine`
    :return: list of (price per unit, quantity), one per line; discounts and returns keep their own price

    >>> from .floors import Item
    >>> from .priced_line import PricedLine, Sold
    >>> a, b = (PricedLine("ab"[index], 100.0, 1, Item(index, index)) for index in (0, 1))
    >>> get_net_prices([a, b, PricedLine("discount", -20.0, 1)])
    [(90.0, 1.0), (90.0, 1.0), (-20.0, 1)]
    >>> get_net_prices([a, b, PricedLine("10 % on b", -10.0, 1, targets=frozenset("b"))])
    [(100.0, 1.0), (90.0, 1.0), (-10.0, 1)]

    Free pieces share price and quantity of the paid ones:

    >>> get_net_prices([PricedLine("paid", 300.0, 3, Item(1, 1, quantity=3)), PricedLine("free", 0.0, 1, Item(1, 1))])
    [(75.0, 4.0), (75.0, 4.0)]

    11 at 100.00 and one back at 500.00, at 100.00, and at 500.00 that it was sold for before:

    >>> sold = PricedLine("sold", 1100.0, 11, Item(1, 1, quantity=11))
    >>> get_net_prices([sold, PricedLine("back", -500.0, -1, Item(1, 1))])[0]
    (60.0, 10.0)
    >>> get_net_prices([sold, PricedLine("back", -100.0, -1, Item(1, 1))])[0]
    (100.0, 10.0)
    >>> get_net_prices([sold, PricedLine("back", -500.0, -1, Item(1, 1), sold=Sold(((500.0, 1.0),)))])[0]
    (100.0, 11.0)
    """
    pools = _get_pools(lines)
    returned = _get_returned(lines, pools)
    discount = sum(line.total for line in lines if is_discount(line) and line.targets is None)
    view = View([line.total for line in lines], [line.quantity for line in lines], _get_weights(lines), discount)
    views = [view]
    if returned:
        views.append(_get_view_with_returns(view, pools, returned))
        view.discount -= sum(back.excess for back in returned.values())
    prices, free = zip(*(_get_prices(lines, pools, view) for view in views), strict=True)
    return list(zip(map(min, *prices, prices[0]), _get_steps(lines, pools, returned, free[0]), strict=True))


def _get_pools(lines):
    """Return what is sold of each product: dict, product id -> indexes of lines. Combos are judged by themselves."""
    pools = defaultdict(list)
    for index, line in enumerate(lines):
        if line.item and line.quantity > 0 and line.total >= 0 and not line.combo:
            pools[line.item.product_id].append(index)
    return pools


def _get_weights(lines):
    return [max(line.total, 0.0) if line.quantity > 0 else 0.0 for line in lines]


# === RETURNS === #


def _get_returned(lines, pools):
    """Return what comes back: dict, product id -> `Returned`."""
    returns = defaultdict(list)
    for line in lines:
        if is_return(line):
            returns[line.item.product_id].append(line)
    result = {}
    for product_id, backs in returns.items():
        sold = [lines[index] for index in pools.get(product_id, ())]
        result[product_id] = _take_back(backs, sum(line.quantity for line in sold), sum(line.total for line in sold))
    return result


def _take_back(backs, quantity, total):
    """Return `Returned` for the returns of one product of which ``quantity`` is sold for ``total`` on the document."""
    average = total / quantity if quantity else 0.0
    sold = backs[0].sold
    lots = [list(lot) for lot in sold.lots]
    result = Returned()
    for back in backs:
        given = back.total / back.quantity
        # Of goods sold before, at that price or for more: nothing is said about what is sold now.
        rest = -back.quantity - take_real(lots, -back.quantity, given - sold.rounding)
        fair = max(average * min(rest, quantity), take_dearest(lots, rest))
        result.excess += max(given * rest - fair, 0.0)
        result.quantity += rest
        result.value += given * rest
        result.whole -= back.total
        quantity = max(quantity - rest, 0.0)
    return result


def _get_view_with_returns(view, pools, returned):
    """Return another `View` of the document: what comes back is taken off what is sold of the product."""
    totals, quantities, weights = list(view.totals), list(view.quantities), list(view.weights)
    discount = view.discount
    for product_id, back in returned.items():
        pool = pools.get(product_id, ())
        total, quantity = (sum(values[index] for index in pool) for values in (totals, quantities))
        left, earned = round(quantity - back.quantity, PRICE_DIGITS), total - back.value
        if left > 0:
            discount += min(earned, 0.0)
        else:
            discount -= back.excess
        for index in pool:
            # Money that goes round bears no discount, even where goods sold before come back.
            weights[index] *= max(total - back.whole, 0.0) / total if total else 0.0
            if left > 0:
                totals[index] *= max(earned, 0.0) / total if total else 0.0
                quantities[index] *= left / quantity
    return View(totals, quantities, weights, discount)


# === SHARING === #


def _get_prices(lines, pools, view):
    """Return the net prices of the lines in a `View`, and the products of which something is free."""
    discount = view.discount + _apply_rewards(lines, view)
    free = {
        product_id
        for product_id, pool in pools.items()
        if any(round(view.totals[index], PRICE_DIGITS) == 0 for index in pool)
    }
    shares = share_in_proportion(view.weights, discount)
    totals = [total + share for total, share in zip(view.totals, shares, strict=True)]
    prices = [total / quantity if quantity else 0.0 for total, quantity in zip(totals, view.quantities, strict=True)]
    for product_id in free:
        pool = pools[product_id]
        price = sum(totals[index] for index in pool) / sum(view.quantities[index] for index in pool)
        for index in pool:
            prices[index] = price
    return prices, free


def _apply_rewards(lines, view):
    """Take rewards off the lines that they are for, down to nothing; return what is left for the whole document."""
    rest = 0.0
    for reward in lines:
        if reward.targets is None or not is_discount(reward):
            continue
        indexes = [index for index, line in enumerate(lines) if line.line in reward.targets]
        weights = [view.weights[index] for index in indexes]
        taken = max(reward.total, -sum(weights))
        for index, share in zip(indexes, share_in_proportion(weights, taken), strict=True):
            view.totals[index] += share
            view.weights[index] += share
        rest += reward.total - taken
    return rest


def _get_steps(lines, pools, returned, free):
    """Return the quantities that red lines from a quantity upwards look at.

    Free pieces count together with the paid ones, what comes back of what is sold here does not count.
    """
    steps = [line.item.quantity if line.item else line.quantity for line in lines]
    for product_id, pool in pools.items():
        together = sum(steps[index] for index in pool) if product_id in free else None
        back = returned[product_id].quantity if product_id in returned else 0.0
        for index in pool:
            steps[index] = max((steps[index] if together is None else together) - back, 0.0)
    return steps
