from odoo import models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..company_common import CompanyCommon
from .mixin_common import extend_model


@tagged("post_install", "-at_install")
class TestWeightedAverageMixin(CompanyCommon):
    """The tax of lines in per cent of what they cost: three orders, 100.00, 300.00 and nothing at 13, 5 and 20 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        class SaleOrderLine(models.Model):
            _module = None
            _name = "sale.order.line"
            _inherit = ["sale.order.line", "sale.weighted.average.mixin"]

            _weighted_averages = {
                "discount": ("price_tax", "price_subtotal", 100),
                "customer_lead": ("price_tax", "price_total"),
            }

        extend_model(cls, SaleOrderLine)
        cls.orders = cls.env["sale.order"].union(*(cls._order(*pair) for pair in ((100, 13), (300, 5), (0, 20))))

    @classmethod
    def _order(cls, price, rate):
        tax = cls.company_data["default_tax_sale"].copy({"name": f"VAT {rate}", "amount": rate})
        line = {"product_id": cls.product.id, "price_unit": price, "discount": 0, "tax_ids": [Command.set(tax.ids)]}
        values = {"partner_id": cls.partner_a.id, "order_line": [Command.create(line)]}
        return cls.env["sale.order"].create(values)

    def _read(self, groupby, user=None, specs=("discount:avg",), order=None):
        lines = self.env["sale.order.line"].with_user(user or self.env.user)
        return lines._read_group([("order_id", "in", self.orders.ids)], groupby, specs, order=order)

    def test_groups(self):
        rates = dict(self._read(["order_id"]))
        self.assertEqual([rates[order] for order in self.orders[:2]], [13.0, 5.0])

    def test_total_is_weighted(self):
        """28.00 of 400.00, not the mean of 13, 5 and 20."""
        self.assertEqual(self._read([]), [(7.0,)])
        self.assertEqual(self._read([], specs=("customer_lead:avg",)), [(28 / 428,)])

    def test_no_data_is_no_rate(self):
        self.assertIn(dict(self._read(["order_id"]))[self.orders[2]], (None, False))
        self.orders = self.orders.browse()
        self.assertIn(self._read([])[0][0], (None, False))

    def test_other_aggregates_are_core_s(self):
        self.orders.order_line[:2].discount = 10
        self.assertEqual(self._read([], specs=("discount:max", "discount:sum", "__count")), [(10.0, 20.0, 3)])

    def test_order_and_grouping_sets(self):
        ordered = self._read(["order_id"], order="discount:avg")
        self.assertEqual([order for order, _rate in ordered][:2], [self.orders[1], self.orders[0]])
        domain = [("order_id", "in", self.orders.ids)]
        lines = self.env["sale.order.line"]
        total, groups = lines._read_grouping_sets(domain, [[], ["order_id"]], ["discount:avg"])
        self.assertEqual((total, len(groups)), ([(7.0,)], 3))

    def test_fields_of_readers(self):
        self.patch(self.env["sale.order.line"]._fields["discount"], "groups", "base.group_system")
        user = new_test_user(self.env, "sc_all", "sales_team.group_sale_salesman_all_leads", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self._read([], user)
