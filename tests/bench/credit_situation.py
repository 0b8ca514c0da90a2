"""What a situation of a customer is; see credit_situations.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Figures(NamedTuple):
    """What a customer owes, in company currency."""

    receivable: float
    uninvoiced: float
    undelivered: float
    draft_invoiced: float = 0.0

    @property
    def exposure(self):
        """The sum, to the cent."""
        return round(sum(self), 2)


@dataclass(frozen=True)
class Situation:
    """One situation: ``build(world, customer)`` may return (customer, company) to look at others than those given."""

    number: str
    title: str
    expected: Figures
    build: Callable
    needs: str = ""  # a model that not every database has


def situation(number, title, receivable, uninvoiced, undelivered, draft_invoiced=0.0, needs=""):
    """Make a situation of the function, with the figures that it expects."""

    def mark(build):
        expected = Figures(receivable, uninvoiced, undelivered, draft_invoiced)
        build.situation = Situation(number, title, expected, build, needs)
        return build

    return mark


def collect(*modules):
    """Return the situations of modules, in the order in which they stand there."""
    values = (value for module in modules for value in vars(module).values())
    return [value.situation for value in values if hasattr(value, "situation")]
