"""Which red line counts for an item, and how prices compare with it: plain Python, no database.

Money is in company currency, prices are per product unit, quantities in the product's unit, percentages in per cent.
"""

import datetime
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

# Prices are compared at this many digits, whatever the precision of the currency.
PRICE_DIGITS = 6
LEVELS = {"variant": 0, "template": 1, "category": 2, "all": 3}


@dataclass(frozen=True)
class Formula:
    """How the price of a red line is worked out; see `get_floor_price`. Amounts are in the currency of the red line."""

    compute: str = "fixed"
    percentage: float = 0.0
    fixed: float = 0.0
    surcharge: float = 0.0
    rounding: float = 0.0
    currency_id: int | None = None


@dataclass(frozen=True)
class Product:
    """What red lines need to know of a product.

    :param categ_ids: its category and those above it, nearest first
    :param cost: per unit, in the currency of the company that sells
    :param list_price: per unit, in the currency ``currency_id``
    :param is_discount: whether the company that sells uses it for its document discounts
    """

    id: int
    template_id: int
    uom_id: int
    type: str
    categ_ids: tuple = ()
    cost: float = 0.0
    list_price: float = 0.0
    currency_id: int | None = None
    is_discount: bool = False

    @property
    def is_allowance(self):
        """Whether it stands for money taken off rather than for something sold: no goods, and nothing it is sold for.

        >>> Product(1, 1, 1, "service").is_allowance, Product(1, 1, 1, "service", list_price=9.0).is_allowance
        (True, False)
        >>> Product(1, 1, 1, "consu").is_allowance
        False
        """
        return self.is_discount or (self.type != "consu" and self.list_price <= 0)


@dataclass(frozen=True)
class Floor:
    """A red line as the resolution sees it: where it applies and how it ranks.

    :param id: of the `sale.price.floor`; of two that rank alike the newer one (larger id) wins
    :param applied_on: ``variant``, ``template``, ``category`` or ``all``
    :param target_id: the product, template or category it applies to, None for ``all``
    """

    id: int
    applied_on: str = "all"
    target_id: int | None = None
    partner_id: int | None = None
    class_ids: frozenset = frozenset()
    department_ids: frozenset = frozenset()
    min_quantity: float = 0.0
    date_start: datetime.date | None = None
    date_end: datetime.date | None = None
    sequence: int = 10
    formula: Formula = Formula()
    warn_percentage: float = 0.0
    enforcement: str = "review"


class Party(NamedTuple):
    """For whom something is judged, and on which day.

    :param department_ids: a department of the document or its author, and those above it
    """

    partner_id: int | None = None
    class_id: int | None = None
    department_ids: frozenset = frozenset()
    date: datetime.date | None = None


@dataclass(frozen=True)
class Item:
    """What is sold to whom and when.

    :param categ_ids: the product's category and those above it, nearest first; empty without a category
    :param department_ids: the document's department and those above it
    """

    product_id: int
    template_id: int
    categ_ids: tuple = ()
    partner_id: int | None = None
    class_id: int | None = None
    department_ids: frozenset = frozenset()
    quantity: float = 1.0
    date: datetime.date | None = None


def index_floors(floors):
    """Return red lines by what they apply to, so that an item need not be held against all of them.

    :return: dict, (applied_on, target_id) -> list of `Floor`

    >>> index = index_floors([Floor(1), Floor(2, "category", 7), Floor(3, "variant", 8)])
    >>> [floor.id for floor in get_candidates(index, Item(1, 1, categ_ids=(9, 7)))]
    [2, 1]
    """
    index = {}
    for floor in floors:
        index.setdefault((floor.applied_on, floor.target_id), []).append(floor)
    return index


def get_candidates(index, item):
    """Return the red lines of an index that apply to the item's product, whatever their other conditions."""
    keys = [(level, target) for level in ("variant", "template", "category") for target in _get_targets(level, item)]
    return [floor for key in [*keys, ("all", None)] for floor in index.get(key, ())]


