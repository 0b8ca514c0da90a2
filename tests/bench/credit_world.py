"""A trading company and what can happen in it, through the ORM, with modules of Odoo alone: for credit_situations.py.

Company currency USD, 1 USD = 0.80 EUR, VAT 13 %. Every method makes real documents and returns them.
"""

from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.fields import Command


@contextmanager
def rolled_back(env):
    """Undo what happens meanwhile, in the database and in the cache."""
    with env.cr.savepoint() as savepoint:
        try:
            yield
        finally:
            savepoint.close(rollback=True)


class World:
    """The company, its products and customers, in the database of ``env`` (a superuser's)."""

    def __init__(self, env):
        self.env = env
        self.today = fields.Date.today()
        usd, eur = env.ref("base.USD"), env.ref("base.EUR")
        (usd | eur).active = True
        self.eur = eur
        self.company = self.create_company("Situations Ltd.")
        self._products = {}
        self.counts_drafts = True  # where a peer can be told so; ours has its setting

    def build(self, situation):
        """Make the documents of a situation; return its customer, as the company to look from sees it."""
        self._products = {}
        self.counts_drafts = True
        customer = self.create_customer()
        customer, company = situation.build(self, customer) or (customer, self.company)
        self.env.flush_all()
        self.env.invalidate_all()
        return self.of("res.partner", company).browse(customer.id)

    # ---------------------------------------------------------------- company

    def create_company(self, name, **values):
        """Return a company in USD with a chart of accounts and its rate of EUR."""
        company = self.env["res.company"].create(
            {
                "name": name,
                "currency_id": self.env.ref("base.USD").id,
                "country_id": self.env.ref("base.us").id,
                "account_use_credit_limit": True,
                **values,
            }
        )
        if not company.parent_id:
            self.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
            company.currency_id = self.env.ref("base.USD")
            self.set_rate(0.80, company=company)
        # In tests a company comes with one already.
        if not self.of("stock.warehouse", company).search([("company_id", "=", company.id)]):
            self.of("stock.warehouse", company).create({"name": name, "code": "WH", "company_id": company.id})
        return company

    def of(self, model, company=None):
        """Return a model as somebody sees it who works in ``company`` alone."""
        company = company or self.company
        return self.env[model].with_context(allowed_company_ids=company.ids).with_company(company)

    def set_rate(self, rate, date=None, company=None):
        """Say how many EUR one USD costs from a day on (from the beginning of time where none is given)."""
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.eur.id,
                "company_id": (company or self.company).id,
                "name": date or "2000-01-01",
                "rate": rate,
            }
        )

    def get_vat(self, company=None, included=False):
        """Return the VAT of 13 % of a company, included in prices or not."""
        company = (company or self.company).root_id
        name = f"VAT 13 {'included' if included else 'excluded'}"
        taxes = self.of("account.tax", company)
        vat = taxes.search([("name", "=", name), ("company_id", "=", company.id)])
        override = "tax_included" if included else "tax_excluded"
        return vat or taxes.create(
            {"name": name, "amount": 13, "type_tax_use": "sale", "price_include_override": override}
        )

    def get_bank(self, company=None):
        """Return the bank journal of a company."""
        company = company or self.company
        return self.of("account.journal", company).search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )

    def get_account(self, kind, company=None):
        """Return an account of this type of a company."""
        return self.of("account.account", company).search(
            [("account_type", "=", kind), ("company_ids", "in", (company or self.company).ids)], limit=1
        )

    # ---------------------------------------------------------------- masters

    def create_customer(self, name="Customer", **values):
        """Return a customer, a company of its own unless ``values`` say otherwise."""
        return self.env["res.partner"].create({"name": name, "is_company": True, **values})

    def get_product(self, policy="delivery", kind="consu", storable=True):
        """Return a product of this invoicing policy at 100.00 with VAT, with enough stock where it is storable."""
        key = (policy, kind, storable)
        if key not in self._products:
            self._products[key] = self.create_product(policy, kind, storable)
        return self._products[key]

    def create_product(self, policy="delivery", kind="consu", storable=True, **values):
        """Return a new product; see `get_product`."""
        product = self.of("product.product").create(
            {
                "name": f"{kind} {policy}",
                "type": kind,
                "is_storable": storable and kind == "consu",
                "invoice_policy": policy,
                "list_price": 100.0,
                "taxes_id": [Command.set(self.get_vat().ids)],
                **values,
            }
        )
        if product.is_storable:
            warehouse = self.of("stock.warehouse").search([("company_id", "=", self.company.id)], limit=1)
            quants = self.of("stock.quant")
            quants._update_available_quantity(product, warehouse.lot_stock_id, 1000)
        return product

    # ---------------------------------------------------------------- orders

    def line(self, quantity=10, price=100.0, product=None, vat=None, **values):
        """Return the command of an order line; policy on delivery unless a product says otherwise."""
        return Command.create(
            {
                "product_id": (product or self.get_product()).id,
                "product_uom_qty": quantity,
                "price_unit": price,
                "tax_ids": [Command.set((vat or self.get_vat()).ids)],
                **values,
            }
        )

    def order(self, customer, *lines, confirm=True, company=None, **values):
        """Return an order of these lines (10 x 100 + 13 % = 1,130.00 where none is given), confirmed."""
        company = company or self.company
        order = self.of("sale.order", company).create(
            {
                "partner_id": customer.id,
                "order_line": list(lines) or [self.line(vat=self.get_vat(company))],
                "payment_term_id": False,
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    def get_pricelist(self, currency):
        """Return a price list in a currency."""
        return self.of("product.pricelist").create({"name": currency.name, "currency_id": currency.id})

    # ---------------------------------------------------------------- goods

    def deliver(self, order, quantity, backorder=True):
        """Ship this much of the first line with open goods (or {product: quantity}); return the transfer."""
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))[:1]
        quantities = quantity if isinstance(quantity, dict) else dict.fromkeys(picking.move_ids.product_id, quantity)
        for move in picking.move_ids:
            move.quantity = quantities.get(move.product_id, 0)
            move.picked = bool(move.quantity)
        context = {"skip_backorder": True}
        if not backorder:
            context["picking_ids_not_to_backorder"] = picking.ids
        picking.with_context(**context).button_validate()
        return picking

    def take_back(self, picking, quantity):
        """Receive back this much of every product of a transfer, to be refunded."""
        wizard = self.of("stock.return.picking").create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.to_refund = True
        for move in back.move_ids:
            move.quantity = quantity
            move.picked = True
        back.button_validate()
        return back

    # ---------------------------------------------------------------- invoices

    def invoice(self, order, post=True, quantities=None, date=None):
        """Bill what can be billed of an order, deducting down payments; ``quantities``: {product: quantity}."""
        move = order._create_invoices(final=True)
        for line in move.invoice_line_ids if quantities else ():
            line.quantity = quantities.get(line.product_id, 0)
        if date:
            move.invoice_date = date
        if post:
            move.action_post()
        return move

    def down_payment(self, order, percentage=30, post=True):
        """Return the invoice of a down payment, made by the wizard."""
        wizard = self.of("sale.advance.payment.inv", order.company_id).with_context(active_ids=order.ids)
        known = order.invoice_ids
        wizard.create({"advance_payment_method": "percentage", "amount": percentage}).create_invoices()
        move = order.invoice_ids - known
        if post:
            move.action_post()
        return move

    def plain_invoice(self, customer, quantity=10, kind="out_invoice", post=True, company=None, **line):
        """Return an invoice or credit note without an order: quantity x 100 + 13 %."""
        values = {
            "product_id": self.get_product().id,
            "quantity": quantity,
            "price_unit": 100.0,
            "tax_ids": [Command.set(self.get_vat(company).ids)],
            **line,
        }
        move = self.of("account.move", company).create(
            {
                "move_type": kind,
                "partner_id": customer.id,
                "invoice_date": self.today,
                "invoice_line_ids": [Command.create(values)],
            }
        )
        if post:
            move.action_post()
        return move

    def reverse(self, move):
        """Credit an invoice wholly with the reversal wizard."""
        wizard = (
            self.of("account.move.reversal", move.company_id)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "date": self.today})
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        if credit.state == "draft":
            credit.action_post()
        self.reconcile(move, credit)
        return credit

    def entry(self, contact, amount):
        """Book a plain journal entry on the receivable account of a contact."""
        receivable = contact.with_company(self.company).property_account_receivable_id
        lines = [
            {"account_id": receivable.id, "partner_id": contact.id, "debit": amount},
            {"account_id": self.get_account("income").id, "credit": amount},
        ]
        move = self.of("account.move").create(
            {"move_type": "entry", "line_ids": [Command.create(values) for values in lines]}
        )
        move.action_post()
        return move

    # ---------------------------------------------------------------- money

    def pay(self, move, amount=None):
        """Pay an invoice or refund with the payment wizard, wholly where no amount is given."""
        context = {"active_model": "account.move", "active_ids": move.ids}
        values = {"amount": amount} if amount else {}
        values["journal_id"] = self.get_bank(move.company_id).id
        wizard = self.of("account.payment.register", move.company_id).with_context(**context).create(values)
        return wizard._create_payments()

    def receipt(self, customer, amount, kind="inbound"):
        """Book a receipt (or refund) of a customer that settles no invoice yet."""
        payment = self.of("account.payment").create(
            {
                "payment_type": kind,
                "partner_type": "customer",
                "partner_id": customer.id,
                "amount": amount,
                "journal_id": self.get_bank().id,
            }
        )
        payment.action_post()
        return payment

    def reconcile(self, *records):
        """Settle the receivable items of these entries or payments with one another."""
        moves = self.env["account.move"]
        for record in records:
            moves |= record if record._name == "account.move" else record.move_id
        items = moves.line_ids.filtered(lambda item: item.account_type == "asset_receivable" and not item.reconciled)
        items.reconcile()

    # ---------------------------------------------------------------- opening deliveries

    def opening_delivery(self, customer, quantity=50):
        """Return goods delivered before go-live at 100 + 13 %; nothing where the database has no such document."""
        if "credit.opening.delivery" not in self.env:
            return None
        return self.of("credit.opening.delivery").create(
            {
                "reference": f"OLD/{customer.id}",
                "partner_id": customer.id,
                "product_id": self.get_product().id,
                "date": self.today - timedelta(days=90),
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "quantity": quantity,
                "price_unit": 100.0,
                "tax_ids": [Command.set(self.get_vat().ids)],
            }
        )

    def bill_opening(self, customer, opening, quantity, kind="out_invoice"):
        """Post an ordinary invoice or credit note of this much of an opening delivery."""
        link = {"credit_opening_delivery_id": opening.id} if opening else {}
        return self.plain_invoice(customer, quantity, kind=kind, **link)
