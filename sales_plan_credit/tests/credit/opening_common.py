from odoo import fields
from odoo.fields import Command

from .credit_common import CreditCompanyCommon


class OpeningCommon(CreditCompanyCommon):
    """One customer with a contact, one product of 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create({"name": "Jade Dragon Ltd.", "is_company": True})
        cls.contact = cls.env["res.partner"].create({"name": "Warehouse", "parent_id": cls.customer.id})
        cls.goods = cls.env["product.product"].create(
            {"name": "Opening Goods", "list_price": 100.0, "taxes_id": [Command.set(cls.vat.ids)]}
        )
        cls.today = fields.Date.context_today(cls.env.user)

    @classmethod
    def get_default_groups(cls):
        # EXTENDS 'account'
        return super().get_default_groups() | cls.quick_ref("sales_plan_credit.sales_plan_credit_group_manager")

    @classmethod
    def _days_ago(cls, days):
        return fields.Date.subtract(cls.today, days=days)

    @classmethod
    def _create_opening(cls, reference="OB-1", quantity=50, price_unit=100.0, **values):
        return cls.env["credit.opening.delivery"].create(
            {
                "reference": reference,
                "partner_id": cls.customer.id,
                "product_id": cls.goods.id,
                "quantity": quantity,
                "price_unit": price_unit,
                "date": "2026-01-15",
                **values,
            }
        )

    @classmethod
    def _issue(cls, amount=100.0, due=0, days=None, partner=None, **values):
        """Post an invoice without taxes, due so many days ago, of ``days`` ago (else 30 days before it was due)."""
        issued = cls._days_ago(due + 30 if days is None else days)
        line = {"product_id": cls.goods.id, "price_unit": amount, "tax_ids": [Command.clear()]}
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.customer).id,
                "invoice_date": issued,
                "invoice_payment_term_id": False,
                "invoice_date_due": max(issued, cls._days_ago(due)),
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    @classmethod
    def _pay(cls, invoice, days=0, amount=None):
        """Pay an invoice, wholly or an amount of it, so many days ago."""
        values = {"payment_date": cls._days_ago(days), "amount": amount or invoice.amount_residual}
        return cls._register_payment(invoice, **values)

    def _bill(self, openings, quantity=None, post=True):
        """Return the draft or posted invoice of opening deliveries, the first line cut to a quantity."""
        invoice = self.env["account.move"].browse(openings.action_create_invoices()["res_id"])
        if quantity is not None:
            invoice.invoice_line_ids[:1].quantity = quantity
        if post:
            invoice.action_post()
        return invoice

    def _assert_debt(self, receivable, uninvoiced, partner=None, company=None):
        """Compare receivable and delivered not invoiced of a customer, and the rows behind them, to the cent."""
        company = company or self.company
        partner = (partner or self.customer).with_company(company)
        partner.invalidate_recordset()
        self.assertEqual((partner.credit_receivable, partner.credit_uninvoiced), (receivable, uninvoiced))
        self.assertEqual(self._get_row_sums(partner, company)[:2], (receivable, uninvoiced))
