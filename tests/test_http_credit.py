"""Roads around a credit limit, fired at a server over HTTP: by a salesperson, a customer, an online payment."""

from credit_http import LIMIT, CreditHttpMixin
from review_http import PaymentHttpCommon, PortalHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCreditOverHttp(CreditHttpMixin, PortalHttpCommon):
    def _get_values(self, **values):
        line = {"product_id": self.product.id, "price_unit": 6000, "tax_ids": [Command.clear()]}
        return {"partner_id": self.customer.id, "order_line": [Command.create(line)], **values}

    def test_the_button_asks_for_a_release(self):
        order = self._create_order(6000)
        self._call(self.user_s, order, "action_confirm")
        review = order.sudo().order_review_ids
        self.assertEqual((review.kind, review.measure, review.state), ("credit", 5000, "pending"))
        self._assert_held(order)
        self._assert_refused(self.user_s, review, "action_approve", 403)
        self._assert_refused(self.user_s, review, "write", 403, vals={"state": "approved"})

    def test_the_state_is_not_written(self):
        self.customer.user_id = self.user_s  # who looks after it is told the figures
        order = self._create_order(6000)
        self._assert_refused(self.user_s, order, "write", 422, "5,000.00", vals={"state": "sale"})
        confirmed, values = [self._get_values(state="sale")], [self._get_values()]
        orders, context = order.browse(), {"default_state": "sale"}
        self._assert_refused(self.user_s, orders, "create", 422, "5,000.00", vals_list=confirmed)
        self._assert_refused(self.user_s, orders, "create", 422, "5,000.00", vals_list=values, context=context)
        self._assert_held(order)

    def test_an_import_confirms_nothing(self):
        self.customer.user_id = self.user_s
        names = ["partner_id/.id", "order_line/product_id/.id", "order_line/price_unit", "state"]
        row = [str(self.customer.id), str(self.product.id), "6000", "sale"]
        orders = self.env["sale.order"]
        before = orders.search_count([])
        result = self._call(self.user_s, orders, "load", fields=names, data=[row])
        self.assertFalse(result["ids"])
        self.assertIn("5,000.00", result["messages"][0]["message"])
        self.assertEqual(orders.search_count([]), before)

    def test_without_the_limit_every_road_is_open(self):
        self._remove_limit()
        order, by_state = self._create_order(6000), self._create_order(6000)
        self._call(self.user_s, order, "action_confirm")
        self._call(self.user_s, by_state, "write", vals={"state": "sale"})
        self._call(self.user_s, order.browse(), "create", vals_list=[self._get_values(state="sale")])
        self.payer.invalidate_recordset()
        self.assertEqual(self.payer.credit_undelivered, 18000)

    def test_a_confirmed_order_does_not_grow_unseen(self):
        order = self._create_order(900)
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "clear")
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 1500})
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual(order.sudo().order_review_ids.measure, 500)

    def test_what_an_order_adds_is_not_written(self):
        order = self._create_order(900)
        self._call(self.user_s, order, "action_confirm")
        forged = {"credit_undelivered": 0, "credit_uninvoiced": -9000, "credit_confirmation": {"limit": 10**9}}
        self._call(self.user_s, order, "write", vals=forged)
        self.payer.invalidate_recordset()
        self.assertEqual((self.payer.credit_undelivered, self.payer.credit_uninvoiced), (900, 0))
        second = self._create_order(200)
        self._call(self.user_s, second, "action_confirm")
        self._assert_order(second, "draft", "pending")

    def test_a_discount_that_outweighs_its_order_frees_nothing(self):
        gift = self._create_order(-9000)
        self._call(self.user_s, gift, "action_confirm")
        order = self._create_order(6000)
        self._call(self.user_s, order, "action_confirm")
        self._assert_held(order)

    def test_salespeople_set_no_credit(self):
        partner = self.customer
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        for values in (
            {"credit_unlimited": True},
            {"credit_grade_id": False},
            {"credit_on_hold": True},
            {"credit_limit": 10**9},
            {"credit_adjustment_ids": [Command.create({"amount": 10**6, "reason": "x", "date_end": "2030-01-01"})]},
        ):
            with self.subTest(values):
                self._assert_refused(self.user_s, partner, "write", 403, vals=values)
        self._assert_refused(self.user_s, self.grade, "write", 403, vals={"credit_limit": 10**9})
        self.payer.invalidate_recordset()
        self.assertEqual(self.payer.effective_credit_limit, LIMIT)

    def test_own_defaults_give_no_credit(self):
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        settings = {"credit_unlimited": True, "credit_grade_id": self.grade.id, "credit_limit": 10**9}
        for name, value in settings.items():
            arguments = {"model_name": "res.partner", "field_name": name, "value": value, "user_id": True}
            self._call(self.user_s, self.env["ir.default"], "set", **arguments)
        partners = self.env["res.partner"]
        partner = partners.browse(self._call(self.user_s, partners, "create", vals_list=[{"name": "New"}]))
        for name, value in settings.items():
            self.assertFalse(partner.with_company(self.company)[name], name)
            context = {f"default_{name}": value}
            self._assert_refused(self.user_s, partners, "create", 403, vals_list=[{"name": "New"}], context=context)

    def test_defaults_do_not_stand_in_for_what_an_order_comes_to(self):
        """Neither the context's nor the user's own, of the order or of its lines."""
        forged = {
            "sale.order": {"amount_total": 1, "credit_undelivered": -9000},
            "sale.order.line": {"price_subtotal": 1, "price_total": 1},
        }
        for model, values in forged.items():
            for name, value in values.items():
                arguments = {"model_name": model, "field_name": name, "value": value, "user_id": True}
                self._call(self.user_s, self.env["ir.default"], "set", **arguments)
        context = {f"default_{name}": value for values in forged.values() for name, value in values.items()}
        orders = self.env["sale.order"]
        arguments = {"vals_list": [self._get_values()], "context": {"default_credit_confirmation": {"limit": 10**9}}}
        self._assert_refused(self.user_s, orders, "create", 403, **arguments)
        for extra in ({}, {"context": context}):
            order = orders.browse(self._call(self.user_s, orders, "create", vals_list=[self._get_values()], **extra))
            self.assertEqual((order.amount_total, order.order_line.price_subtotal), (6000, 6000))
            self._call(self.user_s, order, "action_confirm")
            self._assert_held(order)

    def test_figures_of_colleagues_customers_are_closed(self):
        self.payer.credit_grade_id.credit_limit = 10**6
        order = self._create_order(6000, user=self.user_s2)
        order.action_confirm()
        partners = self.env["res.partner"]
        [told] = self._call(self.user_s, self.customer, "read", fields=["credit_exposure", "effective_credit_limit"])
        self.assertEqual((told["credit_exposure"], told["effective_credit_limit"]), (0, 0))
        found = self._call(self.user_s, partners, "search", domain=[["credit_exposure", ">", 1]])
        self.assertNotIn(self.customer.id, found)
        rows = self._call(self.user_s, self.env["credit.exposure.report"], "search_read", domain=[], fields=["amount"])
        self.assertFalse(rows)
        self.customer.user_id = self.user_s
        [told] = self._call(self.user_s, self.customer, "read", fields=["credit_exposure"])
        self.assertEqual(told["credit_exposure"], 6000)

    def test_the_customer_signs_nothing_beyond_the_limit(self):
        order = self._create_offer()
        self._sign(order)
        self.assertFalse(order.signature)
        self._assert_held(order, "sent")

    def test_the_customer_signs_without_the_limit(self):
        self._remove_limit()
        order = self._create_offer()
        self._sign(order)
        self._assert_order(order, "sale", "clear")

    def test_the_portal_tells_no_figures(self):
        order = self._create_offer()
        self._call(self.user_s, order, "action_confirm")
        self.authenticate(None, None)
        page = self.url_open(f"/my/orders/{order.id}?access_token={order.sudo()._portal_ensure_token()}").text
        for text in ("Credit limit", "receivable", "59,000"):
            self.assertNotIn(text, page)
        self.assertIn(order.name, page)


