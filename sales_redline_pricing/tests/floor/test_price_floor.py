from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import float_compare

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestFloorScenarios(FloorCommon):
    """Part B of the worked examples: red lines."""

    def test_f1_exactly_at_the_floor(self):
        self._create_floor(fixed_price=80)
        self._assert_floor(self._create_lines({"price_unit": 80, "product_uom_qty": 3}), "ok", 80, 0)
        order = self._create_lines({"price_unit": 79.99, "product_uom_qty": 3})
        self._assert_floor(order, "below", 80, 0.01)
        line = order.sudo().order_line
        self.assertEqual((line.floor_state, line.price_floor, line.given_away), ("below", 80, 0.03))
        self.assertAlmostEqual(line.floor_gap, 0.01)

    def test_f2_floor_per_unit_sold_by_the_dozen(self):
        self._create_floor(fixed_price=80)
        dozen = self.env.ref("uom.product_uom_dozen")
        for price, state in ((950, "below"), (959.99, "below"), (960, "ok")):
            order = self._create_lines({"product_uom_id": dozen.id, "product_uom_qty": 2, "price_unit": price})
            self._assert_floor(order, state, 80)
            self.assertAlmostEqual(self._evaluate(order)[0].net, price / 12, 6)
            self.assertEqual(order.sudo().order_line.price_floor, 960)

    def test_f4_floor_in_another_currency(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.14}
        )
        self._create_floor(fixed_price=100, currency_id=self.usd.id)
        order = self._create_lines({"price_unit": 714.28})
        self._assert_floor(order, "below", 714.285714)
        self.assertEqual(order.sudo().order_line.price_floor, 714.29)
        order.order_line.price_unit = 714.29
        self._assert_floor(order, "ok", 714.285714)

    def test_f5_taxes(self):
        self._create_floor(fixed_price=100)
        vat = self._create_vat()
        included = vat.copy({"name": "VAT 13 included", "price_include_override": "tax_included"})
        for price, tax, state in (
            (113, included, "ok"),
            (112.99, included, "below"),
            (112.99, vat, "ok"),
            (112.99, vat.browse(), "ok"),
        ):
            order = self._create_lines({"price_unit": price, "tax_ids": [Command.set(tax.ids)]})
            self._assert_floor(order, state, 100)

    def test_f6_discount_on_the_list_price(self):
        self.product.list_price = 200
        self._create_floor(compute_price="list_discount", percentage=15)
        for discount, state in ((15, "ok"), (15.01, "below"), (15.004, "ok")):
            order = self._create_lines({"price_unit": 200, "discount": discount})
            self._assert_floor(order, state, 170)

    def test_f8_precedence(self):
        parent = self.env["product.category"].create({"name": "Parent"})
        child = self.env["product.category"].create({"name": "Child", "parent_id": parent.id})
        self.product.categ_id = parent
        other, in_child, without = (self._create_product(name, list_price=100) for name in "ABC")
        other.categ_id, in_child.categ_id, without.categ_id = parent, child, False
        nothing = {"product_tmpl_id": False}
        self._create_floor(applied_on="all", compute_price="list_discount", percentage=20, **nothing)
        self._create_floor(
            applied_on="category", categ_id=parent.id, compute_price="list_discount", percentage=15, **nothing
        )
        self._create_floor(fixed_price=78)
        self._create_floor(
            fixed_price=75,
            customer_class_ids=[Command.set(self.class_a.ids)],
            date_start="2026-03-01",
            date_end="2026-03-31",
        )
        self._create_floor(fixed_price=72, min_quantity=100)
        Item = (
            self.customer.env["sale.order"]
            .new({"partner_id": self.customer.id, "company_id": self.company.id})
            ._prepare_floor_item
        )

        def get_price(product, quantity, class_id, date):
            from dataclasses import replace

            from ...tools.priced_line import PricedLine

            item = replace(
                Item(product._get_floor_facts(self.company)[product.id], quantity),
                class_id=class_id,
                date=fields.Date.to_date(date),
                quantity=quantity,
            )
            line = PricedLine(product, 1e6, quantity, item)
            company = self.company
            evaluation = self.env["sale.price.floor"]._evaluate([(company, item.date, [line])])[product]
            return evaluation.price

        class_a = self.class_a.id
        for product, quantity, class_id, date, price in (
            (self.product, 10, class_a, "2026-03-15", 75),
            (self.product, 10, None, "2026-03-15", 78),
            (self.product, 120, class_a, "2026-03-15", 75),
            (self.product, 120, class_a, "2026-04-01", 72),
            (other, 10, None, "2026-03-15", 85),
            (in_child, 10, None, "2026-03-15", 85),
            (without, 10, None, "2026-03-15", 80),
        ):
            self.assertEqual(float_compare(get_price(product, quantity, class_id, date), price, 6), 0)

    def test_f10_document_discount_is_shared(self):
        other = self._create_product("B", list_price=200)
        self._create_floor(fixed_price=90)
        self._create_floor(product_tmpl_id=other.product_tmpl_id.id, fixed_price=185)
        discount = self._create_product("Discount")
        order = self._create_lines(
            {"price_unit": 100},
            {"product_id": other.id, "price_unit": 200},
            {"product_id": discount.id, "price_unit": -30},
        )
        a, b, discount = self._evaluate(order)
        self.assertEqual((a.state, b.state, discount.state), ("ok", "below", "none"))
        self.assertAlmostEqual(a.net, 90)
        self.assertAlmostEqual(b.net, 180)
        self.assertAlmostEqual(b.gap, 5)

    def test_f12_missing_cost(self):
        self._create_floor(compute_price="cost_markup", percentage=10, enforcement="block")
        order = self._create_lines({"price_unit": 1})
        self._assert_floor(order, "no_cost")
        (finding,) = order._get_review_findings("confirm")[order]
        self.assertEqual((finding.kind, finding.severity), ("price", "block"))
        self.assertIn("cost", finding.message)
