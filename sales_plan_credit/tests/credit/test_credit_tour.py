from odoo.tests import HttpCase, tagged

from .credit_screens_common import CreditScreensCommon


@tagged("post_install", "-at_install")
class TestCreditTour(CreditScreensCommon, HttpCase):
    def test_tour(self):
        self._create_order(100).sudo().name = "SC-CREDIT"
        self.start_tour("/odoo/customer-credit", "sales_plan_credit_customer", login="sc_c", timeout=180)
        self.assertTrue(self.customer.credit_on_hold)
        self.assertEqual(self.customer.credit_hold_reason, "Cheque bounced")

    def test_order_tour(self):
        order = self._create_order(100).sudo()
        order.name = "SC-CREDIT"
        self.start_tour(f"/odoo/sales/{order.id}", "sales_plan_credit_order", login="sc_s", timeout=180)
        self.assertEqual(order.amount_total, 800)
