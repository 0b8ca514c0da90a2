from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import FloorCommon


class BillsCommon(FloorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.company.currency_id = cls.cny  # the chart brings its own
        cls.goods = cls._create_product("Goods", type="consu", invoice_policy="delivery", list_price=100)
        cls.discount = cls._create_product("Discount", list_price=0)
        cls.floor = cls._create_floor(product_tmpl_id=cls.goods.product_tmpl_id.id, fixed_price=90, enforcement="block")

    def _sell(self, *lines, **values):
        """Return a confirmed order of goods; a number is a discount."""
        prepared = [
            {"product_id": self.discount.id, "price_unit": line}
            if isinstance(line, int)
            else {"product_id": self.goods.id, **line}
            for line in lines
        ]
        order = self._create_lines(*prepared, **values)
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual((order.state, order.on_hold), ("sale", False))
        return order

    def _deliver(self, order, *quantities):
        goods = order.sudo().order_line.filtered(lambda line: line.product_id == self.goods)
        for line, quantity in zip(goods, quantities, strict=True):
            line.qty_delivered = quantity

    def _bill(self, orders, amount=None):
        """Return the posted invoice that Odoo makes of orders."""
        invoice = orders.sudo()._create_invoices(final=True)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        if amount is not None:
            self.assertEqual(invoice.amount_untaxed, amount)
        return invoice

    def _create_invoice(self, *lines, **values):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.goods.id, "tax_ids": [Command.clear()], **line})
                    for line in lines
                ],
                **values,
            }
        )

    def _assert_refused(self, invoice):
        with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
            invoice.action_post()
        self.assertIn("red line", str(refusal.exception))
        invoice.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestBillsOfOrders(BillsCommon):
    """What bills orders that were fine is fine, in whatever parts and together with whatever."""

    def test_parts_of_an_order_with_a_discount(self):
        """F17: 400.00 with the whole discount, then 500.00."""
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, -100)
        self._deliver(order, 5)
        self._bill(order, 400)
        self._deliver(order, 10)
        self._bill(order, 500)

    def test_together_with_another_order(self):
        """F17: one bill with another order at its red line."""
        orders = self._sell({"price_unit": 100, "product_uom_qty": 10}, -100) | self._sell({"price_unit": 90})
        for order in orders:
            self._deliver(order, order.order_line[0].product_uom_qty)
        self.assertEqual(len(self._bill(orders, 990)), 1)

    def test_free_pieces_in_the_first_part(self):
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, {"price_unit": 0})
        self._deliver(order, 5, 1)
        self._bill(order, 500)

    def test_a_service_corrected_downwards(self):
        service = self._create_product("Hours", invoice_policy="delivery")
        line = {"product_id": service.id, "price_unit": 50, "product_uom_qty": 10}
        order = self._sell({"price_unit": 90, "product_uom_qty": 10}, line)
        self._deliver(order, 2)
        order.sudo().order_line[1].qty_delivered = 10
        self._bill(order, 680)
        self._deliver(order, 10)
        order.sudo().order_line[1].qty_delivered = 6
        self._bill(order, 520)

    def test_goods_that_came_back_in_the_meantime(self):
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, {"price_unit": 90, "product_uom_qty": 5})
        self._deliver(order, 10, 0)
        self._bill(order, 1000)
        self._deliver(order, 8, 5)
        self._bill(order, 250)

    def test_an_order_with_a_return(self):
        self._sell({"price_unit": 120})
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, {"price_unit": 120, "product_uom_qty": -1})
        self._deliver(order, 10, -1)
        self._bill(order, 880)

    def test_a_return_that_the_warehouse_adds(self):
        """Nothing ordered, one taken back: at what it was sold for before it is a return, for more a discount besides."""
        self.floor.enforcement = "review"
        for price, is_held in ((120, False), (130, True)):
            with self.subTest(price=price):
                self._sell({"price_unit": 120})
                order = self._sell({"price_unit": 90, "product_uom_qty": 10})
                line = {"order_id": order.id, "product_id": self.goods.id, "product_uom_qty": 0, "tax_ids": False}
                self.env["sale.order.line"].sudo().create({**line, "price_unit": price})
                self._deliver(order, 10, -1)
                self.assertEqual(order.on_hold, is_held)
                self._approve_all(order)
                self._bill(order, 900 - price)

    def test_extra_goods_that_were_approved(self):
        self.floor.enforcement = "review"
        order = self._sell({"price_unit": 100})
        self.env["sale.order.line"].sudo().create(
            {"order_id": order.id, "product_id": self.goods.id, "product_uom_qty": 0, "price_unit": 1, "tax_ids": False}
        )
        self._deliver(order, 1, 2)
        self.assertTrue(order.on_hold)
        invoice = order.sudo()._create_invoices()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            invoice.action_post()
        self._approve_all(order)
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 102))

    def test_a_red_line_that_rose_meanwhile(self):
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, -100)
        self.floor.fixed_price = 95
        self._deliver(order, 10)
        self._bill(order, 900)


