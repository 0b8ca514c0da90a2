"""Who reads reviews and findings over HTTP, and who learns nothing."""

from review_http import ReviewHttpCommon

from odoo.fields import Command
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestReaders(ReviewHttpCommon):
    """Who reads reviews, and who does not."""

    SECRETS = ("50,000", "Large orders", "Ma Manager")

    def _assert_tells_nothing(self, text):
        for secret in self.SECRETS:
            self.assertNotIn(secret, text)

    def test_salespeople_read_their_own_reviews_only(self):
        order = self._create_pending()
        review = order.sudo().order_review_ids
        domain = [("order_id", "=", order.id)]
        for user, expected in ((self.user_s, review.ids), (self.user_m, review.ids), (self.user_s2, [])):
            self.assertEqual(self._call(user, review.browse(), "search", domain=domain), expected)
        for records in (review, review.step_ids, self.rule, order):
            self._assert_refused(self.user_s2, records, "read", 403, fields=["display_name"])
        self._assert_refused(self.user_s, self.rule, "read", 403, fields=["min_amount"])

    def test_outsiders_learn_nothing_from_refused_decisions(self):
        order = self._create_pending()
        review = order.sudo().order_review_ids
        for _state in ("pending", "rejected"):
            for method in ("action_approve", "action_reject"):
                arguments = {"comment": "No"} if method == "action_reject" else {}
                self._assert_tells_nothing(self._assert_refused(self.user_s2, review, method, 403, **arguments))
            if review.state == "pending":
                self._call(self.user_m, review, "action_reject", comment="No")

    def test_customers_and_visitors_read_no_review(self):
        buyer = new_test_user(
            self.env,
            "sc_buyer",
            "base.group_portal",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.customer.child_ids = buyer.partner_id
        order = self._create_large(partner_id=buyer.partner_id.id)
        order.message_subscribe(buyer.partner_id.ids)
        order.action_quotation_sent()
        order.action_confirm()
        review = order.sudo().order_review_ids
        for login in (buyer.login, None):
            self.authenticate(login, login)
            for records in (review, review.step_ids, self.rule):
                _result, error = self._call_web(records._name, "read", records.ids, ["display_name"])
                self.assertTrue(error)
                result, error = self._call_web(records._name, "search_read", [], ["display_name"])
                self.assertFalse(result)
            for method in ("action_approve", "action_approve_mine", "action_open_order"):
                result, error = self._call_web("sale.order.review", method, review.ids)
                self._assert_tells_nothing(str(result) + str(error and error["message"]))
            self._assert_order(order, "sent", "pending")

    def test_customers_read_no_findings_on_their_order(self):
        buyer = new_test_user(
            self.env,
            "sc_buyer",
            "base.group_portal",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        order = self._create_large(
            partner_id=buyer.partner_id.id, contract_kind="special", special_reason="Boss's cousin"
        )
        order.action_quotation_sent()
        order.action_confirm()
        self.authenticate(buyer.login, buyer.login)
        for name in ("review_banner", "order_review_ids", "special_reason", "contract_mismatch_reason"):
            result, error = self._call_web("sale.order", "read", order.ids, [name])
            self.assertTrue(error, f"{name}: {result}")
            self._assert_tells_nothing(error["message"])
        result, error = self._call_web("sale.order", "read", order.ids, ["name"])
        self.assertEqual((result, error), ([{"id": order.id, "name": order.name}], None))

    def test_the_banner_of_another_salesperson_stays_closed(self):
        order = self._create_pending()
        self._assert_refused(self.user_s2, order, "web_read", 403, specification={"review_banner": {}})
        [values] = self._call(self.user_s, order, "web_read", specification={"review_banner": {}})
        self.assertIn("Ma Manager", values["review_banner"])
