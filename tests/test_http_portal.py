"""Customers and visitors, who act as superuser in Odoo: signature, optional lines, online payment."""

from review_http import PaymentHttpCommon, PortalHttpCommon

from odoo.fields import Command
from odoo.http import Request
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPortalSignature(PortalHttpCommon):
    """Accept and sign."""

    def _assert_not_signed(self, order, review_state):
        self.assertFalse(order.signature or order.signed_by or order.signed_on)
        self._assert_order(order, "sent", review_state)

    def _assert_sign_refused(self, order, **params):
        result, error = self._sign(order, **params)
        self.assertFalse(error)
        self.assertEqual(list(result), ["error"])
        for secret in ("50,000", "Large orders", "Ma Manager"):
            self.assertNotIn(secret, result["error"])

    def test_visitors_and_customers_sign_nothing_that_needs_a_decision(self):
        order = self._create_offer()
        self._assert_sign_refused(order)
        self._assert_not_signed(order, "clear")
        self.authenticate(self.buyer.login, self.buyer.login)
        self._assert_sign_refused(order, access_token=None)
        self._assert_not_signed(order, "clear")

    def test_without_the_rule_a_visitor_signs(self):
        self.rule.active = False
        order = self._create_offer()
        result, error = self._sign(order)
        self.assertFalse(error)
        self.assertTrue(result["force_refresh"])
        self.assertEqual(order.signed_by, "Bai Buyer")
        self._assert_order(order, "sale", "clear")

    def test_a_small_order_confirms_by_signature(self):
        order = self._create_offer(price=100)
        _result, error = self._sign(order)
        self.assertFalse(error)
        self._assert_order(order, "sale", "clear")

    def test_without_the_link_nothing_happens(self):
        order = self._create_offer()
        for token in (None, "", "wrong"):
            result, error = self._sign(order, access_token=token)
            self.assertEqual((result, error), ({"error": "Invalid order."}, None))
        self._assert_order(order, "sent", "clear")

    def test_under_review_no_signature_is_taken(self):
        order = self._create_offer()
        order.action_confirm()
        self._assert_sign_refused(order)
        self._assert_not_signed(order, "pending")

    def test_a_rejected_order_takes_no_signature(self):
        order = self._create_offer()
        order.action_confirm()
        self._call(self.user_m, order.order_review_ids, "action_reject", comment="Too large for this customer")
        self.authenticate(None, None)
        self._assert_sign_refused(order)
        self._assert_not_signed(order, "rejected")

    def test_a_logged_in_customer_signs_after_approval(self):
        order = self._create_offer()
        order.action_request_review()
        self._approve_all(order)
        self.authenticate(self.buyer.login, self.buyer.login)
        _result, error = self._sign(order, access_token=None)
        self.assertFalse(error)
        self._assert_order(order, "sale", "approved")

    def test_an_approved_order_confirms_by_signature(self):
        order = self._create_offer()
        order.action_request_review()
        self._approve_all(order)
        self._sign(order)
        self._assert_order(order, "sale", "approved")

    def test_the_page_of_an_order_under_review_says_nothing_of_it(self):
        order = self._create_offer()
        order.action_confirm()
        page = self.url_open(order.sudo().get_portal_url()).text
        self._assert_order(order, "sent", "pending")
        self.assertIn(order.name, page)
        self.assertIn("internal review of this offer", page)
        for text in ("Ma Manager", "50,000", "Large orders", "#modalaccept"):
            self.assertNotIn(text, page)

    def test_a_customer_who_looks_at_an_unreviewed_offer_reminds_the_salesperson_once(self):
        order = self._create_offer()
        for _visit in range(2):
            self.url_open(order.sudo().get_portal_url())
        activity = order.sudo().activity_ids
        self.assertEqual(activity.mapped("user_id"), self.user_s)
        self.assertEqual(len(activity), 1)
        self.assertIn("request a review", activity.summary)

    def test_declining_after_approval_ends_the_round(self):
        order = self._create_offer()
        order.action_request_review()
        self._approve_all(order)
        data = {
            "access_token": order.sudo()._portal_ensure_token(),
            "decline_message": "No, thanks",
            "csrf_token": Request.csrf_token(self),
        }
        self.url_open(f"/my/orders/{order.id}/decline", data=data)
        self._assert_order(order, "cancel", "clear")
        self.assertFalse(order.sudo().order_review_ids.is_current)


