from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestQuotationFlows(FloorCommon):
    """Templates, options, combos, files, catalog: whatever writes lines."""

    def _assert_asked(self, order, gap):
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        self.assertAlmostEqual(max(order.sudo().order_review_ids.mapped("measure")), gap)

    def test_quotation_template(self):
        self._create_floor(fixed_price=80)
        self.product.list_price = 79
        template = self.env["sale.order.template"].create(
            {
                "name": "Set",
                "company_id": self.company.id,
                "sale_order_template_line_ids": [Command.create({"product_id": self.product.id, "product_uom_qty": 3})],
            }
        )
        order = self._create_lines()
        order.sale_order_template_id = template
        order._onchange_sale_order_template_id()
        self.assertEqual(order.order_line.mapped("price_unit"), [79])
        self._assert_floor(order, "below", 80, 1)
        self._assert_asked(order, 1)

    def test_options_are_judged_once_they_are_chosen(self):
        self._create_floor(fixed_price=80)
        other = self._create_product("Other")
        order = self._create_lines(
            {"product_id": other.id, "price_unit": 1},
        )
        order.write(
            {
                "order_line": [
                    Command.create({"display_type": "line_section", "name": "Options", "is_optional": True}),
                    Command.create({"product_id": self.product.id, "product_uom_qty": 0, "price_unit": 70}),
                ]
            }
        )
        option = order.order_line[-1]
        self.assertEqual(option.floor_state, "none")
        option.write({"product_uom_qty": 1, "price_unit": 70})
        self.assertEqual((option.floor_state, option.net_price), ("below", 70))
        self._assert_asked(order, 10)

    def test_lines_with_a_price_and_no_product(self):
        """As a received document leaves them: they become goods when somebody chooses the product."""
        self._create_floor(fixed_price=80, enforcement="block")
        order = self._create_lines({"product_id": False, "name": "Machine as per your order", "price_unit": 50})
        self.assertEqual(order.order_line.floor_state, "none")
        with self.assertRaises(UserError):
            order.action_confirm()
        order.order_line.write({"product_id": self.product.id, "price_unit": 50})
        self.assertEqual(order.order_line.floor_state, "below")
        with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
            order.write({"state": "sale"})
        self.assertIn("red line", str(refusal.exception))

    def test_price_list_in_another_currency(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.125}
        )
        self._create_floor(fixed_price=80)
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "USD",
                "currency_id": self.usd.id,
                "company_id": self.company.id,
                "item_ids": [Command.create({"compute_price": "fixed", "fixed_price": 9.99, "applied_on": "3_global"})],
            }
        )
        order = self._create_order(0, pricelist_id=pricelist.id)
        order.order_line.unlink()
        order.order_line = [Command.create({"product_id": self.product.id, "tax_ids": [Command.clear()]})]
        line = order.order_line
        self.assertEqual((line.price_unit, line.sudo().price_floor), (9.99, 10))
        self.assertAlmostEqual(line.net_price, 79.92)
        self._assert_asked(order, 0.08)
        line.price_unit = 10
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_splitting_a_quantity_step(self):
        self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=70, min_quantity=100)
        order = self._create_lines({"price_unit": 70, "product_uom_qty": 100})
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self._create_lines({"price_unit": 70, "product_uom_qty": 50}).order_line.order_id = order
        self.assertTrue(order.on_hold)

    def test_products_without_category_and_child_categories(self):
        parent = self.env["product.category"].create({"name": "Machines"})
        child = self.env["product.category"].create({"name": "Small", "parent_id": parent.id})
        self._create_floor(applied_on="category", product_tmpl_id=False, categ_id=parent.id, fixed_price=80)
        self.product.categ_id = child
        self._assert_floor(self._create_lines({"price_unit": 79}), "below", 80, 1)
        self._create_floor(applied_on="category", product_tmpl_id=False, categ_id=child.id, fixed_price=60)
        self._assert_floor(self._create_lines({"price_unit": 79}), "ok", 60)
        self.product.categ_id = False
        self._assert_floor(self._create_lines({"price_unit": 1}), "none")
        self._create_floor(applied_on="all", product_tmpl_id=False, fixed_price=50)
        self._assert_floor(self._create_lines({"price_unit": 1}), "below", 50, 49)

    def test_costs_of_several_companies_in_one_call(self):
        sister = self.env["res.company"].create({"name": "Sister", "currency_id": self.cny.id})
        self.env.user.company_ids |= sister
        self._create_floor(compute_price="cost_markup", percentage=10, company_id=False)
        self.product.with_company(self.company).standard_price = 100
        self.product.with_company(sister).standard_price = 50
        order = self._create_lines({"price_unit": 70})
        other = (
            self.env["sale.order"]
            .with_company(sister)
            .create(
                {
                    "partner_id": self.env["res.partner"].create({"name": "Shared"}).id,
                    "company_id": sister.id,
                    "order_line": [Command.create({"product_id": self.product.id, "price_unit": 70, "tax_ids": False})],
                }
            )
        )
        results = (order | other).sudo()._get_floor_evaluations()
        figures = [(results[one][0].state, round(results[one][0].price, 2)) for one in (order, other)]
        self.assertEqual(figures, [("below", 110), ("ok", 55)])