def get_mismatch(floor, item):
    """Return why a red line does not apply to an item, None when it does.

    :return: ``product``, ``customer``, ``class``, ``department``, ``quantity``, ``date`` or None

    >>> get_mismatch(Floor(1, "category", 7), Item(1, 1, categ_ids=(9, 7)))
    >>> get_mismatch(Floor(1, "category", 7), Item(1, 1))
    'product'
    >>> get_mismatch(Floor(1, min_quantity=100), Item(1, 1, quantity=99))
    'quantity'
    >>> march = Floor(1, date_start=datetime.date(2026, 3, 1), date_end=datetime.date(2026, 3, 31))
    >>> get_mismatch(march, Item(1, 1, date=datetime.date(2026, 3, 31))), get_mismatch(march, Item(1, 1, date=datetime.date(2026, 4, 1)))
    (None, 'date')
    """
    checks = {
        "product": floor.applied_on == "all" or floor.target_id in _get_targets(floor.applied_on, item),
        "customer": floor.partner_id in (None, item.partner_id),
        "class": not floor.class_ids or item.class_id in floor.class_ids,
        "department": not floor.department_ids or bool(floor.department_ids & item.department_ids),
        "quantity": round(item.quantity - floor.min_quantity, PRICE_DIGITS) >= 0,
        "date": (not floor.date_start or floor.date_start <= item.date)
        and (not floor.date_end or item.date <= floor.date_end),
    }
    return next((name for name, holds in checks.items() if not holds), None)


def _get_targets(applied_on, item):
    return {"variant": (item.product_id,), "template": (item.template_id,), "category": item.categ_ids}[applied_on]


def get_rank(floor, item):
    """Return where a red line that applies to an item stands: the smallest wins.

    Variant, template, nearest category, all; inside a level customer, then class, then none; then the larger minimum
    quantity; then sequence; then the newest.

    >>> item = Item(1, 1, categ_ids=(9, 7), partner_id=5, class_id=3)
    >>> near, far = Floor(1, "category", 9), Floor(2, "category", 7)
    >>> get_rank(near, item) < get_rank(far, item) < get_rank(Floor(3), item)
    True
    >>> of_class, large = Floor(4, class_ids=frozenset({3})), Floor(5, min_quantity=100)
    >>> get_rank(of_class, item) < get_rank(large, item) < get_rank(Floor(6), item) < get_rank(Floor(3), item)
    True
    """
    distance = item.categ_ids.index(floor.target_id) if floor.applied_on == "category" else 0
    whom = 0 if floor.partner_id else 1 if floor.class_ids else 2
    return (LEVELS[floor.applied_on], distance, whom, -floor.min_quantity, floor.sequence, -floor.id)


def resolve(floors, item):
    """Return every red line with what became of it, the winner first, then the losers by rank, then the others.

    :return: list of (floor, reason): ``wins``, ``outranked``, or why it does not apply (see `get_mismatch`)

    >>> floors = [Floor(1), Floor(2, "category", 7), Floor(3, "variant", 8)]
    >>> [(floor.id, reason) for floor, reason in resolve(floors, Item(1, 1, categ_ids=(7,)))]
    [(2, 'wins'), (1, 'outranked'), (3, 'product')]
    """
    mismatches = [(floor, get_mismatch(floor, item)) for floor in floors]
    applying = sorted((floor for floor, reason in mismatches if not reason), key=lambda floor: get_rank(floor, item))
    ranked = [(floor, "outranked" if index else "wins") for index, floor in enumerate(applying)]
    return ranked + [(floor, reason) for floor, reason in mismatches if reason]


