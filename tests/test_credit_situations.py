"""The fifty situations of tests/bench/credit_situations.py: the figures of customers and the rows behind them."""

import pathlib
import sys

from odoo.tests import TransactionCase, tagged

sys.path.insert(0, str(pathlib.Path(__file__).parent / "bench"))
from credit_situations import SITUATIONS
from credit_world import World, rolled_back

COMPONENTS = ("receivable", "uninvoiced", "undelivered", "draft_invoiced")


@tagged("post_install", "-at_install")
class TestCreditSituations(TransactionCase):
    def test_figures_of_fifty_situations(self):
        self.assertEqual(len(SITUATIONS), 50)
        self.assertEqual(len({situation.number for situation in SITUATIONS}), 50)
        world = World(self.env)
        for situation in SITUATIONS:
            if situation.needs and situation.needs not in self.env:
                continue  # tests/bench/credit_compare.py has all modules
            with self.subTest(situation.number, title=situation.title), rolled_back(self.env):
                self._check_figures(world.build(situation), situation.expected)

    def _check_figures(self, customer, expected):
        """Compare the fields of a customer, and the sums of the report's rows, with what is expected."""
        figures = {name: customer[f"credit_{name}"] for name in COMPONENTS}
        self.assertEqual({name: round(value, 2) for name, value in figures.items()}, expected._asdict())
        self.assertEqual(round(customer.credit_exposure, 2), expected.exposure)
        report = customer.env["credit.exposure.report"]
        rows = report._read_group([("partner_id", "=", customer.id)], ["component"], ["amount:sum"])
        sums = dict.fromkeys(COMPONENTS, 0.0) | {component: round(amount, 2) for component, amount in rows}
        self.assertEqual(sums, expected._asdict())
