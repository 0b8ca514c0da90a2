"""The fifty situations of tests/bench/credit_situations.py: the figures of customers and the rows behind them."""

from bench.credit_situations import SITUATIONS
from bench.credit_world import World, rolled_back

from odoo.tests import TransactionCase, tagged

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
                customer, company = world.build(situation)
                self._check_figures(customer.with_context(allowed_company_ids=company.ids), situation.expected)

    def _check_figures(self, customer, expected):
        """Compare the fields of a customer, and the sums of the report's rows, with what is expected."""
        figures = {name: customer[f"credit_{name}"] for name in COMPONENTS}
        self.assertEqual({name: round(value, 2) for name, value in figures.items()}, expected._asdict())
        self.assertEqual(round(customer.credit_exposure, 2), expected.exposure)
        rows = (
            self.env["credit.exposure.report"]
            .with_context(customer.env.context)
            ._read_group([("partner_id", "=", customer.id)], ["component"], ["amount:sum"])
        )
        sums = dict.fromkeys(COMPONENTS, 0.0) | {component: round(amount, 2) for component, amount in rows}
        self.assertEqual(sums, expected._asdict())
