"""Another figure after approval or confirmation, over HTTP as a plain salesperson."""

from review_http import FIGURES, ReviewHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestEditsAfterApproval(ReviewHttpCommon):
    """A quotation of 60,000 that is approved: what is worse is not covered, what is no worse is."""

    def _assert_uncovered(self, order):
        self._assert_order(order, "draft", "clear")
        self._assert_refused(self.user_s, order, "write", 422, "50,000.00", "Large orders", vals={"state": "sale"})
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "draft", "pending")

    def test_what_makes_a_line_larger_is_not_covered(self):
        other = self._create_product("Other")
        for vals in (
            {"price_unit": 6000.01},
            {"product_uom_qty": 10.01, "price_unit": 6000},
            {"product_uom_id": self.env.ref("uom.product_uom_dozen").id, "price_unit": 72000},
            {"product_id": other.id, "price_unit": 6001},
            {"discount": -1},
        ):
            order = self._create_approved()
            self._call(self.user_s, order.order_line, "write", vals=vals)
            self._assert_uncovered(order)

    def test_what_leaves_the_figure_is_covered(self):
        for vals in ({"price_unit": 5999}, {"discount": 3}, {"name": "Machine, blue"}, {"sequence": 99}):
            order = self._create_approved()
            self._call(self.user_s, order.order_line, "write", vals=vals)
            self._call(self.user_s, order, "action_confirm")
            self._assert_order(order, "sale", "approved")

    def test_lines_through_the_form_are_judged(self):
        for command in (
            Command.create({"product_id": self.product.id, "price_unit": 1}),
            "price",
        ):
            order = self._create_approved()
            if command == "price":
                command = Command.update(order.order_line.id, {"price_unit": 7000})
            arguments = {"vals": {"order_line": [command]}, "specification": {"review_state": {}}}
            [saved] = self._call(self.user_s, order, "web_save", **arguments)
            self.assertEqual(saved["review_state"], "clear")
            self._assert_uncovered(order)

    def test_a_new_line_is_judged(self):
        order = self._create_approved()
        vals = {"order_id": order.id, "product_id": self.product.id, "price_unit": 1}
        self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[vals])
        self._assert_uncovered(order)

    def test_a_line_moved_in_is_judged(self):
        order = self._create_approved()
        other = self._create_order(10)
        self._call(self.user_s, other.order_line, "write", vals={"order_id": order.id})
        self._assert_uncovered(order)

    def test_a_deleted_negative_line_is_judged(self):
        order = self._create_large()
        minus = self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self.product.id, "price_unit": -5000}
        )
        order.action_request_review()
        self._approve_all(order)
        self._call(self.user_s, minus, "unlink")
        self._assert_uncovered(order)

    def test_taxes_are_judged_where_the_total_counts(self):
        self.rule.amount_basis = "total"
        order = self._create_approved()
        tax = self._create_vat()
        self._call(self.user_s, order.order_line, "write", vals={"tax_ids": [Command.set(tax.ids)]})
        self._assert_uncovered(order)

    def test_other_terms_are_not_covered(self):
        usd_list = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        position = self.env["account.fiscal.position"].create({"name": "Export", "company_id": self.company.id})
        term = self.env["account.payment.term"].create({"name": "90 days", "company_id": self.company.id})
        other = self.env["res.partner"].create({"name": "Someone Else"})
        for vals in (
            {"pricelist_id": usd_list.id},
            {"currency_id": self.usd.id},
            {"fiscal_position_id": position.id},
            {"payment_term_id": term.id},
            {"partner_id": other.id},
        ):
            order = self._create_approved()
            self._call(self.user_s, order, "write", vals=vals)
            self._assert_uncovered(order)

    def test_the_discount_wizard_gives_nothing_away(self):
        self.company.sale_discount_product_id = self._create_product("Discount")
        order = self._create_approved()
        for kind, values in (("sol_discount", {"discount_percentage": 0.1}), ("amount", {"discount_amount": 5000})):
            wizard = {"sale_order_id": order.id, "discount_type": kind, **values}
            [wizard] = self._call(self.user_s, self.env["sale.order.discount"], "create", vals_list=[wizard])
            self._call(self.user_s, self.env["sale.order.discount"].browse(wizard), "action_apply_discount")
        self.assertEqual(order.amount_untaxed, 49000)
        self._call(self.user_s, order.order_line[0], "write", vals={"discount": 0})
        self.assertEqual(order.amount_untaxed, 55000)
        self._assert_order(order, "draft", "approved")
        self._call(self.user_s, order.order_line[1:], "unlink")
        self._call(self.user_s, order.order_line, "write", vals={"discount": -10})
        self._assert_uncovered(order)

    def test_new_prices_from_the_price_list_are_judged(self):
        self.product.list_price = 9000
        order = self._create_approved()
        self._call(self.user_s, order, "action_update_prices")
        self.assertEqual(order.amount_untaxed, 90000)
        self._assert_uncovered(order)

    def test_the_date_and_rate_of_the_order_do_not_choose_the_amount(self):
        for name, rate in (("2019-01-01", 0.99), ("2020-01-01", 0.14)):
            self.env["res.currency.rate"].create(
                {"currency_id": self.usd.id, "company_id": self.company.id, "name": name, "rate": rate}
            )
        order = self._create_order(10000)
        vals = {"currency_id": self.usd.id, "date_order": "2019-06-01 08:00:00", "currency_rate": 99}
        self._call(self.user_s, order, "write", vals=vals)
        message = self._assert_refused(self.user_s, order, "write", 422, "71,428.57", vals={"state": "sale"})
        self.assertIn("10,000.00", message)
        usd_list = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        values = {
            "partner_id": self.customer.id,
            "date_order": "2019-06-01 08:00:00",
            "pricelist_id": usd_list.id,
            "order_line": [Command.create({"product_id": self.product.id, "price_unit": 10000})],
        }
        orders = self.env["sale.order"]
        context = {"default_state": "sale"}
        self._assert_refused(self.user_s, orders, "create", 422, "71,428.57", vals_list=values, context=context)
        forged = dict(values, confirmed_on="2019-06-01")
        self._assert_refused(self.user_s, orders, "create", 422, "71,428.57", vals_list=forged, context=context)