def get_floor_price(compute, percentage=0.0, fixed=0.0, cost=0.0, list_price=0.0, surcharge=0.0, rounding=0.0):
    """Return the price per unit below which nothing is sold, None when it rests on a cost that is missing.

    :param compute: ``fixed``, ``cost_markup`` (cost x (1 + p)), ``cost_margin`` (cost / (1 - p)) or
        ``list_discount`` (list price x (1 - p))
    :param surcharge: added to the result
    :param rounding: the result is rounded up to a multiple of this; 0 leaves it alone

    >>> get_floor_price("fixed", fixed=80.0), get_floor_price("list_discount", 15, list_price=200.0)
    (80.0, 170.0)
    >>> get_floor_price("cost_markup", 20, cost=100.0), get_floor_price("cost_margin", 20, cost=100.0)
    (120.0, 125.0)
    >>> get_floor_price("cost_markup", 20, cost=0.0) is None
    True
    >>> get_floor_price("cost_markup", 7, cost=99.0, rounding=0.5), get_floor_price("fixed", fixed=714.29, rounding=0.01)
    (106.0, 714.29)
    """
    if compute.startswith("cost") and cost <= 0:
        return None
    share = percentage / 100
    price = {
        "fixed": lambda: fixed,
        "cost_markup": lambda: cost * (1 + share),
        "cost_margin": lambda: cost / (1 - share),
        "list_discount": lambda: list_price * (1 - share),
    }[compute]()
    return round_up(price + surcharge, rounding)


def get_product_price(formula, product, rates):
    """Return the price of a `Formula` for a `Product`, in company currency, None when its cost is missing.

    :param rates: dict, id of a currency -> rate from it to the currency of the company

    >>> product = Product(1, 1, 1, "consu", list_price=200.0, currency_id=1)
    >>> get_product_price(Formula(fixed=10.0, surcharge=1.0, currency_id=2), product, {1: 1.0, 2: 7.0})
    77.0
    """
    rate = rates[formula.currency_id]
    return get_floor_price(
        formula.compute,
        percentage=formula.percentage,
        fixed=formula.fixed * rate,
        cost=product.cost,
        list_price=product.list_price * rates[product.currency_id],
        surcharge=formula.surcharge * rate,
        rounding=formula.rounding,
    )


def round_up(price, rounding):
    """Return ``price`` rounded up to a multiple of ``rounding``, unless it is one at 6 digits; 0 leaves it alone.

    >>> round_up(714.285714, 0.01), round_up(80.0, 0.01), round_up(80.0000004, 0.01), round_up(1.1, 0)
    (714.29, 80.0, 80.0, 1.1)
    """
    if not rounding:
        return price
    step = Fraction(str(rounding))
    return float(math.ceil(Fraction(str(round(price, PRICE_DIGITS))) / step) * step)


def get_state(net, floor, warn_percentage=0.0):
    """Return how a net price stands to its red line: ``ok``, ``warn`` (in the yellow band above it) or ``below``.

    Both are compared at 6 digits; exactly at the red line is not below it.

    >>> get_state(80.0, 80.0), get_state(79.99, 80.0), get_state(79.9999999, 80.0), get_state(83.0, 80.0, 5)
    ('ok', 'below', 'ok', 'warn')
    >>> get_state(714.28, 714.285714), get_state(714.29, 714.285714)
    ('below', 'ok')
    """
    net, floor = round(net, PRICE_DIGITS), round(floor, PRICE_DIGITS)
    if net < floor:
        return "below"
    return "warn" if net < round(floor * (1 + warn_percentage / 100), PRICE_DIGITS) else "ok"


def share_in_proportion(amounts, total):
    """Share a document discount over lines in proportion to their positive amounts.

    Exact: nothing is rounded, the net prices are compared at 6 digits only after it.

    :param amounts: amounts of the lines before it; those that are not positive take no part
    :param total: what is shared, negative for a discount
    :return: the share of each line

    >>> share_in_proportion([100.0, 200.0], -30.0), share_in_proportion([100.0, 0.0, -5.0], -10.0), share_in_proportion([0.0], -10.0)
    ([-10.0, -20.0], [-10.0, 0.0, 0.0], [0.0])
    """
    base = sum(amount for amount in amounts if amount > 0)
    return [float(total * amount / base) if base and amount > 0 else 0.0 for amount in amounts]