@tagged("post_install", "-at_install")
class TestBillsBeyondOrders(BillsCommon):
    """What the invoice gives beyond the order is judged."""

    def _draft(self, *lines, **values):
        order = self._sell(*lines, **values)
        goods = order.order_line.filtered(lambda line: line.product_id == self.goods)
        self._deliver(order, *goods.mapped("product_uom_qty"))
        return order.sudo()._create_invoices(final=True)

    def test_a_larger_discount(self):
        invoice = self._draft({"price_unit": 100, "product_uom_qty": 10}, -100)
        invoice.invoice_line_ids[1].price_unit = -100.1
        self._assert_refused(invoice)
        invoice.invoice_line_ids[1].price_unit = -100
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_the_discount_billed_twice(self):
        order = self._sell({"price_unit": 100, "product_uom_qty": 10}, -100)
        self._deliver(order, 5)
        self._bill(order, 400)
        self._deliver(order, 10)
        invoice = order.sudo()._create_invoices()
        again = {"product_id": self.discount.id, "price_unit": -100, "tax_ids": [Command.clear()]}
        link = {"sale_line_ids": [Command.link(order.order_line[1].id)]}
        invoice.invoice_line_ids = [Command.create({**again, **link})]
        self._assert_refused(invoice)

    def test_a_discount_of_the_invoice(self):
        invoice = self._draft({"price_unit": 100, "product_uom_qty": 10})
        line = {"product_id": self.discount.id, "price_unit": -100, "tax_ids": [Command.clear()]}
        invoice.invoice_line_ids = [Command.create(line)]
        self.assertEqual(invoice.amount_untaxed, 900)
        invoice.invoice_line_ids[1].price_unit = -100.1
        self._assert_refused(invoice)
        invoice.invoice_line_ids[1].price_unit = -100
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_a_discount_that_is_an_order_of_its_own(self):
        """Ten for 100.00 each, and 400.00 off by an order that sells nothing: billed together, ten for 60.00 each."""
        order = self._sell({"price_unit": 100, "product_uom_qty": 10})
        self._deliver(order, 10)
        invoice = (order | self._sell(-400)).sudo()._create_invoices(final=True)
        self.assertEqual(invoice.amount_untaxed, 600)
        self._assert_refused(invoice)
        order = self._sell({"price_unit": 100, "product_uom_qty": 10})
        self._deliver(order, 10)
        self._bill(order | self._sell(-100), 900)

    def test_a_dearer_line_makes_up_for_it(self):
        invoice = self._draft({"price_unit": 90, "product_uom_qty": 10})
        invoice.invoice_line_ids.price_unit = 95
        line = {"product_id": self.discount.id, "price_unit": -50, "tax_ids": [Command.clear()]}
        invoice.invoice_line_ids = [Command.create(line)]
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 900))

    def test_more_pieces_than_were_ordered(self):
        invoice = self._draft({"price_unit": 100, "product_uom_qty": 10}, {"price_unit": 0})
        free = invoice.invoice_line_ids[1]
        free.quantity = 5
        self._assert_refused(invoice)

    def test_more_billed_back_than_was_billed(self):
        order = self._sell({"price_unit": 90, "product_uom_qty": 10}, {"price_unit": 200})
        self._deliver(order, 10, 1)
        self._bill(order, 1100)
        line = order.order_line[1]
        link = {"sale_line_ids": [Command.link(line.id)]}
        invoice = self._create_invoice({"price_unit": 90, "quantity": 5}, {"price_unit": 300, "quantity": -1, **link})
        self._assert_refused(invoice)

    def test_another_payer(self):
        """An order that was cheap for one customer is no cover for another, whoever ordered."""
        other = self.env["res.partner"].create({"name": "Other", "company_id": self.company.id})
        self.floor.enforcement = "review"
        order = self._sell({"price_unit": 70}, partner_invoice_id=other.id)
        self._deliver(order, 1)
        invoice = order.sudo()._create_invoices()
        self.assertEqual(invoice.partner_id, other)
        invoice.partner_id = self.customer
        self._assert_refused(invoice)
        invoice.partner_id = other
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_a_link_that_is_cut_stays(self):
        """The invoice of a held order is stopped whoever cuts it off its order, from either side."""
        self.rule.copy({"kind": "amount", "min_amount": 50000})
        order = self._sell({"price_unit": 4000, "product_uom_qty": 10})
        self._deliver(order, 10)
        invoice = order.sudo()._create_invoices()
        order.order_line.price_unit = 6000
        self.assertTrue(order.on_hold)
        accountant = self._create_salesperson("account", "An Accountant", "account.group_account_invoice")
        line, ordered = invoice.invoice_line_ids, order.order_line
        for commands in ([Command.clear()], [Command.set([])], [Command.unlink(ordered.id)], False):
            line.with_user(accountant).write({"sale_line_ids": commands})
            self.assertEqual(line.sale_line_ids, ordered)
        commands = [Command.update(line.id, {"sale_line_ids": [Command.clear()]})]
        invoice.with_user(accountant).write({"invoice_line_ids": commands})
        ordered.write({"invoice_lines": [Command.clear()]})
        self.assertEqual(line.sale_line_ids, ordered)
        with self.assertRaises(UserError) as refusal:
            invoice.with_user(accountant).action_post()
        self.assertIn(order.name, str(refusal.exception))


