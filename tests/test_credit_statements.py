"""What the credit figures cost in statements: few, and the same for any number of customers."""

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


@tagged("post_install", "-at_install")
class TestCreditStatements(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        grade = cls.env["credit.grade"].create({"name": "Statements", "code": "ST", "credit_limit": 150})
        product = cls.env["product.product"].create(
            {"name": "Work", "type": "service", "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )
        cls.customers = cls.env["res.partner"].create([{"name": f"Customer {n}"} for n in range(80)])
        # Superuser all along; each customer orders for 100 more than the one before, up to 300.
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": customer.id,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": 1 + number % 3, "price_unit": 100})
                    ],
                }
                for number, customer in enumerate(cls.customers)
            ]
        )
        orders.write({"state": "sale"})
        # The limit comes after the orders: some are beyond it.
        cls.env.company.credit_default_grade_id = grade

    def _count(self, work):
        """Return the statements of ``work()`` with nothing loaded, and what it returns."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = work()
        return self.env.cr.sql_log_count - before, result

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
