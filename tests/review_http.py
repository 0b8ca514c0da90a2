"""What the tests over HTTP share: users with API keys, and one way to call and to be refused."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from odoo.addons.sales_control.tests.common import ReviewCommon
from odoo.addons.sales_redline_pricing.tests.common import FloorCommon

# One transparent pixel.
SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FIGURES = ("60,000.00", "50,000.00", "Large orders")


class ReviewHttpCommon(ReviewCommon, HttpCase):
    """The trading company of `ReviewCommon`, whose people act through JSON-2 with their API keys or in a session.

    Most orders are of 60,000: over the 50,000 from which the department manager decides.
    """

    def setUp(self):
        super().setUp()
        self.keys = {}

    def _get_headers(self, user):
        if user not in self.keys:
            keys = self.env["res.users.apikeys"].with_user(user)
            self.keys[user] = keys._generate("rpc", "tests", datetime.now() + timedelta(hours=12))
        # A cookie of an earlier session would win over the key.
        self.opener.cookies.clear()
        return {"Authorization": f"Bearer {self.keys[user]}"}

    def _post(self, user, records, method, /, **arguments):
        """Call a method by JSON-2 as ``user`` and return the response."""
        url = f"/json/2/{records._name}/{method}"
        body = dict({"ids": records.ids} if records else {}, **arguments)
        return self.url_open(url, json=body, headers=self._get_headers(user), timeout=60)

    def _call(self, user, records, method, /, **arguments):
        """Call a method by JSON-2 as ``user`` and return its result; whatever is refused fails the test."""
        response = self._post(user, records, method, **arguments)
        self.assertEqual(response.status_code, 200, response.text[:300])
        return response.json()

    def _assert_refused(self, user, records, method, status, *texts, **arguments):
        """Expect one clear error, never an unexpected one, and return its message.

        :param int status: 403 for missing rights, 422 for an error of the user, 404 for no such method
        :param texts: what the message has to name
        """
        response = self._post(user, records, method, **arguments)
        self.assertEqual(response.status_code, status, response.text[:300])
        message = response.json()["message"]
        for text in texts:
            self.assertIn(text, message)
        return message

    def _call_web(self, model, method, *args, **kwargs):
        """Call a method as the web client does, in the session of the user who is logged in.

        :return: (result, None) or (None, error data)
        """
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}", json=self.build_rpc_payload(params), timeout=60
        ).json()
        return response.get("result"), response.get("error", {}).get("data")

    def _call_route(self, route, **params):
        """Call a JSON-RPC route; return (result, error data)."""
        response = self.url_open(route, json=self.build_rpc_payload(params), timeout=60).json()
        return response.get("result"), response.get("error", {}).get("data")

    def _create_large(self, **values):
        return self._create_order(6000, quantity=10, **values)

    def _create_pending(self, **values):
        """Return an order under review."""
        order = self._create_large(**values)
        order.action_confirm()
        self.assertEqual(order.review_state, "pending")
        return order

    def _create_approved(self, **values):
        """Return a quotation of 60,000 that is approved and not confirmed."""
        order = self._create_large(**values)
        order.action_request_review()
        self._approve_all(order)
        self._assert_order(order, "draft", "approved")
        return order

    def _create_confirmed(self, price=4000, quantity=10, **values):
        order = self._create_order(price, quantity=quantity, **values)
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual((order.state, order.on_hold), ("sale", False))
        return order

    def _assert_order(self, order, state, review_state, on_hold=False):
        order = order.sudo()
        self.assertEqual((order.state, order.review_state, order.on_hold), (state, review_state, on_hold))

    def _assert_untouched(self, order, count=0):
        """Expect a quotation with nothing asked or decided about it."""
        self._assert_order(order, "draft", "clear")
        self.assertEqual(order.sudo().review_count, count)
        self.assertFalse(order.sudo().confirmed_on)

    def _assert_waits(self, order):
        """Expect a quotation that waits for the department manager, asked by its salesperson."""
        self._assert_order(order, "draft", "pending")
        review = order.sudo().order_review_ids.filtered(lambda review: review.state == "pending")
        self.assertEqual((review.measure, review.requested_by), (order.sudo().amount_untaxed, self.user_s))
        self.assertEqual(review.current_step_id.candidate_ids, self.user_m)
        self.assertEqual(self._get_reviewers(order), self.user_m)

    def _assert_nobody_decided(self, order):
        steps = order.sudo().order_review_ids.step_ids
        self.assertFalse(steps.decided_by | steps.on_behalf_of)
        self.assertFalse({"approved", "rejected"} & set(steps.mapped("state")))


class PortalHttpCommon(ReviewHttpCommon):
    """The customer Jade Dragon, once as a visitor with the link of the quotation, once logged in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = new_test_user(
            cls.env,
            "sc_buyer",
            "base.group_portal",
            name="Bai Buyer",
            email="buyer@example.com",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.customer.write({"email": "jade@example.com"})
        cls.buyer.partner_id.parent_id = cls.customer

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _create_offer(self, price=6000, **values):
        """Return a sent quotation that the customer may sign."""
        values = {"require_signature": True, "require_payment": False, "partner_id": self.buyer.partner_id.id, **values}
        order = self._create_order(price, quantity=10, **values)
        order.action_quotation_sent()
        return order

    def _sign(self, order, **params):
        token = order.sudo()._portal_ensure_token()
        params = {"access_token": token, "name": "Bai Buyer", "signature": SIGNATURE, **params}
        return self._call_route(f"/my/orders/{order.id}/accept", **params)


class PaymentHttpCommon(PortalHttpCommon):
    """Customers who pay online, with the demo provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        demo = cls.env.ref("payment.payment_provider_demo").sudo()
        cls.provider = demo.search([("code", "=", "demo"), ("company_id", "=", cls.company.id)]) or demo.copy(
            {"company_id": cls.company.id}
        )
        cls.provider.write({"state": "test", "is_published": True, "journal_id": journal.id})
        cls.method = cls.env.ref("payment_demo.payment_method_demo")

    def _create_offer(self, **values):
        return super()._create_offer(**{"require_signature": False, "require_payment": True, **values})

    def _start(self, order, **values):
        """Start a payment as the page does and return (transaction, error data)."""
        params = {
            "access_token": order.sudo()._portal_ensure_token(),
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "amount": order.amount_total,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": order.sudo().get_portal_url(),
            **values,
        }
        _result, error = self._call_route(f"/my/orders/{order.id}/transaction", **params)
        return order.sudo().transaction_ids, error

    def _finish(self, transaction):
        """Let the provider answer and the status page book the payment."""
        answer = {"reference": transaction.reference, "payment_details": "1234", "simulated_state": "done"}
        _result, error = self._call_route("/payment/demo/simulate_payment", **answer)
        self.assertFalse(error)
        result, error = self._call_route("/payment/status/poll")
        self.assertFalse(error, error and error["message"])
        self.assertEqual(result["state"], "authorized" if self.provider.capture_manually else "done")

    def _assert_booked(self, transaction, amount):
        self.assertEqual((transaction.state, transaction.is_post_processed), ("done", True))
        self.assertEqual(transaction.payment_id.amount, amount)
        self.assertIn(transaction.payment_id.state, ("in_process", "paid"))


class FloorHttpCommon(FloorCommon, ReviewHttpCommon):
    """The same company with one red line: a Machine is not sold below 80. Each attack is tried with a red line that
    refuses, with one that asks, and without one, where it has to succeed: else it would prove nothing."""

    MODES = ("block", "review", None)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floor = cls._create_floor(fixed_price=80, enforcement="block")
        cls.other = cls._create_product("Screw", list_price=1)
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.jpy.id, "company_id": cls.company.id, "name": name, "rate": rate}
                for name, rate in (("2019-01-01", 1), ("2020-01-01", 20))
            ]
        )

    def _set_mode(self, mode):
        """Let the red line refuse or ask; None switches it off."""
        self.floor.write({"active": bool(mode), "enforcement": mode or "warn"})

    def _get_sold_price(self, order):
        """Return the lowest price of a Machine on an order, by its amounts: untaxed, per unit, in company currency,
        with its part of negative lines; counted apart from the addon."""
        lines = order.sudo().order_line
        positive = sum(line.price_subtotal for line in lines if line.price_subtotal > 0)
        share = order.currency_id._convert(1, self.cny, self.company, fields.Date.today(), round=False)
        share *= order.amount_untaxed / positive if positive else 0
        return min(
            line.price_subtotal
            * share
            / line.product_uom_id._compute_quantity(line.product_uom_qty, self.product.uom_id)
            for line in lines
            if line.product_id == self.product and line.product_uom_qty > 0
        )

    def _is_sold_too_low(self, order):
        order.invalidate_recordset()
        order = order.sudo()
        return order.state == "sale" and not order.on_hold and round(self._get_sold_price(order), 6) < 80


class BillsHttpCommon(FloorHttpCommon):
    """An of accounting, who writes invoices and sells nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.company.currency_id = cls.cny  # the chart brings its own
        cls.user_account = cls._create_salesperson("account", "An Accountant", "account.group_account_invoice")
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger Ltd.", "company_id": cls.company.id})

    def _get_line_values(self, price, **values):
        return {"product_id": self.product.id, "price_unit": price, "tax_ids": [Command.clear()], **values}

    def _bill(self, *lines, **values):
        """Return a draft invoice that An writes over RPC."""
        values = {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_line_ids": [Command.create(line) for line in lines],
            **values,
        }
        [created] = self._call(self.user_account, self.env["account.move"], "create", vals_list=[values])
        return self.env["account.move"].browse(created)

    def _sell(self, *lines, mode="review", **values):
        """Return a confirmed order, approved where it has to be."""
        self._set_mode(mode)
        order = self._create_lines(*lines, **values)
        order.action_confirm()
        self._approve_all(order)
        self.assertEqual((order.state, order.on_hold), ("sale", False))
        return order

    def _assert_held(self, bill):
        """Expect that the invoice which ``bill`` returns is posted without a red line only; on both roads."""
        for method, arguments in (("action_post", {}), ("write", {"vals": {"state": "posted"}})):
            self._set_mode(None)
            invoice = bill()
            for mode in self.MODES:
                self._set_mode(mode)
                response = self._post(self.user_account, invoice, method, **arguments)
                self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                self.assertEqual(invoice.state, "draft" if mode else "posted")
                if mode:
                    self.assertNotRegex(response.json()["message"], r"\b80\b")
                    self.assertIn("Machine", response.json()["message"])

    def _assert_posted(self, bill, mode="block"):
        self._set_mode(mode)
        invoice = bill()
        self._call(self.user_account, invoice, "action_post")
        self.assertEqual(invoice.state, "posted")
        return invoice
