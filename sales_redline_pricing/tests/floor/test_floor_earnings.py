from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestNegativePrices(FloorCommon):
    """Whatever is sold is judged, whatever the sign of its price; what takes money off lowers the rest besides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.speaker = cls._create_product("Speaker", type="consu")
        cls.lathe = cls._create_product("Lathe", type="consu")

    def _assert_states(self, order, *states):
        self.assertEqual(tuple(result.state for result in self._evaluate(order)), states)

    def test_goods_and_services_beside_dear_ones(self):
        """F15: 10 x 480.00 beside 1 x -0.01."""
        self._create_floor(applied_on="all", product_tmpl_id=False, fixed_price=100)
        for product in (self.lathe, self.product):
            for line in ({"price_unit": -0.01}, {"price_unit": 100, "discount": 100.01}, {"price_unit": -100}):
                with self.subTest(product=product.name, line=line):
                    order = self._create_lines(
                        {"product_id": self.speaker.id, "product_uom_qty": 10, "price_unit": 480},
                        {"product_id": product.id, **line},
                    )
                    self._assert_states(order, "ok", "below")
                    order.action_confirm()
                    self.assertEqual((order.state, order.review_state), ("draft", "pending"))

    def test_what_it_takes_off_lowers_the_rest(self):
        self._create_floor(product_tmpl_id=self.lathe.product_tmpl_id.id, fixed_price=100)
        order = self._create_lines(
            {"product_id": self.lathe.id, "price_unit": 100},
            {"product_id": self.speaker.id, "price_unit": -50},
        )
        self._assert_floor(order, "below", 100, 50)

    def test_a_discount_has_no_price_of_its_own(self):
        """Products that are sold for nothing stand for discounts, and so does the company's own."""
        self._create_floor(applied_on="all", product_tmpl_id=False, fixed_price=100)
        goodwill = self._create_product("Goodwill", list_price=0)
        self.company.sale_discount_product_id = self._create_product("Discount")
        for product in (goodwill, self.company.sale_discount_product_id):
            order = self._create_lines(
                {"product_id": self.speaker.id, "price_unit": 200}, {"product_id": product.id, "price_unit": -50}
            )
            self._assert_states(order, "ok", "none")
        self._create_floor(product_tmpl_id=goodwill.product_tmpl_id.id, fixed_price=10)
        order = self._create_lines(
            {"product_id": self.speaker.id, "price_unit": 200}, {"product_id": goodwill.id, "price_unit": -50}
        )
        self._assert_states(order, "ok", "below")

    def test_free_pieces_reach_the_step(self):
        self._create_floor(fixed_price=90)
        self._create_floor(fixed_price=80, min_quantity=105)
        for free, state, floor in ((4, "ok", 90), (5, "ok", 80)):
            order = self._create_lines(
                {"price_unit": 100, "product_uom_qty": 100}, {"price_unit": 0, "product_uom_qty": free}
            )
            self._assert_floor(order, state, floor)
            self._assert_floor(order, state, floor, index=1)
        order = self._create_lines({"price_unit": 80, "product_uom_qty": 60}, {"price_unit": 80, "product_uom_qty": 45})
        self._assert_states(order, "below", "below")


