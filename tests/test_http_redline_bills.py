"""Invoices below the red line, over HTTP: by people who may write invoices, with whatever they link them to."""

from review_http import BillsHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestFreeInvoices(BillsHttpCommon):
    """Invoices without an order behind."""

    def test_low_prices(self):
        for line in (
            {"price_unit": 79.99},
            {"price_unit": 79.994},
            {"price_unit": 100, "discount": 20.01},
            {"price_unit": 90, "tax_ids": [Command.set(self._create_included().ids)]},
            {"price_unit": 100, "product_uom_id": self.env.ref("uom.product_uom_dozen").id},
            {"price_unit": 79.99, "is_downpayment": True},
            {"price_unit": 79.99, "name": "Screw", "sequence": 9},
            {"price_unit": 0},
        ):
            with self.subTest(line=line):
                self._assert_held(lambda line=line: self._bill(self._get_line_values(**{"price": 0, **line})))
        self._assert_posted(lambda: self._bill(self._get_line_values(80)))

    def _create_included(self):
        domain = [("company_id", "=", self.company.id), ("type_tax_use", "=", "sale"), ("amount", "=", 15)]
        return self.env["account.tax"].search(domain, limit=1).copy({"price_include_override": "tax_included"})

    def test_other_currency(self):
        self._assert_held(lambda: self._bill(self._get_line_values(100), currency_id=self.jpy.id))
        self._assert_posted(lambda: self._bill(self._get_line_values(1600), currency_id=self.jpy.id))

    def test_the_rate_of_the_invoice_is_not_its_writers(self):
        values = {"currency_id": self.jpy.id, "invoice_currency_rate": 1}
        self._assert_held(lambda: self._bill(self._get_line_values(100), **values))

    def test_receipts(self):
        self._assert_held(lambda: self._bill(self._get_line_values(79), move_type="out_receipt"))

    def test_negative_lines(self):
        plain = {"product_id": False, "name": "Thanks"}
        for line in (
            self._get_line_values(-30, product_id=self.other.id),
            self._get_line_values(-30, **plain),
            self._get_line_values(-30, is_downpayment=True, **plain),
            self._get_line_values(30, quantity=-1, product_id=self.other.id),
            self._get_line_values(30, quantity=-1, **plain),
            self._get_line_values(30, quantity=-1, is_downpayment=True, **plain),
            self._get_line_values(-0.01),
            self._get_line_values(100, discount=100.01),
        ):
            with self.subTest(line=line):
                self._assert_held(lambda line=line: self._bill(self._get_line_values(100), line))

    def test_refunds_pass(self):
        self._assert_posted(lambda: self._bill(self._get_line_values(1), move_type="out_refund"))

    def test_a_refund_does_not_become_an_invoice(self):
        self._set_mode("block")
        refund = self._bill(self._get_line_values(1), move_type="out_refund")
        response = self._post(self.user_account, refund, "action_switch_move_type")
        self._post(self.user_account, refund, "write", vals={"move_type": "out_invoice"})
        self._post(self.user_account, refund, "action_post")
        self.assertFalse(refund.state == "posted" and refund.move_type == "out_invoice", response.text[:200])

    def test_automatic_posting(self):
        for mode in self.MODES:
            self._set_mode(mode)
            today = str(fields.Date.today())
            invoice = self._bill(self._get_line_values(79), auto_post="at_date", invoice_date=today, date=today)
            self.env.ref("account.ir_cron_auto_post_draft_entry").method_direct_trigger()
            self.assertEqual(invoice.state, "draft" if mode else "posted")

    def test_the_wizard_of_several_invoices(self):
        for mode in self.MODES:
            self._set_mode(mode)
            invoices = self._bill(self._get_line_values(79)) | self._bill(self._get_line_values(100))
            model = self.env["validate.account.move"]
            context = {"active_model": "account.move", "active_ids": invoices.ids}
            values = {"move_ids": [Command.set(invoices.ids)]}
            [wizard] = self._call(self.user_account, model, "create", vals_list=[values], context=context)
            self._post(self.user_account, model.browse(wizard), "validate_move", context=context)
            self.assertEqual(set(invoices.mapped("state")), {"draft" if mode else "posted"})

    def test_a_posted_price_moves_no_money(self):
        self._set_mode("block")
        invoice = self._assert_posted(lambda: self._bill(self._get_line_values(100)))
        self._post(self.user_account, invoice.invoice_line_ids, "write", vals={"price_unit": 1})
        self._post(
            self.user_account, invoice, "write", vals={"invoice_line_ids": [Command.create(self._get_line_values(1))]}
        )
        invoice.invalidate_recordset()
        self.assertEqual(invoice.amount_residual, 100)

    def test_posted_at_birth(self):
        for mode in self.MODES:
            self._set_mode(mode)
            values = {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "state": "posted",
                "invoice_line_ids": [Command.create(self._get_line_values(79))],
            }
            before = self.env["account.move"].search_count([("state", "=", "posted")])
            self._post(self.user_account, self.env["account.move"], "create", vals_list=[values])
            self.assertEqual(self.env["account.move"].search_count([("state", "=", "posted")]), before)

    def test_salespeople_post_nothing(self):
        self._set_mode("block")
        invoice = self._bill(self._get_line_values(79))
        self._assert_refused(self.user_s, invoice, "action_post", 403)
        self._assert_refused(self.user_s, invoice, "write", 403, vals={"state": "posted"})


