"""The ground on which the traps are set: a company, a customer, a product for 100.00, a seller who types prices."""

import itertools

from redline_systems import LIST_PRICE, RedLine, attempt

from odoo import api, fields
from odoo.fields import Command


class World:
    """One scenario on one system, in a transaction that is rolled back afterwards."""

    def __init__(self, cr, system_class, ids):
        self.env = api.Environment(cr, api.SUPERUSER_ID, {})
        users = self.env["res.users"].browse([ids["seller"], ids["manager"]])
        self.seller, self.manager = users
        self.manager.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.company = self.env.ref("base.main_company")
        self.system = system_class(self.env, {"seller": self.seller, "manager": self.manager})
        self.partner = self.env["res.partner"].browse(ids["partner"])
        self.product = self.create_product("Machine")
        self.template = self.product.product_tmpl_id
        self.counter = itertools.count()

    # ---------------------------------------------------------------- masters

    def create_product(self, name, **values):
        common = {"type": "service", "list_price": LIST_PRICE, "taxes_id": [Command.clear()], "invoice_policy": "order"}
        return self.env["product.product"].create({"name": name, **common, **values})

    def create_tax(self):
        """Return a sales tax of 13 % included in the price."""
        values = {"amount": 13, "price_include_override": "tax_included", "type_tax_use": "sale"}
        return self.env["account.tax"].create({"name": "Included 13", "company_id": self.company.id, **values})

    def create_unit(self, pieces):
        values = {"relative_factor": pieces, "relative_uom_id": self.product.uom_id.id}
        return self.env["uom.uom"].create({"name": f"Box of {pieces}", **values})

    def create_pricelist(self, rate):
        """Return a price list in a currency of which one unit of company currency buys ``rate``, since 2020."""
        name = f"X{next(self.counter)}Z"
        currency = self.env["res.currency"].create({"name": name, "symbol": name})
        self.set_rate(currency, rate, "2020-01-01")
        return self.env["product.pricelist"].create(
            {"name": name, "currency_id": currency.id, "company_id": self.company.id}
        )

    def set_rate(self, currency, rate, date):
        values = {"currency_id": currency.id, "company_id": self.company.id, "name": date, "rate": rate}
        self.env["res.currency.rate"].create(values)

    def red_line(self, price=0.0, **values):
        """Tell the system a red line, for the product unless another scope is given, and return it."""
        everything = values.pop("everything", False)
        if not everything and not {"template", "variant", "category"} & set(values):
            values["template"] = self.template
        line = RedLine(price=price, **values)
        self.record = self.system.add_red_line(line)
        return line

    # ---------------------------------------------------------------- documents

    def order(self, *lines, **values):
        """Return a quotation of the seller with one line per price or dict of values, as if typed on the form."""
        lines = [line if isinstance(line, dict) else {"price_unit": line} for line in lines]
        values = {"partner_id": self.partner.id, "pricelist_id": self.system.get_pricelist().id, **values}
        order = self.env["sale.order"].with_user(self.seller).create(values)
        for line in lines:
            line = {"product_id": self.product.id, "product_uom_qty": 1, **line}
            price = line.pop("price_unit", None)
            record = order.order_line.create({"order_id": order.id, **line})
            if price is not None:
                record.price_unit = price
        return order

    def invoice(self, price):
        """Return a draft invoice that nobody ordered."""
        line = {"product_id": self.product.id, "price_unit": price, "tax_ids": [Command.clear()]}
        values = {"move_type": "out_invoice", "partner_id": self.partner.id}
        return self.env["account.move"].create(
            {**values, "invoice_date": fields.Date.today(), "invoice_line_ids": [Command.create(line)]}
        )

    # ---------------------------------------------------------------- acts and what came of them

    def attempt(self, *actions):
        """Try calls one after the other, each as a request of its own; what is refused leaves no trace."""
        attempt(self.env, *actions)

    def sells(self, order):
        """Let the seller press Confirm; tell whether the order may then ship and bill."""
        self.env.invalidate_all()
        self.attempt(order.action_confirm)
        return self.is_sold(order)

    def is_sold(self, order):
        self.env.invalidate_all()
        return self.system.is_sold(order)

    def confirmed(self, *lines, **values):
        """Return an order that was rightly confirmed: the ground of a trap, not the trap itself."""
        order = self.order(*lines, **values)
        if not self.sells(order):
            raise AssertionError(f"a price at the red line was refused: {order.name}")
        return order

    def posts(self, invoice):
        """Tell whether an invoice can be posted."""
        self.attempt(invoice.action_post)
        self.env.invalidate_all()
        return invoice.state == "posted"
