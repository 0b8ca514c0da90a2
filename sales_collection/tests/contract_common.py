from contextlib import contextmanager
from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from odoo.addons.sales_control.tests.company_common import CompanyCommon

ADVANCE = {"name": "Advance", "kind": "advance", "due_rule": "order", "percentage": 30, "sequence": 10}
DELIVERY = {"name": "Delivery", "kind": "delivery", "due_rule": "delivery", "percentage": 60, "sequence": 20}
RETENTION = {
    "name": "Retention",
    "kind": "retention",
    "due_rule": "delivery",
    "due_delay": 12,
    "due_delay_unit": "months",
    "percentage": 10,
    "sequence": 30,
}


class ContractCommon(CompanyCommon):
    """A company in USD, 1 USD = 0.80 EUR, VAT 13 %; goods of 1,000.01 that make 1,130.01, paid 30/60/10."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls._create_vat()
        cls.customer = cls.env["res.partner"].create({"name": "Jade Dragon Ltd.", "property_payment_term_id": False})
        cls.goods = cls._create_goods("Machine")
        cls.bank = cls.company_data["default_journal_bank"]
        outstanding = cls.bank.default_account_id.copy({"account_type": "asset_current", "reconcile": True})
        cls.bank.inbound_payment_method_line_ids.payment_account_id = outstanding
        cls.user_s = cls._create_user("s", "sales_team.group_sale_salesman")
        cls.user_s2 = cls._create_user("s2", "sales_team.group_sale_salesman")
        cls.user_manager = cls._create_user("m", "sales_team.group_sale_manager")
        cls.user_accountant = cls._create_user("a", "account.group_account_invoice")

    @classmethod
    def get_default_groups(cls):
        # EXTENDS 'account'
        manager = cls.quick_ref("sales_control.sales_control_group_administrator")
        warehouse = cls.quick_ref("stock.group_stock_manager")
        return super().get_default_groups() | manager | warehouse

    @contextmanager
    def assertRefused(self, error, pattern):
        """Check that the block is refused with a message, and undo what it did."""
        with self.assertRaises(error) as caught:
            yield
            self.env.flush_all()
        self.assertRegex(str(caught.exception), pattern)

    @classmethod
    def _create_goods(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": False,
                "invoice_policy": "delivery",
                "list_price": 1000.01,
                "taxes_id": [Command.set(cls.vat.ids)],
                **values,
            }
        )

    def _create_order(
        self, milestones=(ADVANCE, DELIVERY, RETENTION), price=1000.01, quantity=1, confirm=True, **values
    ):
        """Return an order of goods; its total is 1.13 times the price."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "user_id": self.user_s.id,
                "payment_milestone_ids": [Command.create(dict(vals)) for vals in milestones],
                "order_line": [
                    Command.create({"product_id": self.goods.id, "product_uom_qty": quantity, "price_unit": price})
                ],
                **values,
            }
        )
        order.order_line.tax_ids = self.vat
        if confirm:
            order.action_confirm()
        return order

    def _deliver(self, order, day, quantity=None):
        """Ship goods of an order on a day, all of them unless told."""
        with freeze_time(f"{day} 10:00:00"):
            picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
            picking.move_ids.quantity = quantity if quantity is not None else picking.move_ids.product_uom_qty
            picking.move_ids.picked = True
            picking.with_context(skip_backorder=True).button_validate()
            self.env.flush_all()

    def _bill(self, orders, day, post=True):
        """Return the ordinary invoice of orders, with the down payments deducted."""
        invoice = orders._create_invoices(final=True)
        return self._post(invoice, day) if post else invoice

    def _post(self, invoice, day):
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def _pay(self, invoices, day, amount=None, **values):
        """Register a payment on a day, of all that is open unless told; return it."""
        values = {"payment_date": day, "journal_id": self.bank.id, **values}
        if amount is not None:
            values["amount"] = amount
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoices.ids)
        return wizard.create({"group_payment": True, **values})._create_payments()

    def _credit(self, invoice, day, price=None):
        """Return the posted credit note of an invoice, reconciled with it; of part of it by its untaxed price."""
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        reversal = wizard.create({"date": day, "journal_id": invoice.journal_id.id})
        note = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        note.invoice_date = day
        if price is not None:
            note.invoice_line_ids[0].write({"price_unit": price, "quantity": 1})
            note.invoice_line_ids[1:].unlink()
        note.action_post()
        open_items = (invoice | note).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        open_items.reconcile()
        return note

    def _get_figures(self, order, *names):
        """Return the figures of the milestones of an order, in sequence, as tuples."""
        milestones = order.payment_milestone_ids.sorted("sequence")
        milestones.invalidate_recordset()
        return [tuple(milestone[name] for name in names) for milestone in milestones]

    def _get_rows(self, order):
        report = self.env["contract.payment.report"]
        report.invalidate_model()
        return report.search([("order_id", "=", order.id)], order="sequence")

    def _day(self, text):
        return fields.Date.to_date(text) or date.min


class ContractDocumentsCommon(ContractCommon):
    """The same contract, looked at on 2026-06-30."""

    def setUp(self):
        super().setUp()
        freezer = freeze_time("2026-06-30 12:00:00")
        freezer.start()
        self.addCleanup(freezer.stop)

    def _order_of(self, day, **values):
        with freeze_time(f"{day} 09:00:00"):
            order = self._create_order(**values)
            self.env.flush_all()
        return order

    def _invoice_advance(self, order, day="2026-03-02"):
        action = order.payment_milestone_ids[0].action_invoice()
        return self._post(self.env["account.move"].browse(action["res_id"]), day)

    def _get_delivered_order(self, **values):
        order = self._order_of("2026-03-01", **values)
        self._pay(self._invoice_advance(order), "2026-03-02")
        self._deliver(order, "2026-04-20")
        return order, self._bill(order, "2026-04-20")
