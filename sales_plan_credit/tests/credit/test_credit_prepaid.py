from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditPrepaid(CreditCheckCommon):
    """What was paid online for a quotation of 500 and is not booked yet; what is booked lowers the receivables."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Superuser: payments come from the provider.
        cls.provider = cls.env["payment.provider"].sudo()
        cls.provider = cls.provider.create({"name": "Wire", "code": "none", "company_id": cls.company.id})

    def setUp(self):
        super().setUp()
        self.order = self._create_quotation(500)

    def _create_transaction(self, amount, state="done", **values):
        transactions = self.env["payment.transaction"].sudo()
        return transactions.create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "amount": amount,
                "currency_id": self.usd.id,
                "partner_id": self.customer.id,
                "reference": f"W-{transactions.search_count([])}",
                "state": state,
                **values,
            }
        )

    def _pay_order(self, state="done"):
        return self._create_transaction(500, state, sale_order_ids=[Command.set(self.order.ids)])

    def _create_child(self, source, amount, state="done", operation=None):
        operation = operation or source.operation
        return self._create_transaction(amount, state, source_transaction_id=source.id, operation=operation)

    def _book(self, transaction):
        payment = self.env["account.payment"].create(
            {
                "amount": transaction.amount,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        transaction.payment_id = payment
        return payment

    def _assert_prepaid(self, amount):
        self.assertEqual(self.order._get_credit_prepaid(), amount)

    def test_captured_in_parts_and_booked(self):
        """The receipts are booked with the parts; their source, which gets none, is not paid besides."""
        source = self._pay_order("draft")
        for amount in (300, 200):
            self._book(self._create_child(source, amount))
        source.state = "done"
        self._assert_prepaid(0)
        self._assert_exposure(-500, 0, 0)
        self.assertEqual(self.order._get_credit_contribution(), 500)

    def test_captured_in_part(self):
        source = self._pay_order("draft")
        self._create_child(source, 300)
        self._assert_prepaid(300)
        self._create_child(source, 200, "cancel")
        source.state = "done"
        self._assert_prepaid(300)

    def test_refunded(self):
        source = self._pay_order()
        self._create_child(source, -200, "pending", "refund")
        self._assert_prepaid(500)
        self._create_child(source, -200, "done", "refund")
        self._assert_prepaid(300)
        self._create_child(source, -300, "done", "refund")
        self._assert_prepaid(0)

    def test_failed_after_all(self):
        payment = self._book(self._pay_order())
        self._assert_prepaid(0)
        payment.action_draft()
        self._assert_prepaid(500)
        payment.action_cancel()
        self._assert_prepaid(0)
