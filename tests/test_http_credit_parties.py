"""Roads past the limit of who is to pay: edits by halves, other payers, customers that move or are merged."""

from credit_http import CreditHttpMixin
from review_http import PortalHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCreditParties(CreditHttpMixin, PortalHttpCommon):
    def test_edits_that_pass_the_limit_by_halves(self):
        order, second = self._create_order(900), self._create_order(900)
        self._call(self.user_s, order, "action_confirm")
        self._call(self.user_s, order.order_line, "write", vals={"discount": 90})
        self._call(self.user_s, second, "action_confirm")
        self._assert_order(second, "sale", "clear")
        self._call(self.user_s, order.order_line, "write", vals={"discount": 0})
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual(order.sudo().order_review_ids.measure, 800)

    def test_another_payer_is_asked_about(self):
        friend = self.env["res.partner"].create({"name": "Friend Ltd.", "is_company": True})
        order = self._create_order(6000)
        self._call(self.user_s, order, "write", vals={"partner_invoice_id": friend.id})
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "draft", "pending")
        self.assertEqual(order.sudo().order_review_ids.mapped("key"), ["payer"])
        order = self._create_order(500)
        self._call(self.user_s, order, "action_confirm")
        self._call(self.user_s, order, "write", vals={"partner_invoice_id": friend.id})
        self._assert_order(order, "sale", "pending", on_hold=True)

    def test_another_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        today = self.company._get_today()
        rates = self.env["res.currency.rate"]
        rates.search([("currency_id", "=", euro.id), ("company_id", "=", self.company.id)]).unlink()
        rates.create({"name": today, "rate": 0.1, "currency_id": euro.id, "company_id": self.company.id})
        order = self._create_order(900)
        self._call(self.user_s, order, "action_confirm")
        self._call(self.user_s, order, "write", vals={"currency_id": euro.id})
        self._assert_order(order, "sale", "pending", on_hold=True)

    def test_the_entity_of_a_customer_is_not_written(self):
        """It follows from the company above: written, it would be another payer."""
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        above = self.env["res.partner"].create({"name": "Above Ltd.", "is_company": True})
        order = self._create_order(6000)
        self._call(self.user_s, self.customer, "write", vals={"commercial_partner_id": above.id})
        self.assertEqual(self.customer.commercial_partner_id, self.customer)
        self._call(self.user_s, order, "action_confirm")
        self._assert_held(order)

    def test_customers_are_not_moved_away_from_their_limit(self):
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        above = self.env["res.partner"].create({"name": "Above Ltd.", "is_company": True, "email": "a@example.com"})
        self.customer.write({"is_company": False, "email": "a@example.com"})
        self._assert_refused(self.user_s, self.customer, "write", 403, vals={"parent_id": above.id})
        wizards = self.env["base.partner.merge.automatic.wizard"]
        values = {"partner_ids": [Command.set((self.customer | above).ids)], "dst_partner_id": above.id}
        [wizard] = self._call(self.user_s, wizards, "create", vals_list=[values | {"state": "selection"}])
        self._assert_refused(self.user_s, wizards.browse(wizard), "action_merge", 403)
        self.assertTrue(self.customer.exists())

    def test_figures_of_anothers_customer_are_not_told(self):
        """Whoever sells to it learns that its credit does not do, wherever he looks."""
        order = self._create_order(6000)
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "draft", "pending")
        reviews = order.sudo().order_review_ids
        told = [
            self._call(self.user_s, reviews, "read", fields=["message", "facts_table", "amount_at_stake"]),
            self._call(self.user_s, order, "read", fields=["review_banner"]),
            self._call(self.user_s, self.env["mail.message"], "search_read", domain=[], fields=["body"]),
            self._call(self.user_s, self.env["mail.activity"], "search_read", domain=[], fields=["note", "summary"]),
        ]
        self.assertIn("The credit of Jade Dragon Ltd. does not allow this order.", str(told))
        for figure in ("1,000", "5,000", "receivable"):
            self.assertNotIn(figure, str(told))
        for name in ("measure", "stake", "facts"):
            self._assert_refused(self.user_s, reviews, "read", 403, fields=[name])
            self._assert_refused(self.user_s, reviews.browse(), "search", 403, domain=[[name, "!=", False]])
        self._assert_refused(self.user_s, order, "read", 403, fields=["credit_confirmation"])
        self.grade.confirm_policy = "block"
        other = self._create_order(6000)
        refusal = self._assert_refused(self.user_s, other, "action_confirm", 422, "does not allow this order")
        self.assertNotIn("5,000", refusal)

    def test_sorting_by_what_is_not_told(self):
        partners = self.env["res.partner"]
        self._assert_refused(self.user_s, partners, "search", 403, domain=[], order="credit_exposure desc")
        self.user_s.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertTrue(self._call(self.user_s, partners, "search", domain=[], order="credit_exposure desc", limit=3))
