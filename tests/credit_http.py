"""What the tests of credit over HTTP share."""

LIMIT = 1000


class CreditHttpMixin:
    """Jade Dragon may owe 1,000 and orders for 6,000; the department manager releases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.write({"kind": "credit", "min_amount": 0})
        cls.grade = cls.env["credit.grade"].create(
            {"name": "B", "code": "TB", "credit_limit": LIMIT, "company_id": cls.company.id, "invoice_policy": "review"}
        )
        cls.payer = cls.customer.with_company(cls.company)
        cls.payer.credit_grade_id = cls.grade

    def _remove_limit(self):
        self.payer.credit_grade_id = False

    def _assert_held(self, order, state="draft"):
        """Expect an order of 6,000 that nobody confirmed."""
        self.assertEqual(order.sudo().state, state)
        self.payer.invalidate_recordset()
        self.assertEqual(self.payer.credit_undelivered, 0)