@tagged("post_install", "-at_install")
class TestCreditAndPayment(CreditHttpMixin, PaymentHttpCommon):
    """Payments that were under way when the limit came."""

    def _pay_under_way(self, amount, **values):
        """Return an offer of 60,000 of which the customer has paid an amount, begun before the limit."""
        self._remove_limit()
        order = self._create_offer(**values)
        transaction, error = self._start(order, amount=amount)
        self.assertFalse(error)
        self.payer.credit_grade_id = self.grade
        self._finish(transaction)
        self._assert_booked(transaction, amount)
        return order

    def test_what_is_paid_is_not_held(self):
        self._assert_order(self._pay_under_way(60000), "sale", "clear")

    def test_what_is_paid_in_part_waits_for_the_rest(self):
        order = self._pay_under_way(30000, prepayment_percent=0.5)
        self._assert_order(order, "sent", "pending")
        self.assertEqual(order.sudo().order_review_ids.measure, 29000)


@tagged("post_install", "-at_install")
class TestPaymentInAdvance(CreditHttpMixin, PaymentHttpCommon):
    """Who is beyond the limit may still buy for cash: paying all of an offer in advance is what frees it."""

    def _open_page(self, order):
        self.authenticate(None, None)
        return self.url_open(order.sudo().get_portal_url()).text

    def _pay(self, order, amount=None):
        """Pay an amount, without one all of an offer that is held."""
        transaction, error = self._start(order, amount=amount or order.amount_total)
        self.assertFalse(error)
        self._finish(transaction)
        self._assert_booked(transaction, amount or order.amount_total)

    def _assert_not_payable(self, order):
        """Expect the page and the route to offer no payment, in neutral words."""
        page = self._open_page(order)
        self.assertIn("You will be able to accept it here shortly", page)
        self.assertNotIn("o_sale_portal_paynow", page)
        transaction, error = self._start(order)
        self.assertFalse(transaction)
        self.assertIn("internal review", error["message"])
        self.assertNotIn("advance", error["message"])

    def _assert_payable(self, order):
        """Expect the page to offer the payment, and to say so without figures or reasons."""
        page = self._open_page(order)
        self.assertIn("There is no need to wait for it if you pay in full in advance", page)
        for text in ("Credit limit", "overdue", "1,000", "59,000"):
            self.assertNotIn(text, page)
        self.assertIn("o_sale_portal_paynow", page)

    def _create_overdue(self, amount=500):
        """Bill the customer an amount that was due long ago."""
        line = {"product_id": self.product.id, "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]}
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-10",
                "invoice_date_due": "2026-01-10",
                "invoice_line_ids": [Command.create(line)],
            }
        )
        invoice.action_post()
        self.payer.invalidate_recordset()
        self.assertEqual(self.payer.credit_overdue_amount, amount)

    def test_beyond_the_limit_all_is_paid_and_confirmed(self):
        order = self._create_offer()
        self._assert_payable(order)
        self._assert_order(order, "sent", "clear")
        self.assertFalse(order.sudo().activity_ids)
        self._pay(order)
        self._assert_order(order, "sale", "clear")

    def test_beyond_the_limit_already_before_this_order(self):
        self.payer.credit_grade_id.credit_limit = 10**6
        self._create_order(6000, quantity=1).action_confirm()
        self.payer.credit_grade_id.credit_limit = LIMIT
        order = self._create_offer(price=10)
        self._pay(order)
        self._assert_order(order, "sale", "clear")

    def test_a_payment_in_part_is_booked_and_waits(self):
        order = self._create_offer(prepayment_percent=0.5)
        self._assert_payable(order)
        self._pay(order, 30000)
        self._assert_order(order, "sent", "pending")
        self.assertEqual(order.sudo().order_review_ids.measure, 29000)
        self.assertIn("You will be able to accept it here shortly", self._open_page(order))

    def test_a_payment_in_part_that_makes_it_fit_confirms(self):
        order = self._create_offer(prepayment_percent=0.99)
        self._pay(order, 59400)
        self._assert_order(order, "sale", "clear")

    def test_less_than_the_offer_asks_for_is_booked_and_asks_nobody(self):
        order = self._create_offer()
        self._pay(order, 100)
        self._assert_order(order, "sent", "clear")
        self._assert_payable(order)

    def test_a_review_that_waits_ends_with_the_payment(self):
        order = self._create_offer()
        order.action_confirm()
        self._assert_order(order, "sent", "pending")
        self._pay(order)
        self.assertEqual(order.sudo().state, "sale")
        self.assertNotIn("pending", order.sudo().order_review_ids.mapped("state"))
        self.assertFalse(order.sudo().on_hold)

    def test_a_grade_that_blocks_takes_payments_too(self):
        self.grade.confirm_policy = "block"
        order = self._create_offer()
        self._assert_payable(order)
        self._pay(order)
        self.assertEqual(order.sudo().state, "sale")

    def test_late_customers_pay_in_advance(self):
        self.grade.credit_limit = 10**6
        self._create_overdue()
        order = self._create_offer()
        self._assert_payable(order)
        self._pay(order)
        self._assert_order(order, "sale", "clear")

    def test_late_customers_who_pay_in_part_wait(self):
        self.grade.credit_limit = 10**6
        self._create_overdue()
        order = self._create_offer(prepayment_percent=0.5)
        self._pay(order, 30000)
        self.assertEqual(order.sudo().state, "sent")

    def test_who_is_on_hold_pays_nothing(self):
        self.payer.credit_on_hold = True
        self._assert_not_payable(self._create_offer())
        self.payer.credit_on_hold = False
        self._assert_payable(self._create_offer())

    def test_a_price_that_waits_is_not_paid(self):
        floor = self.env["sale.price.floor"].create(
            {"applied_on": "all", "fixed_price": 7000, "enforcement": "review", "company_id": self.company.id}
        )
        order = self._create_offer()
        self._assert_not_payable(order)
        floor.active = False
        self._assert_payable(order)

    def test_a_large_order_beside_is_not_paid(self):
        self.rule.copy({"kind": "amount", "min_amount": 50000})
        self._assert_not_payable(self._create_offer())

    def test_a_signature_comes_with_the_payment(self):
        order = self._create_offer(require_signature=True)
        page = self._open_page(order)
        self.assertIn("Sign & Pay", page)
        result, error = self._sign(order)
        self.assertFalse(error)
        self.assertIn("allow_payment=yes", result["redirect_url"])
        self._assert_order(order, "sent", "clear")
        self._pay(order)
        self._assert_order(order, "sale", "clear")

    def test_a_signature_alone_does_not_do(self):
        order = self._create_offer(require_signature=True, require_payment=False)
        self.assertIn("You will be able to accept it here shortly", self._open_page(order))
        result, _error = self._sign(order)
        self.assertEqual(list(result), ["error"])
        self.assertFalse(order.signature)
        self._assert_order(order, "sent", "clear")

    def test_a_payment_link_is_paid(self):
        order = self._create_offer(require_payment=False, require_signature=True)
        self.authenticate(None, None)
        page = self.url_open(order.sudo().get_portal_url(query_string="&payment_amount=60000")).text
        self.assertIn("There is no need to wait for it if you pay in full in advance", page)
        self.assertIn("o_sale_portal_paynow", page)
        self._pay(order)
        self._assert_order(order, "sale", "clear")
