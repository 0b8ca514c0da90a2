from freezegun import freeze_time

from odoo.tests import tagged

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestCostMissing(FloorCommon):
    """A red line that rests on a missing cost is seen on the line, with the state values as they are."""

    def test_line_is_marked(self):
        self._create_floor(compute_price="cost_markup", percentage=10)
        order = self._create_lines({"price_unit": 50})
        self.assertEqual((order.order_line.floor_state, order.order_line.floor_cost_missing), ("none", True))
        self.assertTrue(order.has_price_floor)
        self.assertFalse(order.has_price_below_floor)
        explanation = order.order_line.action_explain_floor()["params"]
        self.assertEqual(explanation["state"], "no_cost")
        self.assertIn("cost of the product is missing", explanation["verdict"])

    def test_search(self):
        self._create_floor(compute_price="cost_markup", percentage=10)
        missing = self._create_lines({"price_unit": 50})
        self.env.flush_all()
        self.product.standard_price = 40
        known = self._create_lines({"price_unit": 50})
        self.assertFalse(known.order_line.floor_cost_missing)
        for domain, model, found in (
            ([("order_line.floor_cost_missing", "=", True)], "sale.order", missing),
            ([("floor_cost_missing", "=", True)], "sale.order.line", missing.order_line),
        ):
            self.assertEqual(self.env[model].with_user(self.user_s).search(domain), found)


