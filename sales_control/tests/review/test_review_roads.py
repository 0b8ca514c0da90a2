from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import CORE_CONTEXT, ReviewCommon


@tagged("post_install", "-at_install")
class TestRoadsToConfirmation(ReviewCommon):
    """Every road to a confirmed order, as a plain salesperson."""

    def test_button(self):
        order = self._create_order(60000)
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))

    def test_write_state(self):
        order = self._create_order(60000)
        with self.assertRaises(ValidationError):
            order.write({"state": "sale"})
        order.invalidate_recordset()
        self.assertEqual(order.state, "draft")

    def test_write_state_with_a_lower_price_that_is_raised_later(self):
        order = self._create_order(40000)
        with self.assertRaises(ValidationError):
            order.write({"state": "sale", "order_line": [Command.update(order.order_line.id, {"price_unit": 60000})]})

    def test_context_default_state(self):
        with self.assertRaises(ValidationError):
            self._create_order(60000, user=self.user_s.with_context(default_state="sale"), state="sale")
        order = (
            self.env["sale.order"]
            .with_user(self.user_s)
            .with_context(default_review_state="approved", default_on_hold=True)
            .create({"partner_id": self.customer.id})
        )
        self.assertEqual((order.review_state, order.on_hold), ("clear", False))

    def test_defaults_in_the_context_do_not_reach_a_review(self):
        order = self._create_order(60000)
        order.with_context(
            default_state="approved",
            default_valid_until="2099-12-31",
            default_decided_by=self.user_s.id,
            default_comment="forged",
            default_candidate_ids=[Command.set(self.user_s.ids)],
        ).action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual((review.state, review.valid_until), ("pending", False))
        self.assertEqual(review.step_ids[0].candidate_ids, self.user_m)
        self.assertFalse(review.step_ids.decided_by)
        self.assertFalse(any(review.step_ids.mapped("comment")))

    def test_context_keys_of_core_do_not_help(self):
        order = self._create_order(60000)
        keys = {**CORE_CONTEXT, "sales_control.edited_orders": order.ids}
        with self.assertRaises(ValidationError):
            order.with_context(**keys).write({"state": "sale"})

    def test_superuser_is_held_too(self):
        order = self._create_order(60000).sudo()
        order._validate_order()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        self.assertEqual(order.order_review_ids.requested_by, self.user_s)

    def test_result_fields_cannot_be_written(self):
        order = self._create_order(60000)
        for values in {"review_state": "approved"}, {"on_hold": False}, {"review_count": 0}:
            with self.assertRaises(AccessError):
                order.write(values)
        order.write({"contract_mismatch": True})
        order.sudo().write({"review_count": 7})
        self.assertEqual((order.review_count, order.contract_mismatch), (0, False))

    def test_amounts_follow_from_the_lines(self):
        order = self._create_order(60000)
        order.write({"amount_untaxed": 1, "amount_total": 1})
        order.order_line.write({"price_subtotal": 1, "price_total": 1})
        self.assertEqual((order.amount_untaxed, order.order_line.price_subtotal), (60000, 60000))
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        with self.assertRaises(ValidationError):
            self._create_order(60000, state="sale", amount_untaxed=1, amount_total=1)

    def test_reviews_cannot_be_forged(self):
        order = self._create_order(60000)
        values = self._prepare_forged_review(order)
        with self.assertRaises(AccessError):
            self.env["sale.order.review"].with_user(self.user_s).create(values)
        with self.assertRaises(AccessError):
            order.write({"order_review_ids": [Command.create(values)]})
        order.action_confirm()
        review = order.order_review_ids
        for user in self.user_s, self.user_m, self.env.ref("base.user_admin"):
            with self.assertRaises(AccessError):
                review.with_user(user).write({"state": "approved"})
            with self.assertRaises(AccessError):
                review.with_user(user).unlink()
            with self.assertRaises(AccessError):
                review.step_ids.with_user(user).write({"state": "approved", "decided_by": self.user_m.id})
            with self.assertRaises(AccessError):
                review.step_ids.with_user(user).unlink()
        with self.assertRaises(AccessError):
            order.write({"order_review_ids": [Command.update(review.id, {"state": "approved"})]})
        with self.assertRaises(AccessError):
            order.write({"order_review_ids": [Command.delete(review.id)]})

    def test_rules_cannot_be_changed_by_salespeople(self):
        with self.assertRaises(AccessError):
            self.rule.with_user(self.user_s).write({"min_amount": 1e9})
        with self.assertRaises(AccessError):
            self.company.with_user(self.user_s).write({"review_default_reviewer_ids": self.user_s.ids})

    def test_reopened_order(self):
        order = self._create_order(60000)
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual(order.state, "sale")
        order.action_cancel()
        order.action_draft()
        with self.assertRaises(ValidationError):
            order.write({"state": "sale"})

    def test_salesperson_reads_only_his_reviews(self):
        order = self._create_order(60000)
        order.action_confirm()
        Review = self.env["sale.order.review"]
        self.assertTrue(Review.with_user(self.user_s).search([("order_id", "=", order.id)]))
        self.assertTrue(Review.with_user(self.user_m).search([("order_id", "=", order.id)]))
        self.assertFalse(Review.with_user(self.user_s2).search([("order_id", "=", order.id)]))

    def test_reviewer_reads_the_order_and_cannot_change_it(self):
        order = self._create_order(60000)
        self.assertFalse(order.with_user(self.user_m).has_access("read"))
        order.action_confirm()
        self.assertTrue(order.with_user(self.user_m).has_access("read"))
        self.assertFalse(order.with_user(self.user_m).has_access("write"))
        self.assertFalse(order.with_user(self.user_s2).has_access("read"))


