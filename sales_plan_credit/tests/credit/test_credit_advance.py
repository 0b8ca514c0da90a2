from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditAdvance(CreditCommon):
    """Customers beyond their limit, or with none, who pay their orders of 1,130 in advance on an invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for kind in ("credit", "overdue"):
            cls.env["sale.review.rule"].create(
                {
                    "name": kind,
                    "kind": kind,
                    "company_id": cls.company.id,
                    "step_ids": [Command.create({"approver_type": "user", "user_id": cls.user_manager.id})],
                }
            )

    def _bill_advance(self, order, percentage, post=True):
        invoice = self._create_down_payment_invoice(order, "percentage", percentage)
        if post:
            invoice.action_post()
        return invoice

    def _get_measures(self, order):
        findings = order._get_review_findings("confirm")[order]
        return {finding.kind: round(finding.measure, 2) for finding in findings}

    def _recheck(self):
        with self.enter_registry_test_mode():
            self.env.ref("sales_plan_credit.ir_cron_recheck_credit").method_direct_trigger()

    def test_cash_customer(self):
        self.grade.credit_limit = 0
        order = self._create_order(confirm=False)
        order.action_confirm()
        self.assertEqual(order.review_state, "pending")
        invoice = self._bill_advance(order, 100)
        # What is billed and not paid is debt, though nothing of the order itself is left.
        self.assertEqual(self._get_measures(order), {"credit": 1130})
        self._recheck()
        self.assertEqual(order.state, "draft")
        self._pay(invoice, 1129.99)
        self.assertEqual(self._get_measures(order), {"credit": 0.01})
        self._pay(invoice, 0.01)
        self._recheck()
        self.assertEqual((order.state, order.review_state), ("sale", "clear"))
        self._deliver(order, 10)
        self._assert_exposure(0, 0, 0)

    def test_part_of_it(self):
        order = self._create_order(confirm=False)
        for percentage, unpaid, paid in ((10, 130, 17), (10, 17, 0)):
            invoice = self._bill_advance(order, percentage)
            self.assertEqual(self._get_measures(order), {"credit": unpaid})
            self._pay(invoice, 113)
            self.assertEqual(self._get_measures(order).get("credit", 0), paid)
        order.action_confirm()
        self._assert_exposure(0, 0, 904)

    def test_a_grade_that_refuses(self):
        self.grade.write({"credit_limit": 0, "confirm_policy": "block"})
        order = self._create_order(confirm=False)
        invoice = self._bill_advance(order, 100)
        with self.assertRaisesRegex(UserError, "1,130"):
            order.action_confirm()
        self._pay(invoice, 1130)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_overdue(self):
        self.grade.credit_limit = 10**6
        self._book_receivable(500, self.customer, days=40)
        order = self._create_order(confirm=False)
        invoice = self._bill_advance(order, 100)
        self.assertEqual(self._get_measures(order), {"overdue": 500})
        self._pay(invoice, 1130)
        self.assertFalse(self._get_measures(order))

    def test_what_a_payment_does_not_settle(self):
        self.customer.credit_on_hold = True
        order = self._create_order(quantity=1, confirm=False)
        invoice = self._bill_advance(order, 50, post=False)
        with self.assertRaises(UserError) as caught:
            invoice.action_post()
        self.assertIn("on hold", str(caught.exception))
        self.assertTrue(invoice._is_stopped_by_review())
        self.customer.credit_on_hold = False
        invoice.action_post()

    def test_goods_on_the_invoice(self):
        order = self._create_order(confirm=False)
        line = order.order_line
        invoice = self._bill_advance(order, 30, post=False)
        self.assertFalse(invoice._is_stopped_by_review())
        extra = {"product_id": self.goods.id, "quantity": 1, "price_unit": 5, "sale_line_ids": [Command.link(line.id)]}
        invoice.invoice_line_ids = [Command.create(extra)]
        with self.assertRaisesRegex(UserError, "is awaiting approval"):
            invoice.action_post()

    def test_late_customer_gets_what_he_has_paid_for(self):
        self._book_receivable(80, self.customer, days=5)
        order = self._create_order(confirm=False)
        self._pay(self._bill_advance(order, 100), 1130)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self._deliver(order, 4)
        order.order_line.filtered("product_id")[0].product_uom_qty = 11
        with self.assertRaisesRegex(UserError, "overdue"):
            self._deliver(order, 6)