@tagged("post_install", "-at_install")
class TestBillsWithoutOrders(BillsCommon):
    """Invoices that somebody writes by hand."""

    def test_negative_prices(self):
        dear = {"product_id": self.product.id, "price_unit": 4800}
        for line in ({"price_unit": -0.01}, {"price_unit": 100, "discount": 100.01}):
            self._assert_refused(self._create_invoice(dear, line))

    def test_returns(self):
        self._assert_refused(
            self._create_invoice({"price_unit": 100, "quantity": 11}, {"price_unit": 500, "quantity": -1})
        )
        sold = self._create_invoice({"price_unit": 500})
        sold.action_post()
        invoice = self._create_invoice({"price_unit": 100, "quantity": 11}, {"price_unit": 500, "quantity": -1})
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 600))

    def test_a_backdated_invoice_takes_no_line_of_the_past(self):
        today = fields.Date.today()
        yesterday = fields.Date.subtract(today, days=1)
        self.floor.date_start = today
        self._create_floor(product_tmpl_id=self.goods.product_tmpl_id.id, fixed_price=75, date_end=yesterday)
        self._assert_refused(self._create_invoice({"price_unit": 80}, invoice_date=yesterday))

    def test_the_line_of_the_order_counts_for_its_bill(self):
        """Sold when the red line was 75, billed when it is 90, for a little less than ordered."""
        today = fields.Date.today()
        yesterday = fields.Date.subtract(today, days=1)
        self.floor.date_start = today
        self._create_floor(product_tmpl_id=self.goods.product_tmpl_id.id, fixed_price=75, date_end=yesterday)
        self.floor.enforcement = "review"
        order = self._sell({"price_unit": 80})
        order.sudo().confirmed_on = yesterday
        self.floor.enforcement = "block"
        self._deliver(order, 1)
        invoice = order.sudo()._create_invoices()
        invoice.invoice_line_ids.price_unit = 74
        self._assert_refused(invoice)
        invoice.invoice_line_ids.price_unit = 76
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
