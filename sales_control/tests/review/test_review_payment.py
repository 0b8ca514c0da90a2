from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.sale.tests.common import SaleCommon

from ...tools.finding import Finding
from ..accounting_common import PreparedCompanies


@tagged("post_install", "-at_install")
class TestReviewPayment(PreparedCompanies, AccountPaymentCommon, SaleCommon):
    """A13: a payment that arrives for an order under review is booked, the order waits and confirms after approval."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.sale_order.company_id
        cls.manager = new_test_user(
            cls.env, "sc_pay_manager", "sales_team.group_sale_salesman", company_id=company.id, email="m@example.com"
        )
        cls.seller = new_test_user(
            cls.env, "sc_pay_seller", "sales_team.group_sale_salesman", company_id=company.id, email="s@example.com"
        )
        cls.rule = (
            cls.env["sale.review.rule"]
            .sudo()
            .create(
                {
                    "name": "Every order",
                    "company_id": company.id,
                    "min_amount": 1,
                    "step_ids": [Command.create({"approver_type": "user", "user_id": cls.manager.id})],
                }
            )
        )
        cls.order = cls.sale_order
        cls.order.write({"require_payment": True, "require_signature": False, "user_id": cls.seller.id})
        cls.currency = cls.order.currency_id
        cls.partner = cls.order.partner_invoice_id
        cls.amount = cls.order.amount_total

    def setUp(self):
        super().setUp()
        self.enable_post_process_patcher = False

    def _pay(self, state="done", **values):
        tx = self._create_transaction(
            flow="redirect", sale_order_ids=[Command.set(self.order.ids)], state=state, **values
        )
        tx._post_process()
        return tx

    def _assert_waits(self):
        self.assertEqual((self.order.state, self.order.review_state), ("draft", "pending"))
        self.assertEqual(self.order.order_review_ids.activity_ids.user_id, self.manager)
        self.assertEqual(self.order.order_review_ids.requested_by, self.seller)

    def test_done_payment_is_booked_and_the_order_waits(self):
        tx = self._pay()
        self.assertTrue(tx.payment_id)
        self.assertEqual(tx.payment_id.amount, self.amount)
        self.assertIn(tx.payment_id.state, ("in_process", "paid"))
        self.assertTrue(tx.is_post_processed)
        self._assert_waits()
        self.order.order_review_ids.with_user(self.manager).action_approve()
        self.assertEqual(self.order.state, "sale")

    def test_payment_under_way_during_the_review(self):
        self.order.with_user(self.seller).action_confirm()
        tx = self._pay()
        self.assertTrue(tx.payment_id)
        self._assert_waits()
        self.assertEqual(len(self.order.order_review_ids), 1, "asked once")
        self.order.order_review_ids.with_user(self.manager).action_approve()
        self.assertEqual(self.order.state, "sale")

    def test_authorised_payment(self):
        self.provider.support_manual_capture = "full_only"
        self._pay(state="authorized")
        self._assert_waits()
        self.order.order_review_ids.with_user(self.manager).action_approve()
        self.assertEqual(self.order.state, "sale")

    def test_automatic_invoice_of_a_held_order_stays_away(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        self.rule.active = False
        self.order.action_confirm()
        self.rule.active = True
        self.order.order_line[0].with_user(self.seller).price_unit += 1
        self.assertTrue(self.order.on_hold)
        tx = self._pay()
        self.assertTrue(tx.payment_id)
        self.assertFalse(self.order.invoice_ids)

    def test_draft_invoice_of_a_held_order_does_not_stop_the_payment(self):
        self.rule.active = False
        self.order.action_confirm()
        self.order.order_line.qty_delivered = 1
        invoice = self.order._create_invoices()
        self.rule.active = True
        self.order.order_line[0].with_user(self.seller).price_unit += 1
        self.assertTrue(self.order.on_hold)
        tx = self._pay(invoice_ids=[Command.set(invoice.ids)])
        self.assertTrue(tx.payment_id)
        self.assertEqual(invoice.state, "draft")

    def test_blocked_order_is_booked_too(self):
        stock = type(self.order)._get_review_findings

        def find_block(orders, stage):
            findings = stock(orders, stage)
            for order in orders:
                findings[order].append(Finding("amount", "test", 1, "block", "Sold out of Mars"))
            return findings

        self.patch(type(self.order), "_get_review_findings", find_block)
        tx = self._pay()
        self.assertTrue(tx.payment_id)
        self.assertEqual(self.order.state, "draft")
        self.assertIn("Sold out of Mars", self.order.activity_ids.note)

    def test_clear_order_confirms_as_ever(self):
        self.rule.min_amount = 1e9
        self._pay()
        self.assertEqual(self.order.state, "sale")