@tagged("post_install", "-at_install")
class TestPortalOptions(PortalHttpCommon):
    """Optional lines, whose quantity the customer chooses after our approval."""

    def _create_with_option(self, price=6000):
        order = self._create_offer(price=price)
        section = {"display_type": "line_section", "name": "Options", "is_optional": True, "sequence": 50}
        option = {
            "product_id": self.product.id,
            "product_uom_qty": 0,
            "price_unit": 1000,
            "sequence": 51,
            "tax_ids": [Command.clear()],
        }
        order.write({"order_line": [Command.create(section), Command.create(option)]})
        return order, order.order_line[-1]

    def _choose(self, order, line, quantity, **params):
        token = order.sudo()._portal_ensure_token()
        params = {"line_id": line.id, "access_token": token, "input_quantity": quantity, **params}
        return self._call_route(f"/my/orders/{order.id}/update_line_dict", **params)

    def _assert_cannot_be_signed(self, order, amount):
        self.assertEqual(order.amount_untaxed, amount)
        result, error = self._sign(order)
        self.assertFalse(error)
        self.assertEqual(list(result), ["error"])
        self.assertFalse(order.signature)
        self._assert_order(order, "sent", "clear")

    def test_an_option_chosen_after_approval_is_not_covered(self):
        order, option = self._create_with_option()
        order.action_request_review()
        self._approve_all(order)
        _result, error = self._choose(order, option, 5)
        self.assertFalse(error)
        self._assert_cannot_be_signed(order, 65000)

    def test_an_option_lifts_an_order_over_the_limit(self):
        order, option = self._create_with_option(price=4500)
        self._choose(order, option, 5)
        self._assert_cannot_be_signed(order, 50000)

    def test_an_option_taken_back_is_covered_again(self):
        order, option = self._create_with_option()
        order.action_request_review()
        self._approve_all(order)
        self._choose(order, option, 5)
        self._choose(order, option, 0)
        self._assert_order(order, "sent", "approved")
        self._sign(order)
        self._assert_order(order, "sale", "approved")

    def test_options_stay_as_they_are_under_review(self):
        order, option = self._create_with_option()
        order.action_confirm()
        self._choose(order, option, 5)
        self.assertEqual((option.product_uom_qty, order.amount_untaxed), (0, 60000))
        self._assert_order(order, "sent", "pending")

    def test_options_and_lines_of_a_confirmed_order_stay(self):
        order, option = self._create_with_option(price=100)
        order.action_confirm()
        self._choose(order, option, 90)
        self.assertEqual((option.product_uom_qty, order.amount_untaxed), (0, 1000))
        self._assert_order(order, "sale", "clear")

    def test_a_line_that_is_no_option_stays(self):
        order, _option = self._create_with_option()
        self._choose(order, order.order_line[0], 1)
        self.assertEqual(order.amount_untaxed, 60000)


@tagged("post_install", "-at_install")
class TestPortalPayment(PaymentHttpCommon):
    """A payment that arrives is booked; the order waits, and confirms after approval."""

    def _pay(self, order, **values):
        """Pay an order that is clear when the payment starts and needs a decision when it arrives."""
        active, self.rule.active = self.rule.active, False
        transaction, error = self._start(order, **values)
        self.assertFalse(error)
        self.rule.active = active
        self._finish(transaction)
        return transaction

    def test_a_paid_order_is_booked_and_waits(self):
        order = self._create_offer()
        transaction = self._pay(order)
        self._assert_booked(transaction, 60000)
        self._assert_order(order, "sent", "pending")
        self.assertEqual(order.sudo().order_review_ids.requested_by, self.user_s)
        self.assertEqual(self._get_reviewers(order), self.user_m)
        self._call(self.user_m, order.sudo().order_review_ids, "action_approve")
        self._assert_order(order, "sale", "approved")

    def test_a_payment_under_review_is_booked_and_asks_nobody_twice(self):
        order = self._create_offer()
        self.rule.active = False
        transaction, _error = self._start(order)
        self.rule.active = True
        order.action_confirm()
        self._finish(transaction)
        self._assert_booked(transaction, 60000)
        self._assert_order(order, "sent", "pending")
        self.assertEqual(order.sudo().review_count, 1)

    def test_an_authorised_payment_waits_too(self):
        self.provider.capture_manually = True
        order = self._create_offer()
        self.assertEqual(self._pay(order).state, "authorized")
        self._assert_order(order, "sent", "pending")

    def test_a_small_paid_order_confirms(self):
        order = self._create_offer(price=100)
        self._assert_booked(self._pay(order), 1000)
        self._assert_order(order, "sale", "clear")

    def test_a_down_payment_waits_too(self):
        order = self._create_offer(prepayment_percent=0.1)
        self._assert_booked(self._pay(order, amount=6000), 6000)
        self._assert_order(order, "sent", "pending")

    def test_no_payment_starts_for_what_needs_a_decision(self):
        order = self._create_offer()
        for review_state in ("clear", "pending"):
            for amount in (order.amount_total, 100):
                transaction, error = self._start(order, amount=amount)
                self.assertEqual(error["name"], "odoo.exceptions.ValidationError")
                self.assertNotIn("50,000", error["message"])
                self.assertFalse(transaction)
            self._assert_order(order, "sent", review_state)
            order.action_confirm()

    def test_an_approved_order_confirms_by_payment(self):
        order = self._create_offer()
        order.action_request_review()
        self._approve_all(order)
        transaction, error = self._start(order)
        self.assertFalse(error)
        self._finish(transaction)
        self._assert_booked(transaction, 60000)
        self._assert_order(order, "sale", "approved")