@tagged("post_install", "-at_install")
class TestEditsAfterConfirmation(ReviewHttpCommon):
    """A confirmed order of 40,000 that grows is held and asks its reviewers."""

    def _assert_held(self, order):
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual(self._get_reviewers(order), self.user_m)

    def test_what_makes_a_line_larger_holds_the_order(self):
        other = self._create_product("Other")
        for vals in (
            {"price_unit": 5000},
            {"product_uom_qty": 20, "price_unit": 4000},
            {"product_uom_id": self.env.ref("uom.product_uom_dozen").id, "price_unit": 48000},
            {"product_id": other.id, "price_unit": 5000},
            {"discount": -50},
        ):
            order = self._create_confirmed()
            self._call(self.user_s, order.order_line, "write", vals=vals)
            self._assert_held(order)

    def test_what_stays_below_the_rule_changes_nothing(self):
        order = self._create_confirmed()
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 4999})
        self._assert_order(order, "sale", "clear")

    def test_an_approved_order_is_held_by_what_is_worse(self):
        order = self._create_confirmed(price=6000)
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 5500})
        self._assert_order(order, "sale", "approved")
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 6000.01})
        self._assert_held(order)
        pending = order.sudo().order_review_ids.filtered(lambda review: review.state == "pending")
        self._call(self.user_m, pending, "action_approve")
        self._assert_order(order, "sale", "approved")

    def test_other_terms_of_an_approved_order_hold_it(self):
        position = self.env["account.fiscal.position"].create({"name": "Export", "company_id": self.company.id})
        other = self.env["res.partner"].create({"name": "Someone Else"})
        for vals in ({"fiscal_position_id": position.id}, {"partner_id": other.id}, {"currency_id": self.usd.id}):
            order = self._create_confirmed(price=6000)
            self._call(self.user_s, order, "write", vals=vals)
            self._assert_held(order)

    def test_unlocking_and_editing_holds_the_order(self):
        order = self._create_confirmed()
        order.sudo().action_lock()
        self._assert_refused(self.user_s, order.order_line, "write", 422, vals={"price_unit": 9000})
        self._call(self.user_s, order, "action_unlock")
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 9000})
        self._assert_held(order)

    def test_a_line_created_in_a_locked_order_holds_it(self):
        order = self._create_confirmed()
        order.sudo().action_lock()
        vals = {"order_id": order.id, "product_id": self.product.id, "price_unit": 20000}
        self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[vals])
        self._assert_held(order)

    def test_a_line_moved_into_a_locked_order_holds_it(self):
        order = self._create_confirmed()
        order.sudo().action_lock()
        line = self._create_order(20000).order_line
        self._call(self.user_s, line, "write", vals={"order_id": order.id})
        self._assert_held(order)

    def test_taxes_hold_an_order_where_the_total_counts(self):
        self.rule.amount_basis = "total"
        order = self._create_confirmed(price=4900)
        tax = self._create_vat()
        self._call(self.user_s, order.order_line, "write", vals={"tax_ids": [Command.set(tax.ids)]})
        self._assert_held(order)

    def test_the_currency_holds_an_order(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": "2020-01-01", "rate": 0.14}
        )
        order = self._create_confirmed()
        self._call(self.user_s, order, "write", vals={"currency_id": self.usd.id})
        self._assert_held(order)

    def test_prices_from_the_price_list_hold_an_order(self):
        self.product.list_price = 9000
        order = self._create_confirmed()
        self._call(self.user_s, order, "action_update_prices")
        self.assertEqual(order.amount_untaxed, 90000)
        self._assert_held(order)

    def test_tax_data_cannot_hide_a_higher_price(self):
        tax = self._create_vat()
        order = self._create_confirmed()
        forged = self._prepare_forged_tax_data(tax, 6000, 10)
        vals = {"tax_ids": [Command.set(tax.ids)], "extra_tax_data": forged, "price_unit": 6000}
        self._call(self.user_s, order.order_line, "write", vals=vals)
        self._assert_held(order)

    def test_back_to_draft_and_larger_cannot_return(self):
        order = self._create_confirmed()
        self._call(self.user_s, order, "write", vals={"state": "draft"})
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 6000})
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "draft", "pending")

    def test_results_of_the_review_cannot_be_written(self):
        order = self._create_confirmed()
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 6000})
        for vals in (
            {"on_hold": False},
            {"review_state": "approved"},
            {"review_state": "clear", "on_hold": False},
            {"review_count": 0},
            {"confirmed_on": "2019-01-01"},
        ):
            self._assert_refused(self.user_s, order, "write", 403, "result of the review", vals=vals)
            arguments = {"vals": vals, "specification": {}}
            self._assert_refused(self.user_s, order, "web_save", 403, "result of the review", **arguments)
        self._assert_held(order)
