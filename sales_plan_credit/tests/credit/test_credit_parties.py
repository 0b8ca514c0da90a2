from odoo.exceptions import UserError
from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditParties(CreditCheckCommon):
    """Orders that somebody else pays, or gets: the customer is judged too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.copy({"name": "Overdue", "kind": "overdue"})
        cls.friend = cls._create_customer("Friend Ltd.", credit_grade_id=False)

    def _create_for_friend(self, amount=500, **values):
        return self._create_quotation(amount, **{"partner_invoice_id": self.friend.id, **values})

    def _get_keys(self, order, stage="confirm"):
        findings = order._get_uncovered_findings(stage)[order]
        return {(finding.kind, finding.key): round(finding.measure, 2) for finding in findings}

    def test_another_payer_is_a_finding(self):
        order = self._create_for_friend()
        self.assertEqual(self._get_keys(order), {("credit", "payer"): 500})
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        for text in ("Friend Ltd.", "Jade Dragon", "500"):
            self.assertIn(text, self._get_review(order).message)
        self._get_review(order).with_user(self.user_manager).action_approve()
        self.assertEqual(order.state, "sale")
        self._deliver(order, 1)

    def test_contact_of_the_customer_is_no_other_payer(self):
        contact = self.env["res.partner"].create({"name": "Accounts", "parent_id": self.customer.id})
        self.assertFalse(self._get_keys(self._create_for_friend(partner_invoice_id=contact.id)))

    def test_only_where_the_customer_is_checked(self):
        order = self._create_for_friend()
        for policy, severities in (("none", []), ("warn", ["warn"]), ("block", ["block"])):
            self.grade.confirm_policy = policy
            self.assertEqual([found.severity for found in order._get_review_findings("confirm")[order]], severities)
        self.customer.credit_grade_id = False
        self.assertFalse(order._get_review_findings("confirm")[order])
        self.customer.credit_limit = 100
        self.assertEqual([found.severity for found in order._get_review_findings("confirm")[order]], ["warn"])

    def test_order_of_nothing_and_order_paid_in_advance(self):
        self.assertFalse(self._get_keys(self._create_for_friend(0)))
        order = self._create_for_friend()
        invoice = self._create_down_payment_invoice(order, "percentage", 100)
        invoice.action_post()
        self.assertIn(("credit", "payer"), self._get_keys(order))
        self._pay(invoice, 500)
        self.assertFalse(self._get_keys(order))
        order.action_confirm()
        self._deliver(order, 1)

    def test_overdue_of_the_customer(self):
        self._book_receivable(80, self.customer, days=5)
        order = self._create_for_friend()
        self.assertEqual(self._get_keys(order), {("credit", "payer"): 500, ("overdue", "customer"): 80})
        self.friend.credit_grade_id = self.grade
        self._book_receivable(30, self.friend, days=5)
        self.assertEqual(self._get_keys(order)["overdue", "overdue"], 30)

    def test_limit_is_that_of_the_payer(self):
        self.friend.credit_grade_id = self.grade
        self._book_receivable(900, self.friend)
        order = self._create_for_friend()
        self.assertEqual(self._get_keys(order)["credit", "limit"], 400)
        self._book_receivable(5000, self.customer)
        self.assertEqual(self._get_keys(order)["credit", "limit"], 400)

    def test_bill_to_somebody_else(self):
        """Who is billed and not the payer of the order is judged as of any invoice, by his own grade."""
        self.friend.credit_grade_id = self._create_grade(code="TP", credit_limit=100, invoice_policy="block")
        order = self._create_quotation(500, product=self.goods_on_order)
        order.action_confirm()
        invoice = self._invoice(order, post=False)
        invoice.partner_id = self.friend
        with self.assertRaisesRegex(UserError, "400"):
            invoice.action_post()

    def test_b18_customer_on_hold(self):
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "lawsuit"})
        order = self._create_for_friend()
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertIn("lawsuit", " ".join(self._get_review(order).mapped("message")))

    def test_hold_of_whoever_has_a_part_in_the_order(self):
        receiver = self._create_customer("Receiver Ltd.", credit_grade_id=False)
        order = self._create_quotation(500, partner_shipping_id=receiver.id)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        for party in (self.customer, receiver):
            party.credit_on_hold = True
            self.assertEqual(len(self._get_keys(order, "deliver")), 1)
            with self.assertRaisesRegex(UserError, party.name):
                self._deliver(order, 1)
            self.assertTrue(order.picking_ids.is_held_for_credit)
            party.credit_on_hold = False
        self._deliver(order, 1)

    def test_delivery_that_is_sent_elsewhere(self):
        order = self._create_quotation(500)
        order.action_confirm()
        held = self._create_customer("Held Ltd.", credit_on_hold=True, credit_hold_reason="lawsuit")
        order.picking_ids.partner_id = held
        with self.assertRaisesRegex(UserError, "lawsuit"):
            self._deliver(order, 1)

    def test_address_of_a_confirmed_order(self):
        order = self._create_quotation(500)
        order.action_confirm()
        held = self._create_customer("Held Ltd.", credit_on_hold=True)
        order.partner_shipping_id = held
        self.assertTrue(order.on_hold)