@tagged("post_install", "-at_install")
class TestCombos(FloorCommon):
    """A combo is judged as one; nothing else is judged as a combo."""

    def setUp(self):
        super().setUp()
        self.gold = self._create_product("Gold", list_price=1000)
        self.combo = self.env["product.combo"].create(
            {
                "name": "Choice",
                "company_id": self.company.id,
                "combo_item_ids": [
                    Command.create({"product_id": self.gold.id}),
                    Command.create({"product_id": self._create_product("Silver").id}),
                ],
            }
        )
        self.bundle = self._create_product(
            "Bundle", type="combo", combo_ids=[Command.set(self.combo.ids)], list_price=1000, company_id=self.company.id
        )
        self._create_floor(fixed_price=80)
        self._create_floor(product_tmpl_id=self.gold.product_tmpl_id.id, fixed_price=100)
        self.order = self._create_lines({"product_id": self.bundle.id, "price_unit": 0})
        self.parent = self.order.order_line

    def _add_item(self, price=1000, **values):
        line = self.env["sale.order.line"].with_user(self.user_s)
        line = line.create(
            {
                "order_id": self.order.id,
                "product_id": self.gold.id,
                "linked_line_id": self.parent.id,
                "combo_item_id": self.combo.combo_item_ids[0].id,
                **values,
            }
        )
        line.write({"price_unit": price, "tax_ids": False})
        return line

    def _get_states(self):
        self.order.invalidate_recordset()
        return {result.line.product_id: result.state for result in self._evaluate(self.order) if result.floor}

    def test_an_item_that_becomes_another_product(self):
        """Two items are chosen, then one is exchanged for a machine at 1.00."""
        self._add_item()
        line = self._add_item()
        self.assertEqual(self._get_states(), {self.gold: "ok"})
        line.write({"product_id": self.product.id, "price_unit": 1, "tax_ids": False})
        self.assertEqual(self._get_states(), {self.gold: "ok", self.product: "below"})

    def test_an_item_that_is_linked_to_another_line(self):
        item = self._add_item(price=50)
        self.assertEqual(self._get_states(), {self.gold: "below"})
        dear = self._create_lines({"product_id": self.gold.id, "price_unit": 1000}).order_line
        item.write({"linked_line_id": dear.id})
        self.assertEqual(self._get_states(), {self.gold: "below"})

    def test_a_combo_item_without_its_combo(self):
        line = (
            self.env["sale.order.line"]
            .with_user(self.user_s)
            .create(
                {
                    "order_id": self.order.id,
                    "product_id": self.product.id,
                    "price_unit": 1,
                    "linked_line_id": self.parent.id,
                }
            )
        )
        self._add_item()
        self.assertEqual(self._get_states()[self.product], "below")
        self.assertEqual(line.floor_state, "below")
