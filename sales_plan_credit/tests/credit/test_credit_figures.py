from odoo.fields import Command
from odoo.tests import Form, tagged

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditFigures(CreditCommon):
    """What further documents leave to be owed; each step of a story says receivable, not invoiced and open orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grade.credit_limit = 10**6
        cls.service = cls._create_goods("Service billed on delivery", type="service")
        cls.service_on_order = cls._create_goods("Service billed on order", type="service", invoice_policy="order")

    def _tell(self, *steps):
        """Take steps one after the other and compare the figures after each: (name, what to do, figures)."""
        for name, step, figures in steps:
            with self.subTest(name):
                step()
                self._assert_exposure(*figures)

    def _credit(self, invoice, quantity=None, modify=False):
        """Credit an invoice by the wizard, wholly or a quantity of its goods."""
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard = wizard.create({"journal_id": invoice.journal_id.id})
        (wizard.modify_moves if modify else wizard.refund_moves)()
        refund = wizard.new_move_ids
        if quantity is not None:
            refund.invoice_line_ids.filtered("product_id").quantity = quantity
        refund.filtered(lambda move: move.state == "draft" and not modify).action_post()
        return refund

    def _set_line(self, order, **values):
        order.order_line[0].write(values)

    def test_credit_notes(self):
        order = self._create_order()
        self._deliver(order, 10)
        first = self._invoice(order)
        self._tell(
            ("4 of 10 credited", lambda: self._credit(first, 4), (678, 452, 0)),
            ("billed again", lambda: self._invoice(order), (1130, 0, 0)),
            ("credited, its copy a draft", lambda: self._credit(order.invoice_ids[-1:], modify=True), (678, 452, 0)),
        )
        draft = order.invoice_ids.filtered(lambda move: move.state == "draft")
        self._tell(
            ("the copy is posted", draft.action_post, (1130, 0, 0)),
            ("set to draft", draft.button_draft, (678, 452, 0)),
            ("cancelled", draft.button_cancel, (678, 452, 0)),
        )

    def test_billed_on_order_short_delivered_and_credited(self):
        order = self._create_order(product=self.goods_on_order)
        invoice = self._invoice(order)
        self._tell(
            ("6 delivered", lambda: self._deliver(order, 6, backorder=False), (1130, 0, 0)),
            ("4 credited: ordered still", lambda: self._credit(invoice, 4), (678, 0, 452)),
            ("ordered no more", lambda: self._set_line(order, product_uom_qty=6), (678, 0, 0)),
        )

    def test_return_without_refund(self):
        order = self._create_order()
        picking = self._deliver(order, 10)
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking")
        wizard = Form(wizard).save()
        wizard.product_return_moves.write({"quantity": 2, "to_refund": False})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 2, "picked": True})
        self._tell(
            ("returned for nothing", back.button_validate, (0, 1130, 0)),
            ("billed", lambda: self._invoice(order), (1130, 0, 0)),
        )

    def test_down_payments(self):
        order, other = self._create_order(), self._create_order()
        fixed = self._create_down_payment_invoice(order, "fixed", 900)
        self._tell(
            ("posted", fixed.action_post, (900, 0, 1360)),
            ("paid: another order keeps its debt", lambda: self._pay(fixed, 900), (0, 0, 1360)),
            ("more than what is left", lambda: self._set_line(order, product_uom_qty=5), (0, 0, 1130)),
            ("the other cancelled", other._action_cancel, (0, 0, 0)),
            ("refunded", lambda: self._pay(self._credit(fixed), 900), (0, 0, 565)),
        )

    def test_partial_final_invoice_deducts_the_down_payment(self):
        order = self._create_order()
        invoice = self._create_down_payment_invoice(order, "percentage", 30)
        invoice.action_post()
        self._pay(invoice, 339)
        self._tell(
            ("4 delivered", lambda: self._deliver(order, 4), (0, 452, 339)),
            ("billed less the down payment", lambda: order._create_invoices(final=True).action_post(), (113, 0, 678)),
        )

    def test_foreign_down_payment(self):
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": self.eur.id})
        order = self._create_order(pricelist_id=pricelist.id)
        invoice = self._create_down_payment_invoice(order, "percentage", 50)
        self._tell(
            ("EUR 565 at 0.80", invoice.action_post, (706.25, 0, 706.25)),
            ("paid", lambda: self._pay(invoice, 565), (0, 0, 706.25)),
            ("the rate of today", lambda: self._create_rate("2020-02-01", 0.5), (0, 0, 1130)),
        )

    def test_nothing_ordered(self):
        order = self._create_order(product=self.service)
        self._tell(
            ("4 done", lambda: self._set_line(order, qty_delivered=4), (0, 452, 678)),
            ("nothing ordered", lambda: self._set_line(order, product_uom_qty=0), (0, 452, 0)),
            ("less 10 %", lambda: self._set_line(order, discount=10), (0, 406.80, 0)),
            ("billed", lambda: self._invoice(order), (406.80, 0, 0)),
        )

    def test_taxes(self):
        fixed = self.vat.copy({"name": "Fee", "amount_type": "fixed", "amount": 5})
        included = self.vat.copy({"name": "VAT in the price", "price_include_override": "tax_included"})
        for name, taxes, figures in (
            ("13 %", self.vat, (452, 678)),
            ("fixed", fixed, (420, 630)),
            ("both", self.vat + fixed, (472, 708)),
            ("included", included, (400, 600)),
            ("none", self.vat.browse(), (400, 600)),
        ):
            with self.subTest(name):
                line = {"tax_ids": [Command.set(taxes.ids)]}
                order = self._create_order(product=self.service, confirm=False)
                order.order_line.write(line)
                self._confirm_unchecked(order)
                order.order_line.qty_delivered = 4
                self._assert_exposure(0, *figures)
                order.order_line.product_uom_qty = 0
                self._assert_exposure(0, figures[0], 0)
                order._action_cancel()

    def test_lines_of_other_kinds(self):
        """Beside 10 x 113 = 1,130 a line that is billed on order."""
        dozen = self.env.ref("uom.product_uom_dozen").id
        for name, values, undelivered in (
            ("free", {"price_unit": 0}, 1130),
            ("discounted to nothing", {"discount": 100}, 1130),
            ("taken back: owed until credited", {"product_uom_qty": -2}, 1130),
            ("discount line", {"price_unit": -100}, 1017),
            ("cents", {"product_uom_qty": 3, "price_unit": 33.33}, 1242.99),
            ("a dozen", {"product_uom_id": dozen}, 1243),
        ):
            with self.subTest(name):
                line = {"product_id": self.service_on_order.id, "price_unit": 100, "product_uom_qty": 1} | values
                order = self._create_order(lines=[line | {"tax_ids": [Command.set(self.vat.ids)]}])
                self._assert_exposure(0, 0, undelivered)
                order._action_cancel()

    def test_dozens(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._create_order(quantity=2, price=1200, confirm=False)
        order.order_line.write({"product_uom_id": dozen.id, "price_unit": 1200})
        self._confirm_unchecked(order)
        self._tell(("12 pieces", lambda: self._deliver(order, 12), (0, 1356, 1356)))
        invoice = self._invoice(order, post=False)
        pieces = {"product_uom_id": self.goods.uom_id.id, "quantity": 6, "price_unit": 100}
        invoice.invoice_line_ids.filtered("product_id").write(pieces)
        self._tell(("6 pieces billed", invoice.action_post, (678, 678, 1356)))

    def test_rounded_to_cents(self):
        """112.99 in three deliveries: nothing gets lost between what is delivered and what is open."""
        order = self._create_order(quantity=3, price=33.33)
        self._tell(
            ("1 of 3", lambda: self._deliver(order, 1), (0, 37.66, 75.33)),
            ("2 of 3", lambda: self._deliver(order, 1), (0, 75.33, 37.66)),
            ("3 of 3", lambda: self._deliver(order, 1), (0, 112.99, 0)),
        )

    def test_cash_rounding(self):
        accounts = {
            "profit_account_id": self.company_data["default_account_revenue"].id,
            "loss_account_id": self.company_data["default_account_expense"].id,
        }
        rounding = self.env["account.cash.rounding"].create(
            {"name": "0.05", "rounding": 0.05, "strategy": "add_invoice_line", **accounts}
        )
        invoice = self.init_invoice("out_invoice", partner=self.customer, amounts=[1000.03])
        invoice.write({"invoice_cash_rounding_id": rounding.id})
        invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product").tax_ids = [Command.clear()]
        self._tell(("1,000.03", invoice.action_post, (1000.05, 0, 0)))

    def test_contact_that_moves_to_another_customer(self):
        """Accounts keep what was posted before, unless the contact was a customer by itself; orders follow."""
        other = self._create_customer("Other Ltd.")
        contact = self.env["res.partner"].create({"name": "Office", "type": "invoice", "parent_id": self.customer.id})
        order = self._create_order(partner_invoice_id=contact.id)
        self._deliver(order, 4)
        self._invoice(order)
        self._assert_exposure(452, 0, 678, partner=contact)
        contact.parent_id = other
        self._assert_exposure(452, 0, 0)
        self._assert_exposure(0, 0, 678, partner=other)

    def test_merged_customers(self):
        other = self._create_customer("Other Ltd.")
        order = self._create_order()
        self._deliver(order, 4)
        self._invoice(order)
        self._create_order(partner_id=other.id)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.customer | other).ids, other)
        self._assert_exposure(452, 0, 1808, partner=other)

    def test_sums_over_a_company_and_its_contacts(self):
        contact = self.env["res.partner"].create({"name": "Office", "parent_id": self.customer.id})
        other = self._create_customer("Other Ltd.")
        self._book_receivable(100, self.customer)
        self._book_receivable(100, other)
        partners = self.env["res.partner"].with_company(self.company)
        names = ["credit_exposure:sum", "credit_exposure:avg", "credit_exposure:max"]
        ids = (self.customer | contact | other).ids
        self.assertEqual(partners._read_group([("id", "in", ids)], [], names), [(200, 100, 100)])
        self.assertEqual(partners._read_group([("id", "in", contact.ids)], [], names), [(100, 100, 100)])
