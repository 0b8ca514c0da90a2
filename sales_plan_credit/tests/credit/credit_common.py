from odoo import fields
from odoo.fields import Command
from odoo.tests import Form

from odoo.addons.sales_control.tests.company_common import CompanyCommon


class CreditCompanyCommon(CompanyCommon):
    """A company in USD, 1 USD = 0.80 EUR, VAT 13 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls._create_vat()

    def _get_row_sums(self, partner, company):
        report = self.env["credit.exposure.report"].with_context(allowed_company_ids=company.ids)
        report.invalidate_model()
        groups = report._read_group(
            [("partner_id", "=", partner.commercial_partner_id.id)], ["component"], ["amount:sum"]
        )
        sums = dict(groups)
        return tuple(company.currency_id.round(sums.get(n, 0)) for n in ("receivable", "uninvoiced", "undelivered"))


class CreditCommon(CreditCompanyCommon):
    """A customer of a grade with a limit of 1,000, and goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grade = cls._create_grade()
        cls.customer = cls._create_customer()
        cls.goods = cls._create_goods("Goods")
        cls.goods_on_order = cls._create_goods("Goods billed on order", invoice_policy="order")
        cls.user_s = cls._create_user("salesperson", "sales_team.group_sale_salesman,base.group_partner_manager")
        cls.user_manager = cls._create_user(
            "credit_manager",
            "sales_team.group_sale_salesman_all_leads,sales_plan_credit.sales_plan_credit_group_manager",
        )

    @classmethod
    def get_default_groups(cls):
        # EXTENDS 'account'
        manager = cls.quick_ref("sales_control.sales_control_group_administrator")
        warehouse = cls.quick_ref("stock.group_stock_manager")
        return super().get_default_groups() | manager | warehouse

    @classmethod
    def _create_grade(cls, **values):
        return cls.env["credit.grade"].create(
            {"name": "B", "code": "TB", "credit_limit": 1000, "company_id": cls.company.id, **values}
        )

    @classmethod
    def _create_customer(cls, name="Jade Dragon Ltd.", **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "credit_grade_id": cls.grade.id, "company_id": False, **values}
        )

    @classmethod
    def _create_goods(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": False,
                "invoice_policy": "delivery",
                "list_price": 100.0,
                "taxes_id": [Command.set(cls.vat.ids)],
                **values,
            }
        )

    def _create_order(self, quantity=10, price=100.0, product=None, confirm=True, lines=(), **values):
        """Return an order of goods with VAT 13 %; confirmed whatever the limit says, by an unlimited moment."""
        product = product or self.goods
        line = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "price_unit": price,
            "tax_ids": [Command.set(self.vat.ids)],
        }
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_line": [Command.create(line), *(Command.create(extra) for extra in lines)],
                **values,
            }
        )
        if confirm:
            self._confirm_unchecked(order)
        return order

    def _confirm_unchecked(self, order):
        payer, customer = (
            partner.commercial_partner_id.with_company(order.company_id)
            for partner in (order.partner_invoice_id, order.partner_id)
        )
        before, grade = payer.credit_unlimited, customer.credit_grade_id
        payer.credit_unlimited = True
        if customer != payer:
            customer.credit_grade_id = False
        order.action_confirm()
        customer.credit_grade_id = grade
        payer.credit_unlimited = before
        self.assertEqual(order.state, "sale")

    def _deliver(self, order, quantity, backorder=True):
        """Deliver a quantity of the first open delivery of an order."""
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))[:1]
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=[] if backorder else picking.ids
        ).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def _return(self, picking, quantity):
        """Return goods of a delivery, to be refunded."""
        wizard = Form(self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking"))
        wizard = wizard.save()
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": quantity, "picked": True, "to_refund": True})
        back.button_validate()
        return back

    def _invoice(self, order, post=True):
        invoice = order._create_invoices()
        if post:
            invoice.action_post()
        return invoice

    def _pay(self, invoice, amount):
        return self._register_payment(invoice, amount=amount, payment_date=fields.Date.context_today(invoice))

    def _receive(self, amount, partner=None):
        """Book a receipt that is not allocated to any invoice."""
        return self._book_receivable(-amount, partner or self.customer)

    def _book_receivable(self, amount, partner, days=0, **values):
        """Book an amount on a partner's receivable account, due so many days ago."""
        today = fields.Date.context_today(self.env.user)
        due = fields.Date.subtract(today, days=days)
        receivable = self.company_data["default_account_receivable"]
        lines = [
            {"account_id": receivable.id, "partner_id": partner.id, "date_maturity": due, "balance": amount},
            {"account_id": self.company_data["default_account_revenue"].id, "balance": -amount},
        ]
        move = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": due,
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )
        move.action_post()
        return move

    def _assert_exposure(self, receivable, uninvoiced, undelivered, partner=None, company=None):
        """Compare the figures of a customer, and the sum of the rows behind each of them, to the cent."""
        company = company or self.company
        partner = (partner or self.customer).with_company(company)
        partner.invalidate_recordset()
        figures = (partner.credit_receivable, partner.credit_uninvoiced, partner.credit_undelivered)
        self.assertEqual(figures, (receivable, uninvoiced, undelivered))
        self.assertEqual(partner.credit_exposure, company.currency_id.round(receivable + uninvoiced + undelivered))
        self.assertEqual(figures, self._get_row_sums(partner, company))


class CreditCheckCommon(CreditCommon):
    """A rule that a credit manager decides beyond the limit; goods without taxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["sale.review.rule"].create(
            {
                "name": "Credit",
                "kind": "credit",
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create({"sequence": 1, "approver_type": "user", "user_id": cls.user_manager.id}),
                ],
            }
        )
        cls.vat.amount = 0

    def _create_quotation(self, amount, **values):
        return self._create_order(quantity=1, price=amount, confirm=False, **values)

    def _get_review(self, order, kind="credit"):
        return order.order_review_ids.filtered(lambda review: review.kind == kind)
