"""Customers with a limit of 1,000 and what they order, for the races of test_credit_race.py."""

from datetime import datetime, timedelta

from odoo.fields import Command

LIMIT = 1000
LARGE = 600  # one fits, two do not
SMALL = 140  # seven fit, eight do not
TINY = 50  # twenty fit


def create(env):
    """Create everything and return the ids by scenario, the companies and the API key of the salesperson."""
    data = Data(env)
    scenarios = {
        name.removeprefix("create_"): getattr(data, name)() for name in dir(data) if name.startswith("create_")
    }
    return dict(scenarios, key=data.key, companies=data.companies.ids)


class Data:
    """One method per scenario; each returns the ids that its test needs."""

    def __init__(self, env):
        self.company = env.company
        self.branch = env["res.company"].create({"name": "Branch Ltd."})
        self.real_debt = env["res.company"].create({"name": "Real Debt Ltd.", "credit_components": "real"})
        self.companies = self.company | self.branch | self.real_debt
        env["credit.grade"].create(
            [
                {"name": f"Fits {LIMIT}", "code": "RACE", "credit_limit": LIMIT, "company_id": company.id}
                for company in self.companies
            ]
        )
        self.user = self._create_salesperson(env)
        expiry = datetime.now() + timedelta(hours=12)
        self.key = env["res.users.apikeys"].with_user(self.user)._generate("rpc", "races", expiry)
        self.service = self._create_product(env, "Service", type="service", invoice_policy="order")
        self.goods = self._create_product(env, "Goods", is_storable=True, invoice_policy="delivery")
        # What races is written by the salesperson, as in life.
        self.env = env(user=self.user.id)

    def create_pair(self):
        return self._prepare([self._create_order(self._create_customer("Pair"), LARGE) for _turn in range(2)])

    def create_control(self):
        return self._prepare([self._create_order(self._create_customer("Control"), LARGE) for _turn in range(2)])

    def create_crowd(self):
        return self._prepare([self._create_order(self._create_customer("Crowd"), SMALL) for _turn in range(20)])

    def create_fitting_crowd(self):
        return self._prepare([self._create_order(self._create_customer("Fitting"), TINY) for _turn in range(20)])

    def create_strangers(self):
        return self._prepare([self._create_order(self._create_customer(f"No. {n}"), LARGE) for n in range(20)])

    def create_mass(self):
        """Two orders of each of two customers: A1, B1, B2, A2."""
        return self._prepare([self._create_order(self._create_customer(f"Mass {name}"), LARGE) for name in "ABBA"])

    def create_two_companies(self):
        """Four orders of one customer who buys in two companies: here, there, there, here."""
        companies = (self.company, self.branch)
        orders = [
            self._create_order(self._create_customer("Two Companies"), LARGE, company)
            for company in (*companies, *reversed(companies))
        ]
        return self._prepare(orders)

    def create_edits(self):
        """A confirmed order of 10 x 50 that is to be raised to 10 x 90, and a quotation of 400."""
        customer = self._create_customer("Edits")
        confirmed = self._create_order(customer, 50, quantity=10)
        confirmed.action_confirm()
        ids = self._prepare([confirmed, self._create_order(customer, 400)])
        return dict(ids, line=confirmed.order_line.id)

    def create_roads(self):
        """A quotation whose state is written, and the values of an order that is created as a confirmed one."""
        order = self._create_order(self._create_customer("Roads"), LARGE)
        values = {"partner_id": order.partner_id.id, "state": "sale"}
        line = {"product_id": self.service.id, "price_unit": LARGE}
        return dict(self._prepare([order]), values=dict(values, order_line=[(0, 0, line)]))

    def create_deliveries(self):
        """Two confirmed orders, each within the limit by itself, whose goods leave where only real debt counts."""
        customer = self._create_customer("Deliveries")
        orders = [self._create_order(customer, LARGE, self.real_debt, self.goods) for _turn in range(2)]
        for order in orders:
            order.action_confirm()
        return dict(self._prepare(orders), pickings=[order.picking_ids.id for order in orders])

    def create_cron(self):
        """Ten orders that waited for a hold that is gone, and ten quotations of the same customer."""
        customer = self._create_customer("Cron")
        customer.sudo().credit_on_hold = True
        orders = [self._create_order(customer, SMALL) for _turn in range(20)]
        for order in orders[:10]:
            order.action_confirm()
        customer.sudo().credit_on_hold = False
        return self._prepare(orders)

    # === PARTS === #

    def _create_salesperson(self, env):
        groups = ["sales_team.group_sale_salesman_all_leads", "stock.group_stock_user"]
        values = {
            "name": "Race Salesperson",
            "login": "race_salesperson",
            "email": "race@example.com",
            "company_id": self.company.id,
            "company_ids": [Command.set(self.companies.ids)],
            "group_ids": [Command.set([env.ref(group).id for group in groups])],
        }
        return env["res.users"].with_context(no_reset_password=True).create(values)

    def _create_product(self, env, name, **values):
        common = {"taxes_id": [Command.clear()], "company_id": False}
        product = env["product.product"].create({"name": name, **common, **values})
        if product.is_storable:
            warehouse = env["stock.warehouse"].create({"company_id": self.real_debt.id})
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 100)
        return product

    def _create_customer(self, name):
        """Return the customer of this name, graded in every company."""
        partner = self.env["res.partner"].sudo()
        if known := partner.search([("name", "=", name)]):
            return known.sudo(False)
        customer = partner.create({"name": name})
        for company in self.companies:
            grade = self.env["credit.grade"].sudo().search([("company_id", "=", company.id), ("code", "=", "RACE")])
            customer.with_company(company).credit_grade_id = grade
        return customer.sudo(False)

    def _create_order(self, customer, price, company=None, product=None, quantity=1):
        """Return a quotation with one line."""
        company = company or self.company
        line = {
            "product_id": (product or self.service).id,
            "product_uom_qty": quantity,
            "price_unit": price,
            "tax_ids": [Command.clear()],
        }
        values = {"partner_id": customer.id, "company_id": company.id, "order_line": [Command.create(line)]}
        return self.env["sale.order"].with_context(allowed_company_ids=self.companies.ids).create(values)

    def _prepare(self, orders):
        """Return the ids of orders and of their customers."""
        return {"orders": [order.id for order in orders], "customers": [order.partner_id.id for order in orders]}
