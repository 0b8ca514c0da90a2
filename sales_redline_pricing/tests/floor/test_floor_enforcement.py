from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestFloorOnOrders(FloorCommon):
    """Warn, review, block; what an approval covers."""

    def _request(self, price, **floor):
        self._create_floor(**({"fixed_price": 80} | floor))
        order = self._create_lines({"price_unit": price, "product_uom_qty": 3})
        order.action_confirm()
        return order

    def test_warn_confirms_and_marks(self):
        order = self._request(70, enforcement="warn")
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.order_line.floor_state, "below")
        self.assertTrue(order.has_price_below_floor)

    def test_block_refuses_without_telling_the_floor(self):
        with self.assertRaises(UserError) as refusal:
            self._request(70, enforcement="block")
        self.assertIn("Machine", str(refusal.exception))
        self.assertNotRegex(str(refusal.exception), r"\b80\b")

    def test_block_refuses_every_road(self):
        self._create_floor(fixed_price=80, enforcement="block")
        order = self._create_lines({"price_unit": 70})
        with self.assertRaises(ValidationError):
            order.write({"state": "sale"})

    def test_block_refuses_edits_of_confirmed_orders(self):
        order = self._request(90, enforcement="block")
        self.assertEqual(order.state, "sale")
        with self.assertRaises(UserError):
            order.order_line.price_unit = 70

    def test_review_opens_with_the_shortfall(self):
        order = self._request(78.5)
        review = order.sudo().order_review_ids
        self.assertEqual((order.state, review.kind), ("draft", "price"))
        self.assertAlmostEqual(review.measure, 1.5)
        self.assertAlmostEqual(review.facts["gap_total"], 4.5)
        review.with_user(self.user_m).action_approve()
        self.assertEqual(order.state, "sale")

    def test_one_finding_per_product_with_its_worst_line_and_all_that_is_given_away(self):
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 79}, {"price_unit": 75, "product_uom_qty": 2})
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual((review.key, review.measure, review.stake), (f"product:{self.product.id}", 5, 11))

    def _approve_short_by_five(self, tolerance=0):
        """Return a quotation of 10 pieces at 75.00 under a red line of 80.00, approved and not confirmed."""
        self.rule.tolerance = tolerance
        self.company.review_auto_confirm = False
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 75, "product_uom_qty": 10})
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual((review.measure, review.stake), (5, 50))
        self._approve_all(order)
        return order

    def test_without_a_cost_a_lower_price_is_worse(self):
        """Nobody can tell the shortfall: what was approved is that price and that quantity, or better."""
        self.company.review_auto_confirm = False
        self._create_floor(compute_price="cost_markup", percentage=10)
        order = self._create_lines({"price_unit": 60, "product_uom_qty": 10})
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual((review.measure, review.stake), (-60, 1000))
        self.assertEqual(self._get_reviewers(order), self.user_m)
        self._approve_all(order)
        for quantity, price, covered in (
            (10, 60, True),
            (10, 59.99, False),
            (1, 0.01, False),
            (11, 60, False),
            (10, 61, True),
            (9, 99, True),
        ):
            self.assertEqual(self._is_covered(order, quantity, price), covered, (quantity, price))

    def _is_covered(self, order, quantity, price):
        order.order_line.write({"product_uom_qty": quantity, "price_unit": price})
        return not order._get_uncovered_findings("confirm")[order]

    def test_a15_an_approval_covers_what_is_given_away_in_all(self):
        order = self._approve_short_by_five()
        self.assertTrue(self._is_covered(order, 8, 75))
        self.assertFalse(self._is_covered(order, 12, 75))
        self.assertTrue(self._is_covered(order, 10, 76))
        self.assertFalse(self._is_covered(order, 14, 76), "given away: 56.00")

    def test_a15_within_the_tolerance(self):
        order = self._approve_short_by_five(tolerance=25)
        self.assertTrue(self._is_covered(order, 12, 75))
        self.assertFalse(self._is_covered(order, 13, 75))

    def test_a_sample_at_one_covers_no_forty(self):
        self._create_floor(fixed_price=100)
        order = self._create_lines({"price_unit": 1, "product_uom_qty": 1})
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual(order.state, "sale")
        order.order_line.write({"product_uom_qty": 40, "price_unit": 1})
        self.assertEqual((order.on_hold, order.review_state), (True, "pending"))

    def test_another_red_line_with_a_smaller_shortfall_is_covered(self):
        floor = self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=78, min_quantity=10)
        order = self._create_lines({"price_unit": 75, "product_uom_qty": 9})
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual((order.state, order.order_line.sudo().price_floor_rule_id), ("sale", floor))
        order.order_line.write({"product_uom_qty": 10, "price_unit": 75})
        self.assertEqual((order.on_hold, len(order.sudo().order_review_ids)), (False, 1))

    def test_two_products_are_asked_side_by_side(self):
        other = self._create_product("Other")
        self._create_floor(fixed_price=80)
        self._create_floor(product_tmpl_id=other.product_tmpl_id.id, fixed_price=80)
        order = self._create_lines({"price_unit": 79}, {"product_id": other.id, "price_unit": 79})
        order.action_confirm()
        reviews = order.sudo().order_review_ids
        self.assertEqual(len(reviews), 2)
        self.assertTrue(all(reviews.mapped("current_step_id")))

    def test_approval_covers_no_lower_price(self):
        order = self._request(78)
        self.company.review_auto_confirm = False
        self._approve_all(order)
        order.order_line.price_unit = 79
        self.assertEqual(order.review_state, "approved")
        order.order_line.price_unit = 78
        self.assertEqual(order.review_state, "approved")
        order.order_line.price_unit = 77.99
        self.assertEqual(order.review_state, "clear")
        with self.assertRaises(ValidationError):
            order.write({"state": "sale"})

    def test_approval_ends_with_a_higher_floor(self):
        order = self._request(78)
        self.company.review_auto_confirm = False
        self._approve_all(order)
        self.env["sale.price.floor"].search([]).fixed_price = 81
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_line_moved_in_from_another_order(self):
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 90})
        order.action_confirm()
        self._create_lines({"price_unit": 10}).order_line.order_id = order
        self.assertTrue(order.on_hold)

    def test_price_of_a_confirmed_order(self):
        order = self._request(90)
        order.order_line.price_unit = 79
        self.assertEqual((order.on_hold, order.review_state), (True, "pending"))
        order.order_line.price_unit = 80
        self.assertEqual((order.on_hold, order.review_state), (False, "clear"))

    def test_statement_count_does_not_grow_with_lines(self):
        self._create_floor(fixed_price=80)
        self._create_floor(
            applied_on="all", product_tmpl_id=False, compute_price="cost_markup", percentage=10, enforcement="warn"
        )
        products = [self._create_product(f"P{index}") for index in range(40)]
        counts = []
        for size in (10, 10, 40):
            order = self._create_lines(*({"product_id": product.id, "price_unit": 90} for product in products[:size]))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._evaluate(order)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestFloorOnInvoices(FloorCommon):
    """The same red lines at posting for what no approved order line stands behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.user_account = cls._create_salesperson("account", "An Accountant", "account.group_account_invoice")

    def _create_invoice(self, price, **values):
        line = {"product_id": self.product.id, "price_unit": price, "tax_ids": [Command.clear()]}
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )

    def test_free_invoice_on_every_road(self):
        self._create_floor(fixed_price=80)
        invoice = self._create_invoice(79)
        for post in (
            lambda: invoice.with_user(self.user_account).action_post(),
            lambda: invoice.write({"state": "posted"}),
        ):
            with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
                post()
            self.assertNotRegex(str(refusal.exception), r"\b80\b")
        invoice.invalidate_recordset()
        invoice.invoice_line_ids.price_unit = 80
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_warn_posts(self):
        self._create_floor(fixed_price=80, enforcement="warn")
        invoice = self._create_invoice(79)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_refunds_are_exempt(self):
        self._create_floor(fixed_price=80)
        refund = self._create_invoice(79, move_type="out_refund")
        refund.action_post()
        self.assertEqual(refund.state, "posted")

    def test_approved_order_line_covers_its_price(self):
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 78})
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual(order.state, "sale")
        invoice = order.sudo()._create_invoices()
        invoice.invoice_line_ids.price_unit = 77
        with self.assertRaises(UserError), self.env.cr.savepoint():
            invoice.action_post()
        invoice.invoice_line_ids.price_unit = 78
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")


@tagged("post_install", "-at_install")
class TestFloorPrivacy(FloorCommon):
    """A salesperson without the right receives neither cost nor red line."""

    def test_fields_are_closed(self):
        self._create_floor(fixed_price=80)
        self.user_s.group_ids |= self.env.ref("base.group_allow_export")
        line = self._create_lines({"price_unit": 79}).order_line
        for name in ("price_floor", "floor_gap", "given_away", "price_floor_rule_id"):
            with self.assertRaises(AccessError):
                line.read([name])
            with self.assertRaises(AccessError):
                line.export_data([name])
            with self.assertRaises(AccessError):
                line.search([(name, ">", 0)])
        with self.assertRaises(AccessError):
            line.env["sale.price.floor"].search([])

    def test_review_tells_nothing(self):
        self._create_floor(fixed_price=83.17)
        order = self._create_lines({"price_unit": 79})
        order.action_confirm()
        review = order.order_review_ids
        self.assertTrue(review.message)
        values = review.read()[0]
        self.assertNotIn("measure", values)
        self.assertNotIn("facts", values)
        texts = [values["message"], order.review_banner, *order.sudo().message_ids.mapped("body")]
        for text in texts:
            self.assertNotIn("83.17", str(text))
            self.assertNotIn("4.17", str(text))
        readers = self.env.ref("sales_redline_pricing.sales_redline_pricing_group_reader")
        self.user_m.group_ids |= readers
        self.assertAlmostEqual(review.with_user(self.user_m).price_shortfall, 4.17)

    def test_passing_price_only_where_the_company_tells_it(self):
        self._create_floor(fixed_price=83.17)
        order = self._create_lines({"price_unit": 79})
        self.assertNotIn("83.17", str(order.review_banner))
        self.company.price_floor_tell_passing = True
        order.invalidate_recordset()
        self.assertIn("83.17", str(order.review_banner))