@tagged("post_install", "-at_install")
class TestForgedLinks(BillsHttpCommon):
    """Invoices that borrow the price of an order line which is not theirs."""

    def _link(self, line, price, **values):
        return self._get_line_values(price, sale_line_ids=[Command.set(line.ids)], **values)

    def test_the_approved_line_itself(self):
        line = self._sell({"price_unit": 70, "product_uom_qty": 10}).order_line
        self._assert_held(lambda: self._bill(self._link(line, 69.99, quantity=1)))
        self._set_mode("review")
        self._assert_posted(lambda: self._bill(self._link(line, 70, quantity=1)), mode="review")

    def test_a_line_of_another_product(self):
        line = self._sell({"product_id": self.other.id, "price_unit": 1, "product_uom_qty": 1000}).order_line
        self._assert_held(lambda: self._bill(self._link(line, 1)))

    def test_a_line_of_another_customer(self):
        line = self._sell({"price_unit": 70, "product_uom_qty": 10}).order_line
        self._assert_held(lambda: self._bill(self._link(line, 70), partner_id=self.stranger.id))

    def test_a_line_of_a_quotation(self):
        self._set_mode(None)
        line = self._create_lines({"price_unit": 70}).order_line
        self._assert_held(lambda: self._bill(self._link(line, 70)))

    def test_more_than_the_line_has(self):
        line = self._sell({"price_unit": 70, "product_uom_qty": 0.01}).order_line
        self._assert_held(lambda: self._bill(self._link(line, 70, quantity=1000)))

    def test_the_same_line_twice(self):
        line = self._sell({"price_unit": 70, "product_uom_qty": 2}).order_line
        self._set_mode("review")
        self._assert_posted(lambda: self._bill(self._link(line, 70, quantity=2)), mode="review")
        self._assert_held(lambda: self._bill(self._link(line, 70, quantity=1)))

    def test_the_same_line_on_two_lines_of_an_invoice(self):
        line = self._sell({"price_unit": 70, "product_uom_qty": 2}).order_line
        link = self._link(line, 70, quantity=2)
        self._assert_held(lambda: self._bill(link, link))

    def test_a_line_without_quantity(self):
        """Nothing ordered, something delivered by hand: that is judged."""
        self.product.invoice_policy = "delivery"
        for mode in self.MODES:
            order = self._sell({"price_unit": 100}, {"price_unit": 1, "product_uom_qty": 0}, mode=mode)
            line = order.order_line[1]
            response = self._post(self.user_s, line, "write", vals={"qty_delivered": 10})
            self.assertEqual(response.status_code, 422 if mode == "block" else 200)
            self.assertEqual((line.qty_delivered, order.on_hold), (0 if mode == "block" else 10, mode == "review"))
            invoice = self._bill(self._link(line, 1, quantity=10))
            self._post(self.user_account, invoice, "action_post")
            self.assertEqual(invoice.state, "draft" if mode else "posted")

    def test_a_quotation_line_beside_an_approved_one(self):
        approved = self._sell({"price_unit": 70, "product_uom_qty": 10}).order_line
        self._set_mode(None)
        lines = approved | self._create_lines({"price_unit": 60}).order_line
        self._assert_held(lambda: self._bill(self._link(lines, 70)))

    def test_more_deducted_than_was_paid(self):
        order = self._sell({"price_unit": 100}, mode="block")
        values = {"order_id": order.id, "name": "Paid", "is_downpayment": True, "product_uom_qty": 0, "price_unit": 30}
        [line] = self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[values])
        line = self.env["sale.order.line"].browse(line)
        deduction = self._link(line, 30, product_id=False, name="Paid", quantity=-1, is_downpayment=True)
        self._assert_held(lambda: self._bill(self._get_line_values(100), deduction))

    def test_a_down_payment_line_of_the_order(self):
        order = self._sell({"price_unit": 100})
        values = {
            "order_id": order.id,
            "product_id": self.product.id,
            "is_downpayment": True,
            "product_uom_qty": 0,
            "price_unit": 1,
            "tax_ids": [Command.clear()],
        }
        [line] = self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[values])
        line = self.env["sale.order.line"].browse(line)
        self._assert_held(lambda: self._bill(self._link(line, 1)))

    def test_a_down_payment_and_its_deduction_pass(self):
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, mode="block")
        context = {"active_model": "sale.order", "active_ids": order.ids}
        model = self.env["sale.advance.payment.inv"].with_context(**context)
        values = {"advance_payment_method": "percentage", "amount": 50, "sale_order_ids": [Command.set(order.ids)]}
        model.create(values).create_invoices()
        down = order.sudo().invoice_ids
        self._call(self.user_account, down, "action_post")
        model.create({"sale_order_ids": [Command.set(order.ids)]}).create_invoices()
        final = order.sudo().invoice_ids - down
        self._call(self.user_account, final, "action_post")
        self.assertEqual((down.amount_untaxed, final.amount_untaxed), (500, 500))
        self.assertEqual((down.state, final.state), ("posted", "posted"))

    def test_an_order_made_cheap_for_one_customer_is_not_billed_to_another(self):
        """A red line of 60 for the favoured customer; the invoice goes to somebody else."""
        self.stranger.customer_class_id = self.class_a
        self._create_floor(fixed_price=60, customer_class_ids=[Command.set(self.class_a.ids)])
        line = self._sell({"price_unit": 60}, mode="block", partner_id=self.stranger.id).order_line
        self._assert_held(lambda: self._bill(self._link(line, 60)))
        self._assert_posted(lambda: self._bill(self._link(line, 60), partner_id=self.stranger.id))
