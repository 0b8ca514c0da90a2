"""What confirmed orders cover of the invoices that bill them: plain Python, no database."""

from dataclasses import dataclass
from typing import Any

from .floors import PRICE_DIGITS
from .priced_line import PricedLine


@dataclass(frozen=True)
class Cover:
    """The order line that an invoice line bills, as far as it is judged already: by its order.

    What the order takes off its lines is no matter of the invoice any more, in whatever parts and together with
    whatever it is billed; what the invoice gives beyond the order is.

    :param evaluation: `Evaluation` of the order line
    :param rate: what its prices come to at the rate of the invoice, as a factor
    :param combo: see `PricedLine`
    """

    evaluation: Any
    rate: float = 1.0
    combo: Any = None

    @property
    def net(self):
        """The net price that was judged, at the rate of the invoice."""
        return self.evaluation.net * self.rate

    def is_kept_at(self, net):
        """Tell whether a net price of the invoice line is the one that was judged, or better.

        >>> from .evaluation import Evaluation
        >>> cover = Cover(Evaluation("ordered", 90.0, 10, unit=100.0))
        >>> cover.is_kept_at(90.0), cover.is_kept_at(89.99)
        (True, False)
        """
        return round(net, PRICE_DIGITS) >= round(self.net, PRICE_DIGITS)

    def prepare_priced_line(self, line, total, quantity):
        """Return what of an invoice line is left to judge, as a `PricedLine`.

        Goods and services earn what they earn on the order, and what the invoice adds or takes off. Discounts, and
        what is billed back, are nothing but what they give beyond the order.

        :param line: the record of the invoice line
        :param total: of the invoice line, tax-excluded, in company currency, not rounded
        :param quantity: of the invoice line, in the product's unit

        >>> from .evaluation import Evaluation
        >>> cover = Cover(Evaluation("ordered", 90.0, 10, unit=100.0))
        >>> [cover.prepare_priced_line("billed", total, 5).total for total in (500.0, 490.0)]
        [450.0, 440.0]
        >>> [cover.prepare_priced_line("billed back", total, -2).total for total in (-200.0, -230.0)]
        [0.0, -30.0]
        >>> cover = Cover(Evaluation("discount", -100.0, 1, unit=-100.0))
        >>> [cover.prepare_priced_line("billed", total, 1).total for total in (-100.0, -150.0)]
        [0.0, -50.0]
        """
        beyond = total - self.evaluation.unit * self.rate * quantity
        if quantity > 0 and self.evaluation.unit >= 0 and self.evaluation.quantity > 0:
            item = self.evaluation.item
            return PricedLine(line, self.net * quantity + beyond, quantity, item, combo=item and self.combo)
        return PricedLine(line, min(beyond, 0.0), 1.0)
