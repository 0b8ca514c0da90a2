"""What the credit figures cost in statements: few, and the same for any number of customers."""

from contextlib import contextmanager

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

FIGURES = [
    "credit_receivable",
    "credit_uninvoiced",
    "credit_undelivered",
    "credit_exposure",
    "credit_available",
    "credit_overdue_amount",
    "credit_overdue_days",
    "effective_credit_limit",
]
ALLOWED = 6


class CreditStatementsCommon(TransactionCase):
    """Eighty customers, each with a confirmed order, and then a limit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        grade = cls.env["credit.grade"].create({"name": "Statements", "code": "ST", "credit_limit": 150})
        cls.product = cls.env["product.product"].create(
            {"name": "Work", "type": "service", "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )
        cls.customers = cls.env["res.partner"].create([{"name": f"Customer {n}"} for n in range(80)])
        # Superuser all along; each customer orders for 100 more than the one before, up to 300.
        orders = cls._create_orders((customer, 1 + number % 3) for number, customer in enumerate(cls.customers))
        orders.write({"state": "sale"})
        # The limit comes after the orders: some are beyond it.
        cls.env.company.credit_default_grade_id = grade

    @classmethod
    def _create_orders(cls, wanted, **values):
        """Return an order for each (customer, quantity at 100)."""
        line = {"product_id": cls.product.id, "price_unit": 100}
        return cls.env["sale.order"].create(
            [
                {
                    "partner_id": customer.id,
                    "order_line": [Command.create({**line, "product_uom_qty": quantity})],
                    **values,
                }
                for customer, quantity in wanted
            ]
        )

    def _count(self, work):
        """Return the statements of ``work()`` with nothing loaded, and what it returns."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = work()
        return self.env.cr.sql_log_count - before, result


@tagged("post_install", "-at_install")
class TestCreditStatements(CreditStatementsCommon):
    def test_list_of_customers(self):
        self.customers[:1].read(["name", *FIGURES])  # loads what the registry keeps
        counts = {}
        for size in (8, 80):
            counts[size], rows = self._count(lambda size=size: self.customers[:size].read(["name", *FIGURES]))
            self.assertEqual(
                [row["credit_exposure"] for row in rows], [100.0 * (1 + number % 3) for number in range(size)]
            )
        self.assertLessEqual(counts[80], ALLOWED)
        self.assertEqual(counts[8], counts[80])

    def test_positions_in_one_statement(self):
        self.customers._get_credit_positions(self.env.company)  # loads the company and the grade
        before = self.env.cr.sql_log_count
        positions = self.customers._get_credit_positions(self.env.company)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        self.assertEqual(sum(position.exposure for position in positions.values()), 15900.0)

    def test_search_and_order(self):
        over = [("id", "in", self.customers.ids), ("credit_available", "<", 0)]
        self.env["res.partner"].search(over)
        spent, found = self._count(lambda: self.env["res.partner"].search(over, order="credit_exposure desc, id"))
        by_hand = [300] * 26 + [200] * 27
        self.assertEqual(found.mapped("credit_exposure"), by_hand)
        self.assertLessEqual(spent, ALLOWED)


@tagged("post_install", "-at_install")
class TestStatementsOfConfirmation(CreditStatementsCommon):
    """The guard reads the position in the one statement that claims it: the order is written once, at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.credit_default_grade_id.write({"credit_limit": 500, "confirm_policy": "block"})
        cls.company = cls.env.company
        cls.payer = cls.env["res.partner"].create({"name": "Payer"})

    def _get_undelivered(self, **options):
        return self.payer._get_credit_positions(self.company, **options)[self.payer].undelivered

    @contextmanager
    def _assert_refused(self):
        """Expect the block to pass the limit by 100."""
        with self.assertRaises(ValidationError) as refused:
            yield
        self.assertIn("exceeded by $ 100.00", str(refused.exception).replace("\N{NO-BREAK SPACE}", " "))

    def test_the_guard_leaves_the_order_unwritten(self):
        self._create_orders([(self.payer, 1)]).write({"state": "sale"})
        self.env.flush_all()
        order = self._create_orders([(self.payer, 2)])
        self.env.flush_all()
        order.write({"state": "sale"})
        before = self.env.cr.sql_log_count
        self.assertEqual(self._get_undelivered(excluded_orders=order), 100)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)

    def test_what_is_not_written_yet_counts_for_the_next_order(self):
        first, second = self._create_orders([(self.payer, 3), (self.payer, 3)])
        self.env.flush_all()
        first.write({"state": "sale"})
        with self._assert_refused():
            second.write({"state": "sale"})

    def test_an_order_created_confirmed_counts_for_the_next_one(self):
        self._create_orders([(self.payer, 3)], state="sale")
        with self._assert_refused():
            self._create_orders([(self.payer, 3)], state="sale")
        self._create_orders([(self.payer, 2)], state="sale")
        self.assertEqual(self._get_undelivered(), 500)

    def test_orders_confirmed_together_are_judged_in_sequence(self):
        orders = self._create_orders([(self.payer, 3), (self.payer, 3)])
        with self._assert_refused():
            orders.write({"state": "sale"})
        orders = self._create_orders([(self.payer, 3), (self.payer, 2)])
        orders.write({"state": "sale"})
        self.assertEqual(self._get_undelivered(), 500)

    def test_another_order_changed_in_the_transaction_is_read_as_it_is_now(self):
        first, second = self._create_orders([(self.payer, 3), (self.payer, 4)])
        first.write({"state": "sale"})
        first.order_line.write({"product_uom_qty": 1, "price_unit": 100})
        second.write({"state": "sale"})
        self.assertEqual(self._get_undelivered(), 500)
        self.assertEqual(self._get_undelivered(excluded_orders=second), 100)

    def test_an_order_billed_to_another_in_the_transaction_frees_the_first(self):
        first, second = self._create_orders([(self.payer, 3), (self.payer, 5)])
        first.write({"state": "sale"})
        first.partner_invoice_id = self.customers[0]
        second.write({"state": "sale"})
        self.assertEqual(self._get_undelivered(), 500)
