from urllib.parse import urlencode

from lxml import html

from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, mute_logger, tagged

from ..common import ReviewCommon

SENTENCE = "We are completing our internal review of this offer."
SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestPortalReview(ReviewCommon, HttpCase):
    """The customer sees a neutral sentence while somebody decides, and can accept afterwards."""

    def setUp(self):
        super().setUp()
        self.order = self._create_order(60000, require_signature=True, require_payment=False)
        self.order.sudo().write({"state": "sent"})
        self.token = self.order.sudo()._portal_ensure_token()
        self.url = f"/my/orders/{self.order.id}"
        self.authenticate(None, None)

    def _read_page(self, **params):
        query = urlencode({"access_token": self.token, **params})
        response = self.url_open(f"{self.url}?{query}")
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text)

    def _sign(self):
        return self.make_jsonrpc_request(
            f"{self.url}/accept", {"access_token": self.token, "name": "Lin", "signature": SIGNATURE}
        )

    def _pay(self):
        return self.make_jsonrpc_request(
            f"{self.url}/transaction",
            {
                "access_token": self.token,
                "amount": self.order.amount_total,
                "flow": "redirect",
                "landing_route": self.url,
                "payment_method_id": None,
                "provider_id": None,
                "token_id": None,
                "tokenization_requested": False,
            },
        )

    def _assert_held(self, page):
        self.assertIn(SENTENCE, page.text_content())
        self.assertFalse(page.xpath("//*[@data-bs-target='#modalaccept']"), "no button to sign or pay")
        self.assertFalse(page.xpath("//*[@id='o_payment_form' or @id='accept']"), "no form to sign or pay")

    def test_sentence_instead_of_the_buttons(self):
        self._assert_held(self._read_page())
        self.order.action_confirm()
        page = self._read_page()
        self._assert_held(page)
        for secret in ("50,000.00", "Large orders", "Ma Manager", "reaches", "Under review", "rejected"):
            self.assertNotIn(secret, page.text_content())

    def test_nothing_changes_without_a_finding(self):
        self.order.order_line.price_unit = 100
        page = self._read_page()
        self.assertNotIn(SENTENCE, page.text_content())
        self.assertTrue(page.xpath("//*[@data-bs-target='#modalaccept']"))
        self.assertTrue(page.xpath("//form[@id='accept']"))

    def test_no_sentence_where_nothing_is_to_be_accepted(self):
        self.order.sudo().require_signature = False
        self.assertNotIn(SENTENCE, self._read_page().text_content())

    def test_rejected_stays_held(self):
        self.order.action_confirm()
        self.order.sudo().order_review_ids.with_user(self.user_m).action_reject("Too cheap")
        page = self._read_page()
        self._assert_held(page)
        self.assertNotIn("Too cheap", page.text_content())

    def test_signature_is_refused_until_approved(self):
        self.order.action_confirm()
        self.assertIn("error", self._sign())
        self.assertFalse(self.order.signature)
        self.assertEqual(self.order.state, "sent")
        self.company.review_auto_confirm = False
        self._approve_all(self.order)
        self.assertEqual(self.order.state, "sent")
        self.assertTrue(self._read_page().xpath("//form[@id='accept']"))
        self.assertIn("redirect_url", self._sign())
        self.assertTrue(self.order.signature)
        self.assertEqual(self.order.state, "sale")

    def test_signature_is_refused_before_a_review_is_asked_for(self):
        self.assertIn("error", self._sign())
        self.assertFalse(self.order.signature)
        self.assertEqual((self.order.state, self.order.review_state), ("sent", "clear"))

    def test_payment_does_not_start(self):
        self.order.sudo().write({"require_payment": True, "require_signature": False})
        self._assert_held(self._read_page())
        before = self.env["payment.transaction"].search_count([])
        with self.assertRaises(JsonRpcException) as refusal, mute_logger("odoo.http"):
            self._pay()
        self.assertIn("ValidationError", str(refusal.exception))
        self.assertEqual(self.env["payment.transaction"].search_count([]), before)

    def test_payment_link_shows_no_form(self):
        self._assert_held(self._read_page(payment_amount=self.order.amount_total))

    def test_wrong_token_learns_nothing(self):
        response = self.url_open(f"{self.url}?access_token=wrong")
        self.assertNotIn(SENTENCE, response.text)
        self.token = "wrong"
        with self.assertRaises(JsonRpcException) as refusal, mute_logger("odoo.http"):
            self._pay()
        self.assertNotIn("internal review", str(refusal.exception))

    def test_options_are_fixed_while_somebody_decides(self):
        section = {"display_type": "line_section", "name": "Options", "is_optional": True, "sequence": 90}
        option = {"product_id": self.product.id, "product_uom_qty": 0, "price_unit": 10, "sequence": 91}
        self.order.sudo().order_line = [Command.create(section), Command.create(option)]
        line = self.order.order_line[-1]
        self.assertTrue(line.sudo()._can_be_edited_on_portal())
        self.order.action_confirm()
        self.make_jsonrpc_request(
            f"{self.url}/update_line_dict",
            {"access_token": self.token, "line_id": line.id, "input_quantity": 5},
        )
        self.assertEqual(line.product_uom_qty, 0)
        self._approve_all(self.order)
        self.assertEqual(self.order.state, "sale")
