from odoo.fields import Command

from ..common import FloorCommon


class PriceListCommon(FloorCommon):
    """Price lists of the trading company; a salesperson, a reader and a manager of red lines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["product.pricelist"].search([("company_id", "=", False)]).active = False
        # What the database holds already is no part of the figures.
        (cls.env["product.template"].search([]) - cls.product.product_tmpl_id).sale_ok = False
        cls.group = "sales_redline_pricing.sales_redline_pricing_group_"
        salesman = "sales_team.group_sale_salesman"
        cls.reader = cls._create_salesperson("reader", "Ren Reader", f"{salesman},{cls.group}reader")
        cls.manager = cls._create_salesperson("manager", "Meng Manager", f"{salesman},{cls.group}manager")
        cls.list_a = cls._create_list("List A")
        cls.categ = cls.env["product.category"].create({"name": "Tools"})
        cls.child = cls.env["product.category"].create({"name": "Drills", "parent_id": cls.categ.id})
        cls.product.categ_id = cls.categ

    @classmethod
    def _create_list(cls, name, currency=None, **values):
        return cls.env["product.pricelist"].create(
            {"name": name, "company_id": cls.company.id, "currency_id": (currency or cls.cny).id, **values}
        )

    @classmethod
    def _create_item(cls, pricelist, price, **values):
        return cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": pricelist.id,
                "product_tmpl_id": cls.product.product_tmpl_id.id,
                "compute_price": "fixed",
                "fixed_price": price,
                **values,
            }
        )

    @classmethod
    def _create_rate(cls, currency, rate):
        cls.env["res.currency.rate"].create(
            {"currency_id": currency.id, "company_id": cls.company.id, "name": "2020-01-01", "rate": rate}
        )

    @classmethod
    def _create_many(cls, count):
        return cls.env["product.product"].create(
            [
                {
                    "name": f"Tool {index:03}",
                    "list_price": 100.0,
                    "standard_price": 60.0,
                    "categ_id": cls.child.id,
                    "taxes_id": [Command.clear()],
                }
                for index in range(count)
            ]
        )

    @classmethod
    def _include_vat(cls, product):
        """Make 13 % VAT part of the prices of a product."""
        vat = cls._create_vat().copy({"name": "VAT 13 included", "price_include_override": "tax_included"})
        product.taxes_id = vat

    def _count_statements(self, function):
        """Return how many statements a call takes with a cold cache of records, and what it returns."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = function()
        return self.env.cr.sql_log_count - before, result
