from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditCheck(CreditCheckCommon):
    """What is held at order, delivery and invoice, and what passes."""

    def test_b1_two_drafts_in_one_call(self):
        orders = self._create_quotation(600) | self._create_quotation(600)
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "draft"])
        self.assertEqual(self._get_review(orders[1]).measure, 200)
        orders = self._create_quotation(300) | self._create_quotation(300)
        with self.assertRaisesRegex(ValidationError, "200"):
            orders.write({"state": "sale"})

    def test_every_road_to_a_confirmed_order(self):
        order = self._create_quotation(1100)
        values = {"partner_id": self.customer.id, "state": "sale", "order_line": []}
        line = {"product_id": self.goods.id, "product_uom_qty": 11, "price_unit": 100, "tax_ids": []}
        values["order_line"] = [Command.create(line)]
        roads = (
            lambda: order.write({"state": "sale"}),
            lambda: order.sudo().write({"state": "sale"}),
            lambda: self.env["sale.order"].create(values),
            lambda: order.with_context(skip_credit=True, force=True).write({"state": "sale"}),
        )
        for number, road in enumerate(roads):
            with self.subTest(road=number), self.assertRaises(ValidationError) as caught:
                road()
            self.assertIn("100.00", str(caught.exception))
        self.grade.confirm_policy = "none"
        roads[0]()
        self.assertEqual(order.state, "sale")

    def test_b1_what_does_not_fit_leaves_room_for_the_next(self):
        orders = self._create_quotation(1200) | self._create_quotation(500)
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["draft", "sale"])

    def test_b3_exactly_at_the_limit(self):
        order = self._create_quotation(1000)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        order._action_cancel()
        order = self._create_quotation(1000.01)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertEqual(round(self._get_review(order).measure, 2), 0.01)
        self.assertIn("0.01", self._get_review(order).message)

    def test_b4_order_of_nothing(self):
        self._create_order(quantity=12)
        order = self._create_quotation(0)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_b5_quantity_of_a_confirmed_order(self):
        order = self._create_order(quantity=9, confirm=False)
        order.action_confirm()
        order.order_line.product_uom_qty = 11
        self.assertTrue(order.on_hold)
        self.assertEqual(self._get_review(order).measure, 100)
        order.order_line.product_uom_qty = 9
        self.assertFalse(order.on_hold)
        self.grade.credit_limit = 100
        order.order_line.product_uom_qty = 8
        self.assertFalse(order.on_hold)

    def test_b7_release_runs_out(self):
        order = self._create_quotation(1300)
        order.action_confirm()
        self._get_review(order).with_user(self.user_manager).action_approve("they will pay")
        self.assertEqual(order.state, "sale")
        yesterday = fields.Date.context_today(order) - timedelta(days=1)
        self._get_review(order).sudo().valid_until = yesterday
        with self.assertRaisesRegex(UserError, "300"):
            self._deliver(order, 1)
        self._get_review(order).sudo().valid_until = fields.Date.context_today(order)
        self._deliver(order, 1)

    def test_b8_a_step_that_ends_below_the_excess(self):
        director = self._create_user("director", "sales_team.group_sale_salesman_all_leads")
        self.rule.step_ids = [
            Command.create({"sequence": 2, "approver_type": "user", "user_id": director.id, "min_measure": 200.01})
        ]
        order = self._create_quotation(1300)
        order.action_confirm()
        self._get_review(order).with_user(self.user_manager).action_approve()
        self.assertEqual((order.state, self._get_review(order).state), ("draft", "pending"))
        self._get_review(order).with_user(director).action_approve()
        self.assertEqual(order.state, "sale")

    def test_release_of_one_order_holds_no_other(self):
        first = self._create_quotation(900)
        first.action_confirm()
        second = self._create_quotation(500)
        second.action_confirm()
        self._get_review(second).with_user(self.user_manager).action_approve()
        self._deliver(first, 1)
        self._deliver(second, 1)

    def test_lowered_limit_stops_the_delivery(self):
        order = self._create_quotation(900)
        order.action_confirm()
        self.grade.credit_limit = 500
        with self.assertRaisesRegex(UserError, "400"):
            self._deliver(order, 1)
        self.grade.deliver_policy = "none"
        self._deliver(order, 1)

    def test_raise_that_ends(self):
        today = fields.Date.context_today(self.env.user)
        raised = self.env["credit.limit.adjustment"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "amount": 500,
                "date_end": today,
                "reason": "season",
            }
        )
        self.assertEqual(self.customer.effective_credit_limit, 1000)
        raised.with_user(self.user_manager).action_grant()
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.effective_credit_limit, 1500)
        self.assertEqual(raised.approver_id, self.user_manager)
        order = self._create_quotation(1400)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        raised.with_user(self.user_manager).action_revoke()
        with self.assertRaisesRegex(UserError, "400"):
            self._deliver(order, 1)

    def test_delivery_beyond_the_order(self):
        order = self._create_order(quantity=9, confirm=False)
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "100"):
            self._deliver(order, 11)

    def test_real_debt_only(self):
        self.company.credit_components = "real"
        orders = self._create_order(quantity=8, confirm=False) | self._create_order(quantity=8, confirm=False)
        for order in orders:
            order.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "sale"])
        self._deliver(orders[0], 8)
        with self.assertRaisesRegex(UserError, "600"):
            self._deliver(orders[1], 8)
        self._deliver(orders[1], 2)
        self._assert_real_exposure(1000)

    def _assert_real_exposure(self, amount):
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_exposure, amount)

    def test_manual_hold(self):
        order = self._create_quotation(10)
        shipped = self._create_quotation(20)
        shipped.action_confirm()
        self.customer.with_user(self.user_manager).write({"credit_on_hold": True, "credit_hold_reason": "lawsuit"})
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertIn("lawsuit", self._get_review(order).message)
        with self.assertRaisesRegex(UserError, "lawsuit"):
            self._deliver(shipped, 1)
        self.customer.credit_on_hold = False
        self._deliver(shipped, 1)

    def test_manual_hold_of_goods_without_an_order(self):
        picking_type = self.env["stock.picking.type"].search(
            [("code", "=", "outgoing"), ("company_id", "=", self.company.id)], limit=1
        )
        move = {
            "product_id": self.goods.id,
            "product_uom_qty": 1,
            "location_id": picking_type.default_location_src_id.id,
            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
        }
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": picking_type.id,
                "location_id": move["location_id"],
                "location_dest_id": move["location_dest_id"],
                "move_ids": [Command.create(move)],
            }
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": 1, "picked": True})
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "lawsuit"})
        with self.assertRaisesRegex(UserError, "lawsuit"):
            picking.button_validate()
        self.customer.credit_on_hold = False
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_overdue_beyond_grace_and_tolerance(self):
        self.grade.write({"grace_days": 5, "overdue_tolerance": 50})
        self._book_receivable(80, self.customer, days=5)
        order = self._create_quotation(10)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self._book_receivable(90, self.customer, days=6)
        order = self._create_quotation(10)
        order.action_confirm()
        review = self._get_review(order, "overdue")
        self.assertEqual((order.state, review.measure), ("draft", 40))
        self.customer.invalidate_recordset()
        self.assertEqual((self.customer.credit_overdue_amount, self.customer.credit_overdue_days), (170, 6))
        self._receive(120)
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_overdue_amount, 50)

    @freeze_time("2026-03-10 23:30:00")
    def test_the_day_is_that_of_the_company_whoever_looks(self):
        self._book_receivable(80, self.customer, days=5)
        due = self.env["account.move.line"].search([("partner_id", "=", self.customer.id)]).date_maturity
        self.company.partner_id.tz = "UTC"
        expected = (date(2026, 3, 10) - due).days
        for tz in ("Asia/Shanghai", "America/Los_Angeles"):
            with self.subTest(tz):
                self.customer.invalidate_recordset()
                self.assertEqual(self.customer.with_context(tz=tz).credit_overdue_days, expected)
        self.company.partner_id.tz = "Asia/Shanghai"
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_overdue_days, expected + 1)

    def test_amounts_that_fit_exactly_are_taken(self):
        self.grade.credit_limit = 0.3
        orders = self.env["sale.order"].concat(*(self._create_quotation(amount) for amount in (0.1, 0.2, 0.1)))
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft"])

    def test_limit_of_the_confirmation_is_that_of_its_moment(self):
        first, second = self._create_quotation(100), self._create_quotation(100)
        first.action_confirm()
        self.grade.credit_limit = 400
        second.write({"state": "sale"})
        self.assertEqual([order.credit_confirmation["limit"] for order in first | second], [1000, 400])

    def test_another_payer_needs_another_release(self):
        order = self._create_quotation(1300)
        order.action_confirm()
        payer = self._create_customer("Payer Ltd.")
        self._get_review(order).with_user(self.user_manager)
        order.partner_invoice_id = payer
        self.assertEqual(self._get_review(order).filtered(lambda r: r.state == "void").measure, 300)

    def test_invoice_of_an_order_only_where_the_grade_asks(self):
        order = self._create_quotation(900)
        order.action_confirm()
        self._deliver(order, 1)
        self.grade.credit_limit = 500
        self._invoice(order)
        self.assertEqual(order.invoice_ids.state, "posted")

    def test_direct_invoice(self):
        self.grade.invoice_policy = "review"
        invoice = self.init_invoice("out_invoice", partner=self.customer, amounts=[1200])
        invoice.invoice_line_ids.tax_ids = [Command.clear()]
        accountant = self._create_user("accountant", "account.group_account_invoice")
        with self.assertRaises(UserError) as caught:
            invoice.with_user(accountant).action_post()
        self.assertIn("200.00", str(caught.exception))
        self.assertEqual(invoice.state, "draft")
        both = self._create_user(
            "both", "account.group_account_invoice,sales_plan_credit.sales_plan_credit_group_manager"
        )
        invoice.with_user(both).action_post()
        self.assertEqual(invoice.state, "posted")

    def test_invoice_of_an_opening_delivery_adds_no_debt(self):
        self.grade.write({"invoice_policy": "block", "credit_limit": 1})
        values = {"reference": "DN-1", "partner_id": self.customer.id, "product_id": self.goods.id, "quantity": 5}
        opening = self.env["credit.opening.delivery"].create(
            values | {"price_unit": 100, "date": "2026-01-31", "company_id": self.company.id}
        )
        opening.action_create_invoices()
        opening.invoice_line_ids.move_id.action_post()
        self._assert_exposure(500, 0, 0)

    def test_nobody_writes_what_an_order_adds(self):
        forged = {"credit_undelivered": 0, "credit_uninvoiced": -500, "credit_confirmation": {"limit": 10**9}}
        order = self._create_quotation(900)
        order.user_id = self.user_s
        order.action_confirm()
        order.with_user(self.user_s).write(forged)
        line = {"product_id": self.goods.id, "product_uom_qty": 1, "price_unit": 50, "tax_ids": []}
        values = {"partner_id": self.customer.id, "state": "sale", "order_line": [Command.create(line)]}
        self.env["sale.order"].with_user(self.user_s).create(values | forged)
        self._assert_exposure(0, 0, 950)
        self.assertEqual(order.credit_confirmation["limit"], 1000)

    def test_online_payment_for_two_orders_counts_once(self):
        orders = self._create_quotation(900) | self._create_quotation(900)
        provider = self.env["payment.provider"].sudo()
        provider = provider.create({"name": "Wire", "code": "none", "company_id": self.company.id})
        transaction = self.env["payment.transaction"].sudo()
        transaction = transaction.create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "amount": 1000,
                "currency_id": self.usd.id,
                "partner_id": self.customer.id,
                "reference": "W-1",
                "state": "done",
                "sale_order_ids": [Command.set(orders.ids)],
            }
        )
        self.assertEqual([order._get_credit_prepaid() for order in orders], [900, 100])
        self.assertEqual([order._get_credit_contribution() for order in orders], [0, 800])
        orders[0]._action_cancel()
        self.assertEqual([order._get_credit_prepaid() for order in orders], [0, 1000])
        transaction.amount = 300
        orders[0].action_draft()
        self.assertEqual([order._get_credit_prepaid() for order in orders], [300, 0])
