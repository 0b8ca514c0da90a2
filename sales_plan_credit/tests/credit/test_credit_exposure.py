from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditExposure(CreditCommon):
    """Worked examples of what a customer owes; the numbers are those of the table."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grade.credit_limit = 10**6

    def test_01_confirmed(self):
        self._create_order()
        self._assert_exposure(0, 0, 1130)

    def test_03_partly_delivered_invoice_in_draft(self):
        order = self._create_order()
        self._deliver(order, 4)
        self._invoice(order, post=False)
        self._assert_exposure(0, 452, 678)

    def test_05_invoice_posted_and_partly_paid(self):
        order = self._create_order()
        self._deliver(order, 4)
        self._pay(self._invoice(order), 200)
        self._assert_exposure(252, 0, 678)

    def test_07a_invoiced_on_order_not_invoiced(self):
        self._create_order(product=self.goods_on_order)
        self._assert_exposure(0, 0, 1130)

    def test_07b_invoiced_on_order_before_delivery(self):
        order = self._create_order(product=self.goods_on_order)
        self._invoice(order)
        self._assert_exposure(1130, 0, 0)
        self._deliver(order, 10)
        self._assert_exposure(1130, 0, 0)

    def test_08a_returned_before_the_credit_note(self):
        order = self._create_order()
        picking = self._deliver(order, 10)
        self._invoice(order)
        self._return(picking, 2)
        self._assert_exposure(1130, 0, 0)
        refund = order._create_invoices(final=True)
        refund.action_post()
        self._assert_exposure(904, 0, 0)

    def test_09_refused_backorder(self):
        order = self._create_order()
        self._deliver(order, 6, backorder=False)
        self._assert_exposure(0, 678, 0)

    def test_09b_refused_backorder_invoiced_on_order(self):
        order = self._create_order(product=self.goods_on_order)
        self._deliver(order, 6, backorder=False)
        self._assert_exposure(0, 678, 452)

    def test_10b_over_delivered(self):
        order = self._create_order(product=self.goods_on_order)
        self._deliver(order, 12)
        self._assert_exposure(0, 1356, 0)

    def test_11_price_with_vat_and_discount(self):
        self.vat.price_include_override = "tax_included"
        order = self._create_order(quantity=5, price=113.0, confirm=False)
        order.order_line.discount = 10
        self.assertEqual(order.amount_total, 508.50)
        self._confirm_unchecked(order)
        self._deliver(order, 2)
        self._assert_exposure(0, 203.40, 305.10)

    def test_12_down_payment(self):
        order = self._create_order()
        invoice = self._create_down_payment_invoice(order, "percentage", 30)
        self._assert_exposure(0, 0, 1130)
        invoice.action_post()
        self._assert_exposure(339, 0, 791)
        self._pay(invoice, 339)
        self._assert_exposure(0, 0, 791)
        self._deliver(order, 10)
        self._assert_exposure(0, 791, 0)
        order._create_invoices(final=True).action_post()
        self._assert_exposure(791, 0, 0)

    def test_15_foreign_currency(self):
        order = self._create_order(price=88.495575, confirm=False)
        order.currency_id = self.eur
        order.order_line.tax_ids = [Command.clear()]
        order.order_line.price_unit = 100.0
        self._confirm_unchecked(order)
        self._deliver(order, 5)
        self._assert_exposure(0, 625, 625)
        self.env["res.currency.rate"].create(
            {"name": "2020-02-01", "rate": 0.5, "currency_id": self.eur.id, "company_id": self.company.id}
        )
        self._assert_exposure(0, 1000, 1000)

    def test_19a_two_companies(self):
        other = self._create_company(name="Second company")
        self._create_order()
        line = {"product_id": self.goods.id, "product_uom_qty": 2, "price_unit": 1000, "tax_ids": [Command.clear()]}
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create({"partner_id": self.customer.id, "company_id": other.id, "order_line": [Command.create(line)]})
        )
        order.action_confirm()
        self._assert_exposure(0, 0, 1130)
        self._assert_exposure(0, 0, 2000, company=other)

    def _bill_goods(self):
        """Return the posted invoice of 900 of delivered goods, paid, and its payment."""
        order = self._create_order(9, confirm=False)
        order.order_line.tax_ids = [Command.clear()]
        self._confirm_unchecked(order)
        self._deliver(order, 9)
        invoice = self._invoice(order)
        return invoice, self._pay(invoice, 900)

    def test_19_payment_in_draft(self):
        """B19: paid, and the payment set back to draft: owed again, though Odoo keeps the reconciliation."""
        _invoice, payment = self._bill_goods()
        self._assert_exposure(0, 0, 0)
        payment.action_draft()
        self._assert_exposure(900, 0, 0)
        payment.action_post()
        self._assert_exposure(0, 0, 0)

    def test_19_invoice_in_draft(self):
        """B19: the invoice of delivered goods set back to draft: the receipt stands alone, the goods are not invoiced."""
        invoice, _payment = self._bill_goods()
        invoice.button_draft()
        self._assert_exposure(-900, 900, 0)

    def test_19_credit_note_in_draft(self):
        """900 credited by 565, the credit note set back to draft: 900 are owed."""
        sides = {"partner_id": self.customer.id, "tax_ids": [], "post": True}
        invoice = self._create_invoice_one_line(price_unit=900, **sides)
        note = self._create_invoice_one_line(price_unit=565, move_type="out_refund", **sides)
        self._reconcile(invoice, note)
        self._assert_exposure(335, 0, 0)
        note.button_draft()
        self._assert_exposure(900, 0, 0)

    def test_19_order_after_a_payment_in_draft(self):
        """900 are owed again: an order of 113 does not fit into 1,000."""
        _invoice, payment = self._bill_goods()
        self.grade.credit_limit = 1000
        payment.action_draft()
        order = self._create_order(1, confirm=False)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        payment.action_post()
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_22_over_invoiced_line_lowers_no_other(self):
        second = {
            "product_id": self.goods.id,
            "product_uom_qty": 10,
            "price_unit": 100,
            "tax_ids": [Command.set(self.vat.ids)],
        }
        order = self._create_order(product=self.goods_on_order, lines=[second])
        order.picking_ids.move_ids.filtered(lambda m: m.product_id == self.goods).write({"quantity": 5, "picked": True})
        order.picking_ids.move_ids.filtered(lambda m: m.product_id == self.goods_on_order).write(
            {"quantity": 10, "picked": True}
        )
        order.picking_ids.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=order.picking_ids.ids
        ).button_validate()
        invoice = self._invoice(order, post=False)
        invoice.invoice_line_ids.filtered(lambda line: line.product_id == self.goods).unlink()
        invoice.invoice_line_ids.quantity = 12
        invoice.action_post()
        self._assert_exposure(1356, 565, 0)

    def test_23_unallocated_receipt(self):
        self._create_order()
        self._receive(500)
        self._assert_exposure(-500, 0, 1130)

    def test_24_locked_cancelled_quotation(self):
        locked = self._create_order()
        locked.action_lock()
        self._create_order(confirm=False)
        cancelled = self._create_order()
        cancelled._action_cancel()
        self._assert_exposure(0, 0, 1130)

    def test_27_global_discount(self):
        order = self._create_order(confirm=False)
        self._apply_sale_order_discount(order, "percent", 10)
        self._confirm_unchecked(order)
        self._assert_exposure(0, 0, 1017)

    def test_32_credited_by_reversal_goods_stay(self):
        order = self._create_order()
        self._deliver(order, 10)
        self._reverse_invoice(self._invoice(order), post=True)
        self._assert_exposure(0, 1130, 0)

    def test_discount_outweighs_what_is_open(self):
        gift = {"product_id": self.goods_on_order.id, "product_uom_qty": 1, "price_unit": -5000}
        self._create_order(lines=[gift])
        self._assert_exposure(0, 0, 0)

    def test_contact_and_invoice_address(self):
        other = self._create_customer("Payer Ltd.")
        address = self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id, "type": "invoice"})
        self._create_order(partner_invoice_id=address.id)
        self._create_order(partner_invoice_id=other.id)
        self._assert_exposure(0, 0, 1130)
        self._assert_exposure(0, 0, 1130, partner=other)
        self._book_receivable(70, address)
        self._assert_exposure(70, 0, 1130)
        address.invalidate_recordset()
        self.assertEqual(address.credit_exposure, 1200)

    def test_forged_tax_amounts_hide_nothing(self):
        order = self._create_order(confirm=False)
        order.order_line.write({"extra_tax_data": {"manual_tax_amounts": {}, "price_unit": 1.0}})
        self._confirm_unchecked(order)
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_undelivered, 1130)

    def test_draft_invoices_where_the_company_counts_them(self):
        self.init_invoice("out_invoice", partner=self.customer, amounts=[100], taxes=self.vat)
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_draft_invoiced, 0)
        self.company.credit_count_draft_invoices = True
        self.customer.invalidate_recordset()
        self.assertEqual((self.customer.credit_draft_invoiced, self.customer.credit_exposure), (113, 113))

    def test_search_and_sort(self):
        second = self._create_customer("Second Ltd.")
        self._create_order()
        self._create_order(quantity=1, partner_id=second.id)
        self.grade.credit_limit = 1000
        both = self.customer | second
        partners = self.env["res.partner"]
        mine = [("id", "in", both.ids)]
        self.assertEqual(partners.search([*mine, ("credit_exposure", ">", 113)]), self.customer)
        self.assertEqual(partners.search([*mine, ("credit_exposure", "=", 113)]), second)
        self.assertEqual(partners.search([*mine, ("credit_exposure", "!=", 113)]), self.customer)
        self.assertEqual(partners.search([*mine, ("credit_available", "<", 0)]), self.customer)
        # "Is not set" and "is set".
        self.assertEqual(partners.search([*mine, ("credit_exposure", "=", False)]), partners)
        self.assertEqual(partners.search([*mine, ("credit_receivable", "=", False)]), both)
        self.assertEqual(partners.search([*mine, ("credit_exposure", "!=", False)]), both)
        self.assertEqual(partners.search(mine, order="credit_exposure desc").ids, [self.customer.id, second.id])
        self.assertEqual(partners.search(mine, order="credit_exposure").ids, [second.id, self.customer.id])

    def test_statements_of_a_list(self):
        customers = self.env["res.partner"].concat(*(self._create_customer(f"C{n}") for n in range(20)))
        for customer in customers[:5]:
            self._create_order(partner_id=customer.id)
        self.env.flush_all()
        for some in (customers[:2], customers):
            self.env.invalidate_all()
            some.mapped("commercial_partner_id.user_id")
            with self.assertQueryCount(6):
                some.mapped("credit_exposure")

    def test_days_of_an_order_are_the_company_s(self):
        """16:30 in UTC is half an hour past midnight in Shanghai, whoever looks."""
        self.company.partner_id.tz = "Asia/Shanghai"
        order = self._create_order(commitment_date="2026-04-30 16:30:00")
        order.date_order = "2026-03-31 16:30:00"
        report = self.env["credit.exposure.report"].with_context(tz="America/New_York")
        [row] = report.search([("order_id", "=", order.id)])
        self.assertEqual([str(row.date), str(row.date_maturity)], ["2026-04-01", "2026-05-01"])

    def test_rates_of_an_order_are_the_company_s_day_s(self):
        """EUR 100.00 are 125.00 at the rate of the 31st of March, and 200.00 from midnight in Shanghai on."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self._create_rate("2026-04-01", 0.5)
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": self.eur.id})
        self.vat.amount = 0
        order = self._create_order(quantity=1, pricelist_id=pricelist.id)
        for moment, amount in (("2026-03-31 15:59:59", 125), ("2026-03-31 16:00:00", 200)):
            with freeze_time(moment):
                self.env.invalidate_all()
                [row] = self.env["credit.exposure.report"].search([("order_id", "=", order.id)])
                self.assertEqual(row.amount, amount)

    def test_salespeople_see_their_own(self):
        self._create_order()
        mine = self._create_customer("Mine Ltd.", user_id=self.user_s.id)
        self._create_order(partner_id=mine.id)
        partners = self.env["res.partner"].with_user(self.user_s)
        self.assertEqual(partners.browse(mine.id).credit_exposure, 1130)
        self.assertEqual(partners.browse(self.customer.id).credit_exposure, 0)
        self.assertEqual(partners.search([("credit_exposure", ">", 0)]).ids, mine.ids)
        self.assertEqual(self.env["credit.exposure.report"].with_user(self.user_s).search([]).partner_id, mine)
        self.assertFalse(partners.fields_get(["credit_exposure"])["credit_exposure"]["sortable"])