@tagged("post_install", "-at_install")
class TestRoadsToAnotherFigure(ReviewCommon):
    """Edits of quotations after approval, and of confirmed orders."""

    def _create_approved(self, **values):
        order = self._create_order(6000, quantity=10, **values)
        order.action_request_review()
        self._approve_all(order)
        return order

    def _create_confirmed(self, price=4000, quantity=10):
        order = self._create_order(price, quantity=quantity)
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual((order.state, order.on_hold), ("sale", False))
        return order

    def _assert_uncovered(self, order):
        with self.assertRaises(ValidationError):
            order.write({"state": "sale"})

    def test_line_edits_after_approval(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        other = self._create_product("Other")
        for values in (
            {"price_unit": 6001},
            {"product_uom_qty": 11, "price_unit": 6000},
            {"product_uom_id": dozen.id, "price_unit": 72000},
            {"product_id": other.id, "price_unit": 6001},
        ):
            order = self._create_approved()
            order.order_line.write(values)
            self.assertEqual(order.review_state, "clear", values)
            self._assert_uncovered(order)

    def test_new_line_after_approval(self):
        order = self._create_approved()
        self.env["sale.order.line"].with_user(self.user_s).create(
            {"order_id": order.id, "product_id": self.product.id, "price_unit": 1}
        )
        self._assert_uncovered(order)

    def test_line_moved_in_after_approval(self):
        order = self._create_approved()
        self._create_order(10).order_line.order_id = order
        self._assert_uncovered(order)

    def test_negative_line_removed_after_approval(self):
        order = self._create_order(6000, quantity=10)
        line = self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self.product.id, "price_unit": -5000}
        )
        order.action_request_review()
        self._approve_all(order)
        self.assertEqual(order.review_state, "approved")
        line.with_user(self.user_s).unlink()
        self.assertEqual(order.review_state, "clear")
        self._assert_uncovered(order)

    def test_discount_taken_back_after_approval(self):
        order = self._create_order(6000, quantity=10)
        order.order_line.discount = 10
        order.action_request_review()
        self._approve_all(order)
        order.order_line.discount = 5
        self._assert_uncovered(order)

    def test_tax_after_approval_on_total(self):
        self.rule.amount_basis = "total"
        order = self._create_approved()
        order.order_line.tax_ids = self._create_vat()
        self._assert_uncovered(order)

    def test_discount_wizard_takes_nothing_and_gives_nothing(self):
        order = self._create_approved()
        self.env["sale.order.discount"].with_user(self.user_s).create(
            {"sale_order_id": order.id, "discount_type": "sol_discount", "discount_percentage": 0.1}
        ).action_apply_discount()
        self.assertEqual(order.amount_untaxed, 54000)
        self.assertEqual(order.review_state, "approved", "smaller is no worse")

    def test_currency_customer_and_fiscal_position_after_approval(self):
        usd_list = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        fiscal_position = self.env["account.fiscal.position"].create({"name": "Export", "company_id": self.company.id})
        other = self.env["res.partner"].create({"name": "Someone Else"})
        for values in (
            {"pricelist_id": usd_list.id},
            {"fiscal_position_id": fiscal_position.id},
            {"partner_id": other.id},
        ):
            order = self._create_approved()
            order.write(values)
            self._assert_uncovered(order)

    def test_confirmed_order_gets_worse(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        for values in (
            {"price_unit": 6000},
            {"product_uom_qty": 20, "price_unit": 4000},
            {"product_uom_id": dozen.id, "price_unit": 48000},
        ):
            order = self._create_confirmed()
            order.order_line.write(values)
            self.assertTrue(order.on_hold, values)
            self.assertEqual(order.review_state, "pending")
            self.assertEqual(self._get_reviewers(order), self.user_m)
            self._approve_all(order)
            self.assertEqual((order.on_hold, order.review_state, order.state), (False, "approved", "sale"))

    def test_confirmed_order_gets_better_or_stays_covered(self):
        order = self._create_confirmed(price=6000)
        order.order_line.price_unit = 5500
        self.assertEqual((order.on_hold, order.review_state), (False, "approved"))
        order.order_line.price_unit = 6000
        self.assertFalse(order.on_hold)
        order.order_line.price_unit = 6000.01
        self.assertTrue(order.on_hold)
        order.order_line.price_unit = 6000
        self.assertEqual((order.on_hold, order.review_state), (False, "approved"))
        self.assertFalse(self._get_reviewers(order))

    def test_confirmed_before_the_rule_stays_free_until_it_gets_worse(self):
        self.rule.active = False
        order = self._create_confirmed(price=6000)
        self.rule.active = True
        order.order_line.price_unit = 5900
        self.assertFalse(order.on_hold)
        order.order_line.price_unit = 5950
        self.assertTrue(order.on_hold)

    def test_unlock_and_edit(self):
        order = self._create_confirmed()
        order.action_lock()
        with self.assertRaises(UserError):
            order.order_line.price_unit = 9000
        order.action_unlock()
        order.order_line.price_unit = 9000
        self.assertTrue(order.on_hold)

    def test_line_created_in_a_locked_order(self):
        order = self._create_confirmed()
        order.action_lock()
        self.env["sale.order.line"].with_user(self.user_s).create(
            {"order_id": order.id, "product_id": self.product.id, "price_unit": 20000}
        )
        self.assertTrue(order.on_hold)

    def test_line_moved_into_a_confirmed_order(self):
        order = self._create_confirmed()
        self._create_order(20000).order_line.order_id = order
        self.assertTrue(order.on_hold)

    def test_currency_of_a_confirmed_order(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.14}
        )
        order = self._create_confirmed()
        order.write({"currency_id": self.usd.id})
        self.assertTrue(order.on_hold)

    def test_order_date_does_not_choose_the_rate(self):
        rates = self.env["res.currency.rate"]
        for name, rate in (("2020-01-01", 0.14), ("2019-01-01", 0.99)):
            rates.create({"currency_id": self.usd.id, "company_id": self.company.id, "name": name, "rate": rate})
        usd_list = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        order = self._create_order(5000, pricelist_id=usd_list.id)
        order.action_confirm()
        self.assertEqual(order.confirmed_on, fields.Date.today())
        order.write({"date_order": "2019-06-01 08:00:00", "currency_rate": 99})
        order.order_line.price_unit = 10000
        self.assertTrue(order.on_hold)
        self.assertAlmostEqual(order.sudo().order_review_ids.measure, 71428.57, 2)
        with self.assertRaises(AccessError):
            order.write({"confirmed_on": "2019-06-01"})

    def test_customer_of_an_approved_confirmed_order(self):
        order = self._create_confirmed(price=6000)
        other = self.env["res.partner"].create({"name": "Someone Else"})
        order.write({"partner_id": other.id})
        self.assertTrue(order.on_hold)

    def test_five_hundred_lines_are_judged_once(self):
        order = self._create_order(1)
        lines = [Command.create({"product_id": self.product.id, "price_unit": 1}) for _index in range(30)]
        order.write({"order_line": lines})
        order.action_confirm()
        counts = []
        for size in (10, 20, 30):
            values = [Command.update(line.id, {"price_unit": size}) for line in order.order_line[:size]]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            order.write({"order_line": values})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2] - counts[1], 10, "at most the one update of each line more")

    def test_context_cannot_declare_an_order_judged(self):
        order = self._create_confirmed()
        order.with_context(**{"sales_control.edited_orders": order.ids}).order_line.price_unit = 9000
        self.assertTrue(order.on_hold)
