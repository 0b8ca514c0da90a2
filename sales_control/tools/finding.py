"""What the review of an order finds, and when an approval covers it: plain Python, no database."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from odoo.tools import float_compare

MEASURE_DIGITS = 6


@dataclass(frozen=True)
class Finding:
    """One reason why an order may need a decision.

    :param kind: what is judged: ``amount``, ``special``, ``mismatch``; other addons add theirs
    :param key: what it is about inside its kind, the same for the same matter (a rule, a product)
    :param measure: how bad it is, in the unit of the kind (amounts: company currency); larger is worse
    :param severity: ``warn`` (shown only), ``review`` (somebody decides) or ``block`` (refused)
    :param message: one sentence with the figures compared, for people
    :param rule: the `sale.review.rule` that claims it, None until claimed or when none does
    :param facts: the figures compared, as JSON-able values
    :param stake: how much of it there is, in company currency: the order's value, what is given away in all; the
        measure where that says it already

    >>> finding = Finding("amount", "rule:1", 60000.0, "review", "60,000.00 reaches 50,000.00")
    >>> finding.identity
    ('amount', 'rule:1')
    >>> finding.claimed_by("L1").rule, finding.stake
    ('L1', 60000.0)
    """

    kind: str
    key: str
    measure: float
    severity: str
    message: str = ""
    rule: Any = None
    facts: dict = field(default_factory=dict)
    stake: float | None = None

    def __post_init__(self):
        if self.stake is None:
            object.__setattr__(self, "stake", self.measure)

    @property
    def identity(self):
        """What makes two findings of one order the same matter: kind and key."""
        return self.kind, self.key

    def claimed_by(self, rule):
        """Return the same finding, claimed by ``rule``."""
        return replace(self, rule=rule)

    def is_within(self, measure, stake, tolerance=0.0):
        """Tell whether neither figure of this finding is worse than one that was looked at.

        :param tolerance: by how many per cent each may exceed it

        >>> finding = Finding("price", "product:7", 5.0, "review", stake=50.0)
        >>> finding.is_within(5.0, 50.0), finding.is_within(6.0, 40.0), finding.is_within(5.0, 40.0, tolerance=25)
        (True, False, True)
        """
        return is_no_worse(self.measure, measure, tolerance) and is_no_worse(self.stake, stake, tolerance)


@dataclass(frozen=True)
class Scope:
    """To which orders a rule of review applies, and how it ranks.

    :param rule_id: of the `sale.review.rule`
    :param kind: of the findings it claims
    :param basis: ``untaxed`` or ``total``: the amount that `min_amount` limits, both in company currency
    :param department_ids: with these and those below them; empty sets do not limit
    :param domain: further condition on the order, as text; only of special rules
    """

    rule_id: int
    kind: str
    basis: str = "untaxed"
    min_amount: float = 0.0
    department_ids: frozenset = frozenset()
    team_ids: frozenset = frozenset()
    class_ids: frozenset = frozenset()
    domain: str = "[]"

    def includes(self, amount, department_ids, team_ids, class_ids):
        """Tell whether an order falls under this scope.

        :param amount: of the order, on the basis of this scope
        :param department_ids: the departments it belongs to, with those above them
        :param team_ids: the teams it belongs to
        :param class_ids: of its customer and of who pays

        >>> scope = Scope(1, "amount", min_amount=50000, department_ids=frozenset({3}))
        >>> scope.includes(50000, {7, 3}, (), ()), scope.includes(49999.99, {7, 3}, (), ())
        (True, False)
        >>> scope.includes(50000, {7}, (), ()), Scope(1, "amount", team_ids=frozenset({5})).includes(1, (), {4, 5}, ())
        (False, True)
        """
        return (
            (not self.department_ids or bool(self.department_ids & set(department_ids)))
            and (not self.team_ids or bool(self.team_ids & set(team_ids)))
            and (not self.class_ids or bool(self.class_ids & set(class_ids)))
            and amount >= self.min_amount
        )


class Match(NamedTuple):
    """How an order falls under the scope of a rule: by what it says itself, by what its author brings along, by either."""

    said: bool
    brought: bool
    either: bool


class Place(NamedTuple):
    """Where somebody belongs, under the names that an order has for it: who decides there is found in the same way."""

    department_id: Any
    team_id: Any
    user_id: Any
    company_id: Any


def is_no_worse(measure, approved, tolerance=0.0):
    """Tell whether ``measure`` stays within what was approved.

    :param measure: the measure found now
    :param approved: the measure that was approved
    :param tolerance: by how many per cent it may exceed the approved one
    :return: True when it does not exceed the approved measure and its tolerance

    >>> is_no_worse(162000, 180000), is_no_worse(180000, 180000), is_no_worse(198000, 180000)
    (True, True, False)
    >>> is_no_worse(225000, 180000, tolerance=25), is_no_worse(225000.01, 180000, tolerance=25)
    (True, False)
    >>> is_no_worse(-100, -100, tolerance=25)
    True
    """
    limit = approved + abs(approved) * tolerance / 100
    return float_compare(measure, limit, precision_digits=MEASURE_DIGITS) <= 0


def refer(record):
    """Return a record as a fact: its name is read, in the reader's language, when the sentence is made.

    :param record: of any model, empty for none
    """
    return [record._name, record._origin.id] if record else None


def get_digest(text):
    """Return a short mark of a text, equal exactly when its words are: for keys of findings about what people wrote.

    >>> get_digest("Final payment after acceptance") == get_digest(" Final  payment after acceptance\\n")
    True
    """
    return hashlib.sha256(" ".join((text or "").split()).encode()).hexdigest()[:8]


def get_fingerprint(terms):
    """Return the terms of an order as one readable text, equal exactly when the terms are.

    :param dict terms: names of terms and their values

    >>> get_fingerprint({"partner_id": 7, "company_id": 1, "payment_term_id": False})
    'company_id=1|partner_id=7|payment_term_id=-'
    """
    return "|".join(f"{name}={value or '-'}" for name, value in sorted(terms.items()))