@tagged("post_install", "-at_install")
class TestReturns(FloorCommon):
    """Goods that come back: real ones are no matter of what is sold, the rest is a discount."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods, cls.lathe, cls.screw = (
            cls._create_product(name, type="consu", list_price=100) for name in ("Goods", "Lathe", "Screw")
        )
        cls._create_floor(product_tmpl_id=cls.goods.product_tmpl_id.id, fixed_price=100)

    def _sell(self, quantity, price, product=None, **values):
        product = product or self.goods
        return {"product_id": product.id, "product_uom_qty": quantity, "price_unit": price, **values}

    def _confirm(self, *lines, **values):
        order = self._create_lines(*lines, **values)
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual(order.state, "sale")
        return order

    def _assert_net(self, net, *lines):
        order = self._create_lines(*lines)
        self.assertAlmostEqual(self._evaluate(order)[0].net, net, 2)
        return order

    def test_pooled_with_its_signs(self):
        """F15: 11 x 100.00 and -1 x 500.00 are 10 for 600.00."""
        order = self._assert_net(60, self._sell(11, 100), self._sell(-1, 500))
        self._assert_floor(order, "below", 100, 40)
        order = self._assert_net(100, self._sell(11, 100), self._sell(-1, 100))
        self._assert_floor(order, "ok", 100)
        # What comes back for less raises no price.
        self._assert_net(95, self._sell(11, 95), self._sell(-1, 0.01))

    def test_two_returns_are_each_compared(self):
        self._assert_net(700 / 11, self._sell(11, 100), self._sell(-1, 500), self._sell(-100, 0.01))

    def test_free_pieces_that_come_back_for_money(self):
        self._assert_net(50, self._sell(10, 100), self._sell(5, 0), self._sell(-5, 100))

    def test_another_product_that_comes_back(self):
        self._create_floor(product_tmpl_id=self.lathe.product_tmpl_id.id, fixed_price=34000)
        lines = self._sell(1, 34380, self.lathe), self._sell(-1, 30000, self.screw)
        order = self._assert_net(4380, *lines)
        self._assert_floor(order, "below", 34000, 29620)
        # Sold for a little of it, once.
        self._confirm(self._sell(1, 20, self.screw))
        self._assert_net(4380 + 20, *lines)

    def test_a_real_return_is_left_alone(self):
        self._confirm(self._sell(2, 120))
        order = self._assert_net(100, self._sell(11, 100), self._sell(-1, 120))
        self._assert_floor(order, "ok", 100)
        order = self._assert_net(100, self._sell(11, 100), self._sell(-2, 120))
        self._assert_floor(order, "ok", 100)
        # Three of two, or for more than it was sold for.
        self._assert_net((1100 - 120) / 10, self._sell(11, 100), self._sell(-3, 120))
        self._assert_net((1100 - 130) / 10, self._sell(11, 100), self._sell(-1, 130))

    def test_every_piece_comes_back_for_what_it_was_sold_for(self):
        """Sold dear once, and cheap often: one of them was dear, whichever was the last."""
        for quantity, price in ((1, 500), (100, 100)):
            order = self._confirm(self._sell(quantity, price, self.screw))
            order.sudo().confirmed_on = "2026-01-01" if quantity == 1 else "2026-02-01"
        for back, net in ((1, 34000), (2, 34000 - 400), (50, 34000 - 49 * 400)):
            self._assert_net(net, self._sell(1, 34000, self.lathe), self._sell(-back, 500, self.screw))
        self._confirm(self._sell(1, 34000, self.lathe), self._sell(-1, 500, self.screw))
        self._assert_net(33600, self._sell(1, 34000, self.lathe), self._sell(-1, 500, self.screw))

    def test_what_was_not_sold_after_all(self):
        """Sold for 500.00, given back with the next order, and then cancelled or sold for less."""
        for change in ("cancel", "lower", "fewer"):
            with self.subTest(change=change):
                sold = self._confirm(self._sell(1, 500))
                order = self._create_lines(self._sell(11, 100), self._sell(-1, 500))
                order.action_confirm()
                self.assertEqual((order.state, order.on_hold), ("sale", False))
                line = sold.order_line
                if change == "cancel":
                    sold.action_cancel()
                else:
                    line.write(
                        {
                            "lower": {"price_unit": 100},
                            "fewer": {"product_uom_qty": 0, "price_unit": 500},
                        }[change]
                    )
                self.assertEqual((order.on_hold, order.review_state), (True, "pending"))
                (order | sold)._action_cancel()

    def test_what_came_back_once_does_not_come_back_again(self):
        self._confirm(self._sell(1, 120))
        self._confirm(self._sell(1, 100, self.lathe), self._sell(-1, 120))
        self._assert_net(98, self._sell(11, 100), self._sell(-1, 120))

    def test_what_counts_is_what_it_was_sold_for_after_discounts(self):
        """An invoice of 500.00 with 400.00 off was a sale for 100.00."""
        discount = {"product_id": self._create_product("Discount", list_price=0).id, "price_unit": -400}
        self._confirm(self._sell(1, 500), discount)
        self._assert_net(60, self._sell(11, 100), self._sell(-1, 500))

    def test_sold_to_somebody_else_later_or_not_at_all(self):
        other = self.env["res.partner"].create({"name": "Other", "company_id": self.company.id})
        self._confirm(self._sell(1, 500), partner_id=other.id)
        self._create_lines(self._sell(1, 500))
        self._assert_net(60, self._sell(11, 100), self._sell(-1, 500))

    def test_money_that_goes_round_bears_no_discount(self):
        """1,000 and 999 of them back, and 10.00 off: one piece for 90.00."""
        discount = {"product_id": self._create_product("Discount", list_price=0).id, "price_unit": -10}
        self._assert_net(90, self._sell(1000, 100), self._sell(-999, 100), discount)
        # The same with pieces that were sold before: what is left of the goods bears what it is worth.
        self._confirm(self._sell(999, 100, self.screw))
        self._create_floor(product_tmpl_id=self.lathe.product_tmpl_id.id, fixed_price=10)
        self._assert_net(
            100 - 5,
            self._sell(1, 100, self.lathe),
            self._sell(1000, 100, self.screw),
            self._sell(-999, 100, self.screw),
            discount,
        )

    def test_what_comes_back_reaches_no_step(self):
        self._create_floor(product_tmpl_id=self.goods.product_tmpl_id.id, fixed_price=70, min_quantity=100)
        order = self._create_lines(self._sell(100, 70), self._sell(-99, 70))
        self._assert_floor(order, "below", 100, 30)

    def test_many_orders_are_looked_up_at_once(self):
        orders = [self._create_lines(self._sell(11, 100), self._sell(-1, 500)) for _index in range(6)]
        counts = []
        for some in (orders[:2], orders[:2], orders[2:]):
            some = self.env["sale.order"].concat(*some)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._get_floor_evaluations()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestWhoAndWhen(FloorCommon):
    """For whom and on which day a red line counts."""

    def _create_partner(self, name, **values):
        return self.env["res.partner"].create({"name": name, "company_id": self.company.id, **values})

    def test_the_stricter_of_customer_and_payer(self):
        cheap = self._create_partner("Outlet", customer_class_id=self.class_a.id)
        self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=60, customer_class_ids=[Command.set(self.class_a.ids)])
        contact = self._create_partner("Delivery address", parent_id=cheap.id)
        for customer, payer, receiver, floor in (
            (cheap, cheap, self.customer, 60),
            (cheap, contact, cheap, 60),
            (cheap, self.customer, cheap, 80),
            (self.customer, cheap, cheap, 80),
        ):
            order = self._create_lines(
                {"price_unit": 70},
                partner_id=customer.id,
                partner_invoice_id=payer.id,
                partner_shipping_id=receiver.id,
            )
            self._assert_floor(order, "ok" if floor == 60 else "below", floor)

    def test_what_refuses_counts_before_what_warns(self):
        """The payer's red line is higher and warns only; that of the customer refuses."""
        payer = self._create_partner("Payer")
        self._create_floor(fixed_price=80, enforcement="block", partner_id=self.customer.id)
        self._create_floor(fixed_price=90, enforcement="warn", partner_id=payer.id)
        for price, floor in ((79, 80), (85, 90)):
            order = self._create_lines({"price_unit": price}, partner_invoice_id=payer.id)
            self._assert_floor(order, "below", floor)

    def test_a_change_of_the_payer_is_judged(self):
        payer = self._create_partner("Payer")
        self._create_floor(fixed_price=90, partner_id=payer.id)
        order = self._create_lines({"price_unit": 85})
        order.action_confirm()
        self.assertEqual((order.state, order.on_hold), ("sale", False))
        order.partner_invoice_id = payer
        self.assertTrue(order.on_hold)
        self.assertEqual(order.order_line.floor_state, "below")

    def test_the_department_of_the_author(self):
        """Whoever may not choose a department could choose the salesperson that it follows from."""
        outlet = self.env["hr.department"].create({"name": "Outlet", "company_id": self.company.id})
        self._create_floor(fixed_price=80, department_ids=[Command.set(self.sales_east.ids)])
        self._create_floor(fixed_price=5, department_ids=[Command.set(outlet.ids)])
        order = self._create_lines({"price_unit": 70})
        order.sudo().department_id = outlet
        self._assert_floor(order, "below", 80, 10)

    def test_days_turn_where_the_company_is(self):
        march, april = "2026-03-31", "2026-04-01"
        self._create_floor(fixed_price=75, date_end=march)
        self._create_floor(fixed_price=80, date_start=april)
        for tz, moment, floor in (
            ("Asia/Shanghai", "2026-03-31 15:59:00", 75),
            ("Asia/Shanghai", "2026-03-31 16:30:00", 80),
            ("America/Los_Angeles", "2026-04-01 06:30:00", 75),
            ("America/Los_Angeles", "2026-04-01 07:30:00", 80),
        ):
            self.company.partner_id.tz = tz
            self.env.registry.clear_cache()
            with self.subTest(tz=tz, moment=moment), freeze_time(moment):
                order = self._create_lines({"price_unit": 76}, date_order="2026-03-01")
                self._assert_floor(order, "ok" if floor == 75 else "below", floor)

    def test_marks_are_those_of_the_day_where_the_company_is(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env.registry.clear_cache()
        self.env["ir.config_parameter"].search([("key", "like", "price_floor_changed_on")]).unlink()
        with freeze_time("2026-03-31 15:00:00"):
            order = self._create_lines({"price_unit": 76})
            order.sudo()._refresh_price_floors()
        for moment, is_stale in (("2026-03-31 15:30:00", False), ("2026-03-31 16:30:00", True)):
            with freeze_time(moment):
                domain = self.env["sale.order"]._get_stale_price_floor_domain()
                self.assertEqual(bool(self.env["sale.order"].search(domain) & order), is_stale)

    def test_a_backdated_order_takes_no_line_of_the_past(self):
        today = fields.Date.today()
        self._create_floor(fixed_price=75, date_end=fields.Date.subtract(today, days=1))
        self._create_floor(fixed_price=80, date_start=today)
        order = self._create_lines({"price_unit": 76}, date_order=fields.Date.subtract(today, days=30))
        self._assert_floor(order, "below", 80, 4)
