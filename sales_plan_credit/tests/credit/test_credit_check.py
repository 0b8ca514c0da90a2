from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .credit_common import CreditCommon


@tagged("post_install", "-at_install")
class TestCreditCheck(CreditCommon):
    """What is held at order, delivery and invoice, and what passes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["sale.review.rule"].create(
            {
                "name": "Credit",
                "kind": "credit",
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create({"sequence": 1, "approver_type": "user", "user_id": cls.user_manager.id}),
                ],
            }
        )
        cls.vat.amount = 0

    def _create_quotation(self, amount, **values):
        return self._create_order(quantity=1, price=amount, confirm=False, **values)

    def _get_review(self, order, kind="credit"):
        return order.order_review_ids.filtered(lambda review: review.kind == kind)

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

    def test_bad_figures_are_refused_by_name(self):
        contact = self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id})
        adjustment = {"partner_id": self.customer.id, "amount": 1, "reason": "x", "date_end": "2030-01-01"}
        adjustments = self.env["credit.limit.adjustment"]
        with self.assertRaises(ValidationError) as caught:
            self.customer.credit_limit = -1
        self.assertIn("Credit limit", str(caught.exception))
        with self.assertRaises(ValidationError) as caught:
            adjustments.create(adjustment | {"partner_id": contact.id})
        self.assertIn("Jade Dragon", str(caught.exception))
        for bad in ({"amount": 0}, {"date_end": "2001-01-01"}, {"date_end": False}):
            with self.subTest(bad), self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                adjustments.create(adjustment | bad)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_grade(code="NEG", credit_limit=-1)
        granted = adjustments.create(adjustment | {"state": "granted"})
        self.assertEqual(granted.state, "draft")
        granted.action_grant()
        with self.assertRaises(UserError):
            granted.amount = 10**6
        with self.assertRaises(UserError):
            granted.unlink()

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

    def test_hold_clears_itself_when_a_receipt_arrives(self):
        self._book_receivable(800, self.customer)
        older = self._create_quotation(500)
        newer = self._create_quotation(500)
        (older | newer).action_confirm()
        self.assertEqual((older | newer).mapped("state"), ["draft", "draft"])
        self._receive(400)
        with self.enter_registry_test_mode():
            self.env.ref("sales_plan_credit.ir_cron_recheck_credit").method_direct_trigger()
        self.assertEqual((older | newer).mapped("state"), ["sale", "draft"])
        self.assertEqual(self._get_review(older).state, "void")

    def test_hold_is_judged_again_when_the_grade_changes(self):
        order = self._create_quotation(1500)
        order.action_confirm()
        cron = self.env.ref("sales_plan_credit.ir_cron_recheck_credit")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.grade.credit_limit = 2000
        self.assertGreater(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(order.state, "sale")

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

    def test_block_refuses(self):
        self.grade.confirm_policy = "block"
        order = self._create_quotation(1100)
        with self.assertRaisesRegex(UserError, "100.00"):
            order.action_confirm()

    def test_warn_and_none_pass(self):
        for policy in ("warn", "none"):
            self.grade.confirm_policy = policy
            order = self._create_quotation(1100)
            order.action_confirm()
            self.assertEqual(order.state, "sale")

    def test_no_grade_no_limit_unchecked(self):
        self.customer.credit_grade_id = False
        order = self._create_quotation(999999)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self.customer.credit_is_checked)

    def test_own_limit_before_the_grade(self):
        self.customer.credit_limit = 2000
        self.assertEqual(self.customer.effective_credit_limit, 2000)
        self.customer.credit_limit = 0
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.effective_credit_limit, 1000)

    def test_grade_of_nothing_is_not_unlimited(self):
        self.grade.credit_limit = 0
        order = self._create_quotation(1)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.customer.credit_unlimited = True
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_default_grade(self):
        self.company.credit_default_grade_id = self.grade
        newcomer = self.env["res.partner"].create({"name": "Newcomer"})
        order = self._create_quotation(1100, partner_id=newcomer.id)
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_company_of_the_document_decides(self):
        other = self._create_company(name="Second company")
        order = self._create_quotation(1100)
        order.with_company(other).with_context(allowed_company_ids=[other.id, self.company.id]).action_confirm()
        self.assertEqual(order.state, "draft")

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

    def test_only_credit_managers_set_credit(self):
        customer = self.customer.with_user(self.user_s)
        grade = self._create_grade(code="TA", name="A", credit_limit=10**6)
        for values in ({"credit_grade_id": grade.id}, {"credit_unlimited": True}, {"credit_on_hold": False}):
            with self.subTest(values), self.assertRaises(AccessError):
                customer.write(values)
        partners = self.env["res.partner"].with_user(self.user_s)
        with self.assertRaises(AccessError):
            partners.create({"name": "New", "credit_unlimited": True})
        with self.assertRaises(AccessError):
            partners.with_context(default_credit_unlimited=True).create({"name": "New"})
        self.assertTrue(partners.create({"name": "New"}))
        with self.assertRaises(AccessError):
            self.env["credit.limit.adjustment"].with_user(self.user_s).create(
                {"partner_id": self.customer.id, "amount": 1, "reason": "x", "date_end": "2030-01-01"}
            )
        self.customer.with_user(self.user_manager).credit_limit = 1000
        order = self._create_quotation(10)
        order.user_id = self.user_s
        order.with_user(self.user_s).write({"credit_confirmation": {"limit": 10**9}})
        order.action_confirm()
        self.assertEqual(order.credit_confirmation["limit"], 1000)

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

    def test_nothing_is_judged_without_configuration(self):
        self.env["credit.grade"].search([]).action_archive()
        self.customer.credit_grade_id = False
        order = self._create_quotation(10**6)
        self.assertFalse(order._get_review_findings("confirm")[order])

    def test_archived_grade_goes_on_for_its_customers(self):
        self.grade.active = False
        order = self._create_quotation(1100)
        order.action_confirm()
        self.assertEqual((order.state, self._get_review(order).measure), ("draft", 100))

    def test_first_use_is_told_to_other_processes(self):
        """Those that have found credit unused ask again, whether or not the process that begins with it had asked."""
        self.customer.credit_grade_id = False
        self.env["credit.grade"].with_context(active_test=False).search([]).unlink()
        for name, value in (("credit_limit", 1000), ("credit_on_hold", True)):
            for asked in (False, True):
                with self.subTest(field=name, asked=asked):
                    self.customer.write({"credit_limit": 0, "credit_on_hold": False})
                    self.env.flush_all()
                    self.env.registry.clear_cache()
                    if asked:
                        self.assertFalse(self.env["credit.grade"]._is_credit_used())
                    self.env.registry.cache_invalidated.clear()
                    self.customer[name] = value
                    self.assertIn("default", self.env.registry.cache_invalidated)
                    self.assertTrue(self.env["credit.grade"]._is_credit_used())

    def test_without_any_grade(self):
        """A limit of the customer's own warns, a hold holds, also where they are the first that anybody enters."""
        grades = self.env["credit.grade"]
        self.customer.credit_grade_id = False
        grades.with_context(active_test=False).search([]).unlink()
        order = self._create_quotation(1100)
        self.assertFalse(grades._is_credit_used())
        self.customer.credit_limit = 1000
        finding = order._get_review_findings("confirm")[order][0]
        self.assertEqual((finding.severity, finding.measure), ("warn", 100))
        self.customer.credit_limit = 0
        self.env.registry.clear_cache()
        self.assertFalse(grades._is_credit_used())
        held = self.env["res.partner"].create({"name": "Held Ltd.", "credit_on_hold": True})
        order = self._create_quotation(1, partner_id=held.id)
        order.action_confirm()
        self.assertEqual(order.state, "draft")