@tagged("post_install", "-at_install")
class TestFreshMarks(FloorCommon):
    """The marks of open quotations follow red lines, costs and rates; those of confirmed orders stay."""

    def setUp(self):
        super().setUp()
        self.floor = self._create_floor(fixed_price=80, enforcement="warn")

    def _run(self):
        """Run the cron as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("sales_redline_pricing.ir_cron_refresh_price_floors").method_direct_trigger()
        self.env.invalidate_all()

    def _get_marks(self, order):
        line = order.sudo().order_line
        return line.floor_state, line.price_floor, line.floor_gap, order.sudo().has_price_below_floor

    def test_changed_red_line(self):
        order = self._create_lines({"price_unit": 85})
        self.assertEqual(self._get_marks(order), ("ok", 80, 0, False))
        self.floor.fixed_price = 90
        self._run()
        self.assertEqual(self._get_marks(order), ("below", 90, 5, True))
        self.floor.active = False
        self._run()
        self.assertEqual(self._get_marks(order), ("none", 0, 0, False))

    def test_unchanged_marks_are_no_edit(self):
        order = self._create_lines({"price_unit": 85}).sudo()
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET write_date = '2020-01-01', price_floor_checked_on = NULL")
        self.env.cr.execute("UPDATE sale_order_line SET write_date = '2020-01-01'")
        self._run()
        self.assertEqual({order.write_date.year, order.order_line.write_date.year}, {2020})
        self.assertTrue(order.price_floor_checked_on)

    def test_new_and_removed_red_line(self):
        order = self._create_lines({"price_unit": 85}, state="sent")
        nearer = self._create_floor(applied_on="variant", product_id=self.product.id, fixed_price=86)
        self._run()
        self.assertEqual(self._get_marks(order), ("below", 86, 1, True))
        nearer.unlink()
        self._run()
        self.assertEqual(self._get_marks(order), ("ok", 80, 0, False))

    def test_change_runs_the_cron(self):
        cron = self.env.ref("sales_redline_pricing.ir_cron_refresh_price_floors")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.floor.fixed_price = 90
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_confirmed_orders_keep_their_marks(self):
        order = self._create_lines({"price_unit": 85})
        order.action_confirm()
        self.env.flush_all()
        self.floor.fixed_price = 90
        self._run()
        self.assertEqual((order.state, self._get_marks(order)), ("sale", ("ok", 80, 0, False)))

    def test_cost_and_rate_follow_next_day(self):
        rate = self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": "2026-01-01", "rate": 0.125}
        )
        self.product.standard_price = 70
        self.floor.write({"compute_price": "cost_markup", "percentage": 10})
        other = self._create_product("Imported")
        self._create_floor(product_tmpl_id=other.product_tmpl_id.id, currency_id=self.usd.id, fixed_price=10)
        order, imported = (
            self._create_lines({"product_id": product.id, "price_unit": 82}) for product in (self.product, other)
        )
        self.assertEqual(self._get_marks(order), ("ok", 77, 0, False))
        self.assertEqual(self._get_marks(imported), ("ok", 80, 0, False))
        self.product.with_company(self.company).standard_price = 80
        rate.rate = 0.1
        self._run()
        with freeze_time("2027-01-01 03:00:00"):
            self._run()
        self.assertEqual(self._get_marks(order), ("below", 88, 6, True))
        self.assertEqual(self._get_marks(imported), ("below", 100, 18, True))

    def test_every_batch_is_done_once(self):
        orders = self.env["sale.order"].concat(*(self._create_lines({"price_unit": 85}).sudo() for _index in range(5)))
        self.floor.fixed_price = 90
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["sale.order"]._cron_refresh_price_floors(batch_size=2)
        self.env.invalidate_all()
        self.assertEqual(set(orders.order_line.mapped("floor_gap")), {5})

    def test_statements_do_not_grow_with_orders(self):
        counts = []
        for size in (3, 3, 30):
            orders = self.env["sale.order"].concat(
                *(self._create_lines({"price_unit": 85}, {"price_unit": 70}).sudo() for _index in range(size))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._refresh_price_floors()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestShortfallOfReviews(FloorCommon):
    """Who decides sees by how much a price is too low; who asked or sells does not."""

    def setUp(self):
        super().setUp()
        self._create_floor(fixed_price=83.17)
        self.order = self._create_lines({"price_unit": 79, "product_uom_qty": 3})
        self.order.action_confirm()
        self.review = self.order.sudo().order_review_ids

    def _get_shortfall(self, user):
        (values,) = self.review.with_user(user).read(["price_shortfall", "price_shortfall_total"])
        return round(values["price_shortfall"], 2), values["price_shortfall_total"]

    def test_candidate_before_and_after_deciding(self):
        self.assertFalse(self.user_m.has_group("sales_redline_pricing.sales_redline_pricing_group_reader"))
        self.assertEqual(self._get_shortfall(self.user_m), (4.17, 12.51))
        self.review.with_user(self.user_m).action_approve()
        self.assertEqual(self._get_shortfall(self.user_m), (4.17, 12.51))

    def test_delegate(self):
        self.env["sale.review.delegation"].create(
            {
                "user_id": self.user_m.id,
                "delegate_id": self.user_d.id,
                "date_start": "2020-01-01",
                "date_end": "2099-12-31",
            }
        )
        self.assertEqual(self._get_shortfall(self.user_d), (4.17, 12.51))

    def test_requester_sees_none_even_as_a_candidate(self):
        self.review.step_ids.candidate_ids |= self.user_s
        self.assertEqual(self._get_shortfall(self.user_s), (0, 0))

    def test_step_that_is_not_needed(self):
        self.assertEqual(self.review.step_ids.filtered(lambda step: step.candidate_ids == self.user_g).state, "standby")
        self.assertEqual(self._get_shortfall(self.user_g), (0, 0))

    def test_reader_who_asked(self):
        self.user_s.group_ids |= self.env.ref("sales_redline_pricing.sales_redline_pricing_group_reader")
        self.assertEqual(self._get_shortfall(self.user_s), (4.17, 12.51))

    def test_no_road_for_the_requester(self):
        self.user_s.group_ids |= self.env.ref("base.group_allow_export")
        review = self.review.with_user(self.user_s)
        names = ["price_shortfall", "price_shortfall_total"]
        answers = [
            review.read(),
            review.search_read([], names),
            review.web_read({name: {} for name in names}),
            review.export_data(names)["datas"],
            self.order.web_read({"order_review_ids": {"fields": {name: {} for name in names}}}),
        ]
        for answer in answers:
            self.assertNotIn("4.17", str(answer))
            self.assertNotIn("12.51", str(answer))
        for name in names:
            for road in (
                lambda name=name: review.search([(name, ">", 4)]),
                lambda name=name: review.search([], order=name),
                lambda name=name: review.formatted_read_group([], ["state"], [f"{name}:sum"]),
                lambda name=name: review.formatted_read_group([], [name], ["__count"]),
            ):
                with self.assertRaises(ValueError):
                    road()

    def test_screens_show_it(self):
        for kind in ("form", "list", "kanban"):
            arch = self.env["sale.order.review"].with_user(self.user_m).get_view(view_type=kind)["arch"]
            self.assertIn("price_shortfall_total", arch)
