from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestFloorTraps(FloorCommon):
    """What is known to catch people: units, taxes, currencies, discounts, free goods, combos, scopes, companies."""

    def _set_rate(self, rate, name="2020-01-01"):
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": name, "rate": rate}
        )

    def _create_pricelist(self, currency):
        return self.env["product.pricelist"].create(
            {"name": currency.name, "currency_id": currency.id, "company_id": self.company.id}
        )

    # === UNITS AND QUANTITIES === #

    def test_unit_of_another_ratio(self):
        self._create_floor(fixed_price=80)
        box = self.env["uom.uom"].create(
            {"name": "Box of 7", "relative_factor": 7, "relative_uom_id": self.product.uom_id.id}
        )
        for price, state in ((559.99, "below"), (560, "ok")):
            order = self._create_lines({"product_uom_id": box.id, "price_unit": price})
            self._assert_floor(order, state, 80)

    def test_quantity_step_is_lost_by_splitting(self):
        self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=70, min_quantity=100)
        self._assert_floor(self._create_lines({"price_unit": 70, "product_uom_qty": 100}), "ok", 70)
        order = self._create_lines({"price_unit": 70, "product_uom_qty": 60}, {"price_unit": 70, "product_uom_qty": 40})
        self.assertEqual([result.state for result in self._evaluate(order)], ["below", "below"])

    def test_quantity_step_counts_product_units(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=70, min_quantity=24)
        order = self._create_lines({"product_uom_id": dozen.id, "product_uom_qty": 2, "price_unit": 840})
        self._assert_floor(order, "ok", 70)

    def test_returns_and_down_payments_are_not_judged(self):
        self._create_floor(fixed_price=80)
        order = self._create_lines(
            {"price_unit": 1, "product_uom_qty": -2},
            {"price_unit": 0, "product_uom_qty": 0, "is_downpayment": True},
            {"price_unit": 90},
        )
        self.assertEqual([result.state for result in self._evaluate(order)], ["none", "none", "ok"])

    def test_down_payment_flag_does_not_exempt_goods(self):
        self._create_floor(fixed_price=80)
        self._assert_floor(self._create_lines({"price_unit": 1, "is_downpayment": True}), "below", 80)

    # === TAXES === #

    def test_fiscal_position_that_removes_the_included_tax(self):
        self._create_floor(fixed_price=100)
        included = self._create_vat()
        included.price_include_override = "tax_included"
        order = self._create_lines({"price_unit": 112, "tax_ids": [Command.set(included.ids)]})
        self._assert_floor(order, "below", 100)
        order.order_line.tax_ids = False
        self._assert_floor(order, "ok", 100)

    # === CURRENCIES === #

    def test_rate_moves_between_quotation_and_confirmation(self):
        self._set_rate(0.14)
        self._create_floor(fixed_price=700)
        order = self._create_lines({"price_unit": 100}, pricelist_id=self._create_pricelist(self.usd).id)
        self._assert_floor(order, "ok", 700)
        self._set_rate(0.15, fields.Date.today())
        order.invalidate_recordset()
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        self.env["res.currency.rate"].search([("name", "=", fields.Date.today())]).rate = 0.13
        order.invalidate_recordset()
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_writable_rate_and_date_change_nothing(self):
        self._set_rate(0.01, "2019-01-01")
        self._set_rate(0.14)
        self._create_floor(fixed_price=800)
        order = self._create_lines({"price_unit": 100}, pricelist_id=self._create_pricelist(self.usd).id)
        order.write({"date_order": "2019-06-01 00:00:00", "currency_rate": 0.001})
        self._assert_floor(order, "below", 800)
        order.action_confirm()
        self.assertEqual(order.review_state, "pending")

    def test_pricelist_of_another_currency_keeps_the_figure(self):
        self._set_rate(0.14)
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 80})
        order.pricelist_id = self._create_pricelist(self.jpy)
        self.env["res.currency.rate"].create(
            {"currency_id": self.jpy.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 20}
        )
        order.invalidate_recordset()
        self.assertEqual(order.order_line.price_unit, 80)
        self._assert_floor(order, "below", 80)
        self.assertAlmostEqual(self._evaluate(order)[0].net, 4)

    # === DISCOUNTS, REWARDS, FREE GOODS, COMBOS === #

    def _apply_discount(self, order, **values):
        wizard = self.env["sale.order.discount"].with_user(self.user_s).create({"sale_order_id": order.id, **values})
        wizard.sudo().action_apply_discount()

    def test_discount_wizard_in_all_its_forms(self):
        self._create_floor(fixed_price=95)
        for values in (
            {"discount_type": "sol_discount", "discount_percentage": 0.1},
            {"discount_type": "so_discount", "discount_percentage": 0.1},
            {"discount_type": "amount", "discount_amount": 10},
        ):
            order = self._create_lines({"price_unit": 100})
            self._apply_discount(order, **values)
            self._assert_floor(order, "below", 95, 5)
            order.action_confirm()
            self.assertEqual(order.review_state, "pending", values)

    def test_discount_line_whatever_flag_it_carries(self):
        self._create_floor(fixed_price=95)
        for flags in ({"is_downpayment": True}, {"is_expense": True}, {"extra_tax_data": {"computation_key": "x"}}):
            order = self._create_lines({"price_unit": 100}, {"price_unit": -10, **flags})
            self._assert_floor(order, "below", 95, 5)

    def test_free_goods_are_pooled_with_the_paid_ones(self):
        self._create_floor(fixed_price=75)
        order = self._create_lines({"price_unit": 100, "product_uom_qty": 3}, {"price_unit": 0})
        self.assertEqual([result.state for result in self._evaluate(order)], ["ok", "ok"])
        self.assertAlmostEqual(self._evaluate(order)[1].net, 75)
        order.order_line[1].product_uom_qty = 2
        order.order_line[1].price_unit = 0
        self.assertEqual([result.state for result in self._evaluate(order)], ["below", "below"])
        self.assertAlmostEqual(self._evaluate(order)[0].net, 60)

    def test_free_only_is_below(self):
        self._create_floor(fixed_price=75)
        self._assert_floor(self._create_lines({"price_unit": 100, "discount": 100}), "below", 75, 75)

    def test_combo_is_judged_as_one(self):
        cheap = self._create_product("Cheap", list_price=50)
        combo = self.env["product.combo"].create(
            {
                "name": "Choice",
                "company_id": self.company.id,
                "combo_item_ids": [
                    Command.create({"product_id": self.product.id}),
                    Command.create({"product_id": cheap.id}),
                ],
            }
        )
        bundle = self._create_product(
            "Bundle", type="combo", combo_ids=[Command.set(combo.ids)], list_price=150, company_id=self.company.id
        )
        self._create_floor(fixed_price=90)
        self._create_floor(product_tmpl_id=cheap.product_tmpl_id.id, fixed_price=40)
        order = self._create_lines({"product_id": bundle.id, "price_unit": 0})
        parent = order.order_line
        for product, price in ((self.product, 80), (cheap, 50)):
            item = combo.combo_item_ids.filtered(lambda item, product=product: item.product_id == product)
            self.env["sale.order.line"].with_user(self.user_s).create(
                {
                    "order_id": order.id,
                    "product_id": product.id,
                    "linked_line_id": parent.id,
                    "combo_item_id": item.id,
                }
            ).write({"price_unit": price, "tax_ids": False})
        self.assertEqual([r.state for r in self._evaluate(order) if r.floor], ["ok", "ok"])
        order.order_line[2].price_unit = 45
        self.assertEqual([r.state for r in self._evaluate(order) if r.floor], ["below", "below"])

    def test_more_digits_than_the_currency(self):
        self.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 6
        self._create_floor(fixed_price=0.123456)
        for price, state in ((0.123455, "below"), (0.123456, "ok")):
            order = self._create_lines({"price_unit": price, "product_uom_qty": 1000})
            self._assert_floor(order, state, 0.123456)

    # === SCOPES === #

    def test_archived_expired_and_future(self):
        today = fields.Date.today()
        self._create_floor(fixed_price=80, active=False)
        self._create_floor(fixed_price=81, date_end=today - timedelta(days=1))
        self._create_floor(fixed_price=82, date_start=today + timedelta(days=1))
        order = self._create_lines({"price_unit": 1})
        self._assert_floor(order, "none")
        self._assert_floor(order.with_context(active_test=False), "none")

    def test_change_of_a_red_line_counts_at_once(self):
        floor = self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 80})
        self._assert_floor(order, "ok", 80)
        floor.fixed_price = 90
        self._assert_floor(order, "below", 90)
        order.action_confirm()
        self.assertEqual(order.review_state, "pending", "the gate computes anew, whatever the line has stored")

    def test_variant_before_template(self):
        self._create_floor(fixed_price=80)
        self._create_floor(applied_on="variant", product_tmpl_id=False, product_id=self.product.id, fixed_price=60)
        self._assert_floor(self._create_lines({"price_unit": 70}), "ok", 60)

    def test_customer_before_class_before_none(self):
        self.customer.customer_class_id = self.class_a
        self._create_floor(fixed_price=80, sequence=1)
        self._create_floor(fixed_price=70, customer_class_ids=[Command.set(self.class_a.ids)])
        order = self._create_lines({"price_unit": 65})
        self._assert_floor(order, "below", 70)
        self._create_floor(fixed_price=60, partner_id=self.customer.id)
        self._assert_floor(order, "ok", 60)

    def test_customer_that_joins_a_company(self):
        group, branch = self.env["res.partner"].create([{"name": "Group"}, {"name": "Branch"}])
        self._create_floor(fixed_price=80, partner_id=branch.id)
        order = self._create_lines({"price_unit": 70}, partner_id=group.id)
        self._assert_floor(order, "none")
        branch.parent_id = group
        self._assert_floor(order, "below", 80, 10)

    def test_department_narrows(self):
        self._create_floor(fixed_price=80, department_ids=[Command.set(self.head_office.ids)])
        self._assert_floor(self._create_lines({"price_unit": 70}), "below", 80)
        other = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        self.env["sale.price.floor"].search([]).department_ids = other
        self._assert_floor(self._create_lines({"price_unit": 70}), "none")

    def test_cost_of_each_company(self):
        other = self.env["res.company"].create({"name": "Sister", "currency_id": self.cny.id})
        self._create_floor(compute_price="cost_margin", percentage=20, company_id=False)
        self.product.with_company(self.company).standard_price = 80
        self.product.with_company(other).standard_price = 8
        self._assert_floor(self._create_lines({"price_unit": 99.99}), "below", 100)
        order = self._create_lines({"price_unit": 100})
        self._assert_floor(order.with_company(other), "ok", 100)

    def test_yellow_band(self):
        self._create_floor(fixed_price=100, warn_price_percentage=5)
        for price, state in ((99.99, "below"), (100, "warn"), (104.99, "warn"), (105, "ok")):
            self._assert_floor(self._create_lines({"price_unit": price}), state, 100)

    # === BAD INPUT === #

    def test_bad_figures_are_refused(self):
        for values in (
            {"compute_price": "cost_margin", "percentage": 100},
            {"compute_price": "list_discount", "percentage": -1},
            {"fixed_price": -1},
            {"min_quantity": -1},
            {"date_start": "2026-02-01", "date_end": "2026-01-01"},
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self._create_floor(**values)

    def test_missing_target_is_refused_by_name(self):
        for applied_on, name in (("template", "product"), ("category", "category"), ("variant", "variant")):
            with self.assertRaises(ValidationError) as refusal:
                self._create_floor(applied_on=applied_on, product_tmpl_id=False)
            self.assertIn(f"choose the {name}", str(refusal.exception))
