"""Who is dunned how far and for how much: plain Python, no database.

Days late are days after the due date, negative before it. Levels are told apart, and are in the order of, the days after
the due date that they are meant for: so a customer whose policy changes goes on where he was.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from .interest import InterestTerms


class Level(NamedTuple):
    """A step of a policy.

    :param interest: None where the level charges none
    """

    id: int
    days: int
    min_interval: int = 0
    min_amount: float = 0.0
    allow_jump: bool = False
    fee: float = 0.0
    fee_product_id: int = 0
    fee_tax_ids: tuple = ()
    interest: InterestTerms | None = None
    interest_tax_ids: tuple = ()
    charge_mode: str = "claimed"


class Policy(NamedTuple):
    """A ladder of levels, in the order of their days."""

    id: int
    currency_id: int
    is_netting: bool
    levels: tuple


@dataclass(slots=True)
class OpenItem:
    """An open receivable item, or a credit (negative residual), with what dunning remembers of it.

    :param level_days: the days of the level that it has reached, None: none yet
    :param is_charge: an invoice for fees and interest: it reaches no level, bears no interest and is asked for along
    :param is_refund: money that we paid back, not matched yet: nobody is asked for it, it uses up credits
    """

    id: int
    partner_id: int
    policy_id: int
    currency_id: int
    date: date
    due: date
    residual: float
    name: str = ""
    level_id: int | None = None
    level_days: int | None = None
    last_date: date | None = None
    interest_date: date | None = None
    last_notice_id: int | None = None
    is_charge: bool = False
    is_refund: bool = False


@dataclass(slots=True)
class Claim:
    """What a notice asks for of an item.

    :param level_id: None, with `level_days`, for what is only asked for along: the invoice of a charge
    :param is_new: the item reaches the level by this notice; else it is asked for again, at the level it has
    :param held: promised or disputed: left out
    :param interest_base: what is open and not disputed
    :param interest_from: the last day not charged; `interest_to` is None where no interest is charged
    """

    item: OpenItem
    level_id: int | None
    level_days: int | None
    is_new: bool
    amount: float
    held: float = 0.0
    interest_base: float = 0.0
    interest: float = 0.0
    interest_from: date | None = None
    interest_to: date | None = None


@dataclass(slots=True)
class Proposal:
    """A notice in the making.

    :param level: names the letter: the highest of its items, which may be asked for once more only
    :param charge_level: the highest that an item reaches now: its fee is charged, as it says
    :param position_id: fiscal position of the customer, where charges are taxed
    :param pool: the customer's open credits, oldest first, ``{item: what is left}``; shared by his proposals
    :param credits: [(item, deducted amount, negative)]
    """

    partner_id: int
    policy: Policy
    claims: list
    pool: dict
    notice_id: int = 0
    level: Level | None = None
    charge_level: Level | None = None
    position_id: int | None = None
    credits: list = field(default_factory=list)
    not_due: dict = field(default_factory=dict)
    balance: dict = field(default_factory=dict)

    def get_sums(self):
        """Return what is asked for less what is deducted, per currency."""
        sums = {}
        for claim in self.claims:
            currency = claim.item.currency_id
            sums[currency] = sums.get(currency, 0.0) + claim.amount
        for item, amount in self.credits:
            sums[item.currency_id] += amount
        return sums


def is_reached(level, days_late):
    """Tell whether it is time for a level; a reminder before the due date makes no sense after it.

    >>> [is_reached(Level(1, -3), days) for days in (-4, -3, 0, 1)]
    [False, True, True, False]
    >>> [is_reached(Level(1, 3), days) for days in (2, 3, 300)]
    [False, True, True]
    """
    return days_late >= level.days and (level.days >= 0 or days_late <= 0)


def is_interval_over(level, level_days, elapsed):
    """Tell whether enough days have passed since the item was last dunned: never twice on a day.

    :param level_days: days of the level reached; a reminder before the due date starts no interval
    :param elapsed: days since; None: never dunned

    >>> second = Level(2, 17, min_interval=14)
    >>> [is_interval_over(second, 3, elapsed) for elapsed in (13, 14, None)]
    [False, True, True]
    >>> [is_interval_over(second, -3, elapsed) for elapsed in (0, 1)]
    [False, True]
    """
    if elapsed is None:
        return True
    wait = level.min_interval if level_days is not None and level_days >= 0 else 0
    return elapsed >= max(wait, 1)


def get_next_level(levels, days_late, level_days=None, elapsed=None):
    """Return the level that an item reaches now, None where it stays where it is.

    One step at a time, whatever its age; a level that may be jumped to is reached directly. Of several reminders before
    the due date only the last one reached is sent.

    :param levels: in the order of their days
    :param level_days: days of the level that the item has reached, in whatever policy
    :param elapsed: days since it was last dunned, None: never

    >>> first, second, legal = ladder = (Level(1, 3), Level(2, 17, 14), Level(3, 60, 14, allow_jump=True))
    >>> get_next_level(ladder, 40).id, get_next_level(ladder, 60).id
    (1, 3)
    >>> get_next_level(ladder, 16, 3, 13), get_next_level(ladder, 17, 3, 14).id
    (None, 2)
    >>> get_next_level(ladder, 400, 60, 100)
    >>> reminders = (Level(8, -10), Level(9, -3), first)
    >>> get_next_level(reminders, -2).id, get_next_level(reminders, 3, -3, 6).id, get_next_level(reminders, 5).id
    (9, 1, 1)
    """
    ahead = [level for level in levels if level_days is None or level.days > level_days]
    ladder = [level for level in ahead if level.days >= 0]
    reminders = [level for level in ahead if level.days < 0 and is_reached(level, days_late)]
    step = ladder[:1] if ladder and is_reached(ladder[0], days_late) else reminders[-1:]
    jumps = [level for level in ladder if level.allow_jump and is_reached(level, days_late)]
    allowed = [level for level in (*step, *jumps) if is_interval_over(level, level_days, elapsed)]
    return max(allowed, key=lambda level: level.days, default=None)


class ReachedLevels:
    """The levels of a policy that items reach on a day; thousands of items share a few hundred answers."""

    def __init__(self, levels, date):
        self.levels, self.date = levels, date
        self._answers = {}

    def get_next(self, item):
        """Return the level that an item reaches now, None where it stays where it is.

        >>> item = OpenItem(1, 1, 1, 1, date(2026, 9, 1), date(2026, 10, 1), 100.0)
        >>> levels = (Level(1, 3), Level(2, 17))
        >>> [ReachedLevels(levels, date(2026, 10, day)).get_next(item) == levels[0] for day in (3, 4)]
        [False, True]
        """
        key = (item.due, item.level_days, item.last_date)
        if key not in self._answers:
            elapsed = (self.date - item.last_date).days if item.last_date else None
            days_late = (self.date - item.due).days
            self._answers[key] = get_next_level(self.levels, days_late, item.level_days, elapsed)
        return self._answers[key]


def get_pool(items):
    """Return what is open of credits, the oldest first, less what we paid back already.

    :return: ``{item id: [item, what is left, negative]}``

    >>> day = date(2026, 10, 1)
    >>> note, receipt = (OpenItem(n, 1, 1, 1, day, day, a) for n, a in ((1, -300.0), (2, -200.0)))
    >>> paid_back = OpenItem(3, 1, 1, 1, day, day, 350.0, is_refund=True)
    >>> [entry[1] for entry in get_pool([paid_back, note, receipt]).values()]
    [-150.0]
    """
    pool = {item.id: [item, item.residual] for item in items if item.residual < 0}
    for refund in [item for item in items if item.is_refund] if pool else ():
        left = refund.residual
        for entry in pool.values():
            taken = min(left, -entry[1]) if entry[0].currency_id == refund.currency_id else 0.0
            entry[1] = round(entry[1] + taken, 6)
            left = round(left - taken, 6)
    return {item_id: entry for item_id, entry in pool.items() if entry[1] < 0}


def deduct(proposal, rounding=6):
    """Deduct open credits from what is claimed in their currency, the oldest first, never more than is claimed.

    >>> day = date(2026, 10, 1)
    >>> debt, note, receipt = (OpenItem(n, 1, 1, 1, day, day, a) for n, a in ((1, 1500.0), (2, -300.0), (3, -2000.0)))
    >>> proposal = Proposal(1, None, [Claim(debt, 1, 3, True, 1500.0)], {2: [note, -300.0], 3: [receipt, -2000.0]})
    >>> deduct(proposal)
    >>> [amount for _item, amount in proposal.credits], proposal.get_sums(), proposal.pool[3][1]
    ([-300.0, -1200.0], {1: 0.0}, -800.0)
    """
    left = proposal.get_sums() if proposal.pool else {}
    for entry in proposal.pool.values():
        item, open_amount = entry
        taken = -min(-open_amount, left.get(item.currency_id, 0.0))
        if taken < 0:
            proposal.credits.append((item, taken))
            entry[1] = round(open_amount - taken, rounding)
            left[item.currency_id] = round(left[item.currency_id] + taken, rounding)


def spread_credits(proposal):
    """Return which credits stand against which claims: the oldest against what is due first, deducted or not.

    :return: ``{item id: [(day of the credit, amount)]}``

    >>> days = [date(2026, 10, day) for day in (1, 2, 5, 6)]
    >>> first, second = (OpenItem(n, 1, 1, 1, days[0], days[n - 1], 1000.0) for n in (1, 2))
    >>> receipt, note = (OpenItem(n, 1, 1, 1, days[n - 1], days[n - 1], -600.0) for n in (3, 4))
    >>> claims = [Claim(item, 1, 3, True, 1000.0, interest_base=1000.0) for item in (second, first)]
    >>> found = spread_credits(Proposal(1, None, claims, {3: [receipt, 0.0], 4: [note, -600.0]}, credits=[(receipt, -600.0)]))
    >>> {item: [(day.day, amount) for day, amount in credits] for item, credits in sorted(found.items())}
    {1: [(5, 600.0), (6, 400.0)], 2: [(6, 200.0)]}
    """
    credits = {item.id: [item, -left] for item, left in proposal.pool.values()}
    for item, amount in proposal.credits:
        credits[item.id][1] -= amount
    claims = sorted(proposal.claims, key=lambda claim: (claim.item.due, claim.item.id))
    bases = {claim.item.id: claim.interest_base for claim in claims}
    spread = {}
    for item, left in sorted(credits.values(), key=lambda entry: (entry[0].date, entry[0].id)):
        for claim in claims:
            taken = round(min(left, bases[claim.item.id]), 6) if claim.item.currency_id == item.currency_id else 0.0
            if taken > 0:
                spread.setdefault(claim.item.id, []).append((item.date, taken))
                bases[claim.item.id] -= taken
                left -= taken
    return spread


def drop_settled(proposal, is_zero):
    """Drop the currencies in which the credits cover everything, and name the levels of what is left.

    The highest level of all items names the notice. The fee is that of the highest level that an item reaches now: what
    is only asked for again was charged before.

    :param is_zero: function (currency id, amount)
    :return: whether a notice remains
    """
    settled = {currency for currency, amount in proposal.get_sums().items() if is_zero(currency, amount)}
    if settled:
        proposal.claims = [claim for claim in proposal.claims if claim.item.currency_id not in settled]
        for item, amount in proposal.credits:
            if item.currency_id in settled:
                proposal.pool[item.id][1] += amount
        proposal.credits = [pair for pair in proposal.credits if pair[0].currency_id not in settled]
    reached = [claim.level_days for claim in proposal.claims if claim.is_new]
    named = [claim.level_days for claim in proposal.claims if claim.level_days is not None]
    proposal.charge_level = _get_level(proposal.policy, max(reached, default=None))
    proposal.level = proposal.charge_level and _get_level(proposal.policy, max(named))
    return proposal.level is not None


def _get_level(policy, days):
    """Return the highest level of a policy up to so many days: an item may have reached one of another policy."""
    levels = [level for level in policy.levels if days is not None and level.days <= days]
    return levels[-1] if levels else None
