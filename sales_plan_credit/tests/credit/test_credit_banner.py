from odoo.tests import Form, tagged

from .credit_screens_common import CreditScreensCommon


@tagged("post_install", "-at_install")
class TestCreditBanner(CreditScreensCommon):
    """Odoo's credit banner tells the payer's figures where a grade applies, and stays Odoo's elsewhere."""

    def setUp(self):
        super().setUp()
        self.company.account_use_credit_limit = True

    def test_order(self):
        self._confirm(300)
        order = self._create_order(500)
        warning = self._text(order.partner_credit_warning)
        for part in ("Jade Dragon Ltd. exceeds the credit limit", "1,000.00", "by", "52.25", "300.00", "500.00"):
            self.assertIn(part, warning)
        order.order_line.price_unit = 447.75
        self.assertEqual(order.partner_credit_warning, "")
        self.company.account_use_credit_limit = False
        order.order_line.price_unit = 500
        order.invalidate_recordset(["partner_credit_warning"])
        self.assertEqual(order.partner_credit_warning, "")
        self.assertIn("Over the limit by ¥ 52.25", self._panel(order))

    def test_payer_decides(self):
        payer = self.env["res.partner"].create({"name": "Panda Holding", "credit_grade_id": self.grade.id})
        payer.user_id = self.user_s
        order = self._create_order(900, partner_invoice_id=payer.id)
        self.assertEqual(order.partner_credit_warning, "")
        order.order_line.price_unit = 1100
        self.assertIn("Panda Holding exceeds", order.partner_credit_warning)
        self.user_s.group_ids |= self.env.ref("account.group_delivery_invoice_address")
        with Form(order.sudo()) as form:
            form.partner_invoice_id = self.customer
            self.assertIn("Jade Dragon Ltd. exceeds", form.partner_credit_warning)

    def test_without_grade_odoo_speaks(self):
        self.customer.write({"credit_grade_id": False, "credit_limit": 1000.0})
        order = self._create_order(800)
        self.assertIn("has reached its credit limit of", order.partner_credit_warning)
        self.assertIn("has reached its credit limit of", self._draft_invoice(800).partner_credit_warning)

    def test_invoice_of_an_order_moves_debt(self):
        order = self._confirm(700).sudo()
        invoice = order._create_invoices()
        self.assertEqual(invoice.partner_credit_warning, "")
        self.assertIn("available ¥ 47.75", self._text(invoice.credit_line))
        invoice.invoice_line_ids.price_unit = 748
        self.assertIn("0.25", invoice.partner_credit_warning)
        self.assertIn("over the limit by", invoice.credit_line)

    def test_direct_invoice(self):
        invoice = self._draft_invoice(747.75)
        self.assertEqual(invoice.partner_credit_warning, "")
        with Form(invoice) as form:
            with form.invoice_line_ids.edit(0) as line:
                line.price_unit = 750
            self.assertIn("by ¥ 2.25", self._text(form.alerts["account_partner_credit_warning"]["message"]))
            self.assertIn("over the limit by", form.credit_line)
        # A draft that counts already is counted once.
        self.company.credit_count_draft_invoices = True
        self.env.invalidate_all()
        self.assertIn("2.25", invoice.partner_credit_warning)
        self.assertIn("252.25", invoice.credit_line)
        self.assertNotIn("1,002.25", invoice.credit_line)

    def test_down_payment_invoice(self):
        order = self._confirm(700).sudo()
        wizard = self.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=order.ids)
        down = wizard.create({"advance_payment_method": "fixed", "fixed_amount": 200})
        invoice = down._create_invoices(order)
        self.assertEqual(invoice.amount_total, 200)
        self.assertIn("this document ¥ 0.00", self._text(invoice.credit_line))
        invoice.action_post()
        self.assertEqual(self.customer.credit_exposure, 952.25)
        final = order._create_invoices(final=True)
        self.assertEqual(final.amount_total, 500)
        self.assertIn("this document ¥ 0.00", self._text(final.credit_line))
        final.action_post()
        self.assertEqual(self.customer.credit_exposure, 952.25)

    def test_invoice_line_access(self):
        invoice = self._draft_invoice(100, invoice_user_id=self.user_s2.id)
        self.assertIn("252.25", invoice.with_user(self.user_a).credit_line)
        self.assertFalse(invoice.with_user(self.user_s2).credit_line)
