"""Every road to a confirmed order, fired at a server over HTTP as a plain salesperson."""

from review_http import FIGURES, ReviewHttpCommon

from odoo.fields import Command
from odoo.http import Request
from odoo.tests import tagged

from odoo.addons.sales_control.tests.common import CORE_CONTEXT


@tagged("post_install", "-at_install")
class TestConfirmRoads(ReviewHttpCommon):
    """Buttons and calls that confirm: what needs a decision waits, what is clear confirms."""

    def test_the_button_of_the_web_client_asks_the_reviewers(self):
        order = self._create_large()
        self.authenticate(self.user_s.login, self.user_s.login)
        params = {"model": "sale.order", "method": "action_confirm", "args": [order.ids], "kwargs": {}}
        result, error = self._call_route("/web/dataset/call_button/sale.order/action_confirm", **params)
        self.assertFalse(error)
        self.assertFalse(result, "no window opens")
        self._assert_waits(order)

    def test_confirming_by_rpc_asks_the_reviewers(self):
        order = self._create_large()
        self.assertIs(self._call(self.user_s, order, "action_confirm"), True)
        self._assert_waits(order)
        self.assertIn("50,000.00", order.sudo().order_review_ids.message)

    def test_confirming_again_changes_nothing(self):
        order = self._create_pending()
        self._call(self.user_s, order, "action_confirm")
        self._assert_waits(order)
        self.assertEqual(order.sudo().review_count, 1)

    def test_confirming_a_small_order_works_as_ever(self):
        order = self._create_order(49999.99)
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "clear")

    def test_without_the_rule_nothing_is_held(self):
        self.rule.active = False
        order = self._create_large()
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "clear")
        by_state = self._create_large()
        self._call(self.user_s, by_state, "write", vals={"state": "sale"})
        self._assert_order(by_state, "sale", "clear")

    def test_of_several_orders_the_clear_ones_confirm(self):
        small, large, small_too = self._create_order(100), self._create_large(), self._create_order(200)
        self._call(self.user_s, small | large | small_too, "action_confirm")
        self._assert_order(small, "sale", "clear")
        self._assert_order(small_too, "sale", "clear")
        self._assert_waits(large)

    def test_an_approved_order_confirms_by_itself(self):
        order = self._create_pending()
        self._call(self.user_m, order.order_review_ids, "action_approve", comment="Fine")
        self._assert_order(order, "sale", "approved")
        self.assertEqual(order.sudo().order_review_ids.step_ids.decided_by, self.user_m)

    def test_requesting_a_review_does_not_confirm_after_approval(self):
        order = self._create_large()
        self._call(self.user_s, order, "action_request_review")
        self._assert_waits(order)
        self._call(self.user_m, order.order_review_ids, "action_approve")
        self._assert_order(order, "draft", "approved")
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "approved")

    def test_a_colleague_confirms_nothing_of_others(self):
        order = self._create_large()
        self._assert_refused(self.user_s2, order, "action_confirm", 403)
        self._assert_refused(self.user_s2, order, "action_request_review", 403)
        self._assert_untouched(order)

    def test_a_copy_of_an_approved_order_is_reviewed_itself(self):
        order = self._create_confirmed(price=6000)
        [copied] = self._call(self.user_s, order, "copy")
        copy = self.env["sale.order"].browse(copied)
        self._assert_untouched(copy)
        self._call(self.user_s, copy, "action_confirm")
        self._assert_waits(copy)

    def test_a_copy_cannot_be_made_confirmed_or_approved(self):
        order = self._create_confirmed(price=6000)
        orders = self.env["sale.order"].search_count([])
        self._assert_refused(self.user_s, order, "copy", 422, *FIGURES, default={"state": "sale"})
        links = [Command.set(order.sudo().order_review_ids.ids)]
        self._assert_refused(self.user_s, order, "copy", 403, default={"order_review_ids": links})
        self.assertEqual(self.env["sale.order"].search_count([]), orders)
        [copied] = self._call(self.user_s, order, "copy", default={"review_state": "approved", "on_hold": True})
        self._assert_untouched(self.env["sale.order"].browse(copied))

    def test_a_cancelled_and_reopened_order_starts_again(self):
        order = self._create_confirmed(price=6000)
        self._call(self.user_s, order, "action_cancel")
        self._call(self.user_s, order, "action_draft")
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})
        self._call(self.user_s, order, "action_confirm")
        self._assert_waits(order)
        self.assertEqual(sorted(order.sudo().order_review_ids.mapped("state")), ["approved", "pending"])

    def test_cancelling_by_state_ends_the_approval_too(self):
        order = self._create_approved()
        self._call(self.user_s, order, "write", vals={"state": "cancel"})
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})
        self._assert_order(order, "cancel", "clear")

    def test_sending_the_quotation_confirms_nothing(self):
        order = self._create_large()
        self._call(self.user_s, order, "action_quotation_sent")
        self._assert_order(order, "sent", "clear")
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sent", "pending")

    def test_an_order_with_decisions_cannot_be_deleted(self):
        order = self._create_approved()
        self._assert_refused(self.user_g, order, "unlink", 403)
        self.user_s.group_ids |= self.env.ref("sales_team.group_sale_manager")
        self._assert_refused(self.user_s, order, "unlink", 422, order.name, "decisions on record")
        self.assertTrue(order.exists())


@tagged("post_install", "-at_install")
class TestStateRoads(ReviewHttpCommon):
    """The state, written instead of reached."""

    def _get_values(self, price=60000, **values):
        line = {"product_id": self.product.id, "price_unit": price, "tax_ids": [Command.clear()]}
        return {"partner_id": self.customer.id, "order_line": [Command.create(line)], **values}

    def _assert_nothing_created(self, *args, **arguments):
        before = self.env["sale.order"].search_count([])
        message = self._assert_refused(*args, **arguments)
        self.assertEqual(self.env["sale.order"].search_count([]), before)
        return message

    def test_writing_the_state_is_refused_with_the_figures(self):
        order = self._create_large()
        message = self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})
        self.assertIn(order.name, message)
        self.assertIn("click Confirm or Request Review", message)
        self._assert_untouched(order)

    def test_writing_the_state_under_review_is_refused(self):
        order = self._create_pending()
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})
        self._assert_waits(order)

    def test_writing_the_state_of_several_orders_refuses_all(self):
        small, large = self._create_order(100), self._create_large()
        self._assert_refused(self.user_s, small | large, "write", 422, large.name, vals={"state": "sale"})
        self._assert_untouched(small)
        self._assert_untouched(large)

    def test_writing_state_and_prices_at_once_is_judged_by_the_new_prices(self):
        order = self._create_order(100)
        dear = [Command.update(order.order_line.id, {"price_unit": 60000})]
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale", "order_line": dear})
        self._assert_untouched(order)
        self.assertEqual(order.amount_untaxed, 100)

    def test_creating_a_confirmed_order_is_refused(self):
        self._assert_nothing_created(
            self.user_s, self.env["sale.order"], "create", 422, *FIGURES, vals_list=self._get_values(state="sale")
        )

    def test_a_default_state_in_the_context_is_refused(self):
        self._assert_nothing_created(
            self.user_s,
            self.env["sale.order"],
            "create",
            422,
            *FIGURES,
            vals_list=self._get_values(),
            context={"default_state": "sale"},
        )

    def test_a_default_state_of_the_user_is_refused(self):
        defaults = {"model_name": "sale.order", "field_name": "state", "value": "sale", "user_id": True}
        self._call(self.user_s, self.env["ir.default"], "set", **defaults)
        self._assert_nothing_created(
            self.user_s, self.env["sale.order"], "create", 422, *FIGURES, vals_list=self._get_values()
        )

    def test_an_empty_confirmed_order_that_is_filled_later_is_held(self):
        values = {"partner_id": self.customer.id, "state": "sale"}
        [created] = self._call(self.user_s, self.env["sale.order"], "create", vals_list=[values])
        order = self.env["sale.order"].browse(created)
        self._call(self.user_s, order, "write", vals={"order_line": self._get_values()["order_line"]})
        self._assert_order(order, "sale", "pending", on_hold=True)

    def test_saving_a_form_with_a_state_is_refused(self):
        order = self._create_large()
        arguments = {"vals": {"state": "sale"}, "specification": {"state": {}}}
        self._assert_refused(self.user_s, order, "web_save", 422, *FIGURES, **arguments)
        multi = {"vals_list": [{"state": "sale"}], "specification": {"state": {}}}
        self._assert_refused(self.user_s, order, "web_save_multi", 422, *FIGURES, **multi)
        new = {"vals": self._get_values(state="sale"), "specification": {"state": {}}}
        self._assert_nothing_created(self.user_s, self.env["sale.order"], "web_save", 422, *FIGURES, **new)
        self._assert_untouched(order)

    def test_writing_the_state_through_the_customer_is_refused(self):
        order = self._create_large()
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        vals = {"sale_order_ids": [Command.update(order.id, {"state": "sale"})]}
        self._assert_refused(self.user_s, self.customer, "write", 422, *FIGURES, vals=vals)
        self._assert_untouched(order)

    def test_context_keys_open_nothing(self):
        order = self._create_large()
        keys = {
            **CORE_CONTEXT,
            "sales_control.edited_orders": order.ids,
            "sales_control.goods_leaving": True,
            "module": "base",
            "test_mode": True,
            "default_state": "sale",
            "default_review_state": "approved",
            "allowed_company_ids": self.company.ids,
            "uid": 1,
            "su": True,
        }
        for method, arguments in (("write", {"vals": {"state": "sale"}}), ("web_save", {"vals": {"state": "sale"}})):
            if method == "web_save":
                arguments["specification"] = {}
            self._assert_refused(self.user_s, order, method, 422, *FIGURES, context=keys, **arguments)
        self._assert_untouched(order)
        self._call(self.user_s, order, "action_confirm", context=dict(keys, default_step_ids=[], bin_size=True))
        self._assert_waits(order)

    def test_another_company_in_the_context_opens_nothing(self):
        other = self.env["res.company"].create({"name": "Free Zone Ltd.", "currency_id": self.cny.id})
        order = self._create_large()
        for companies in (other.ids, [*other.ids, *self.company.ids], [self.env.ref("base.main_company").id]):
            arguments = {"vals": {"state": "sale"}, "context": {"allowed_company_ids": companies}}
            self._assert_refused(self.user_s, order, "write", 403, **arguments)
            self._assert_untouched(order)
        self.user_s.company_ids |= other
        context = {"allowed_company_ids": [*other.ids, *self.company.ids]}
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"}, context=context)
        self._call(self.user_s, order, "action_confirm", context=context)
        self._assert_waits(order)

    def test_archived_rules_do_not_count_whatever_the_context(self):
        self._create_rule(name="Archived", min_amount=1).active = False
        order = self._create_order(100)
        self._call(self.user_s, order, "action_confirm", context={"active_test": False})
        self._assert_order(order, "sale", "clear")

    def test_the_state_of_a_line_opens_nothing(self):
        order = self._create_large()
        self._post(self.user_s, order.order_line, "write", vals={"state": "sale", "product_uom_qty": 11})
        self._assert_order(order, "draft", "clear")
        self.assertFalse(order.sudo().picking_ids.filtered(lambda picking: picking.state == "done"))

    def test_amounts_cannot_be_written(self):
        order = self._create_large()
        self._call(self.user_s, order, "write", vals={"amount_untaxed": 1, "amount_tax": 0, "amount_total": 1})
        self._call(self.user_s, order.order_line, "write", vals={"price_subtotal": 1, "price_total": 1})
        self.assertEqual((order.amount_untaxed, order.order_line.price_subtotal), (60000, 60000))
        forged = self._get_values(state="sale", amount_untaxed=1, amount_total=1)
        self._assert_nothing_created(self.user_s, self.env["sale.order"], "create", 422, *FIGURES, vals_list=forged)

    def test_tax_data_cannot_make_a_confirmed_order_cheaper(self):
        tax = self._create_vat()
        line = {
            "product_id": self.product.id,
            "product_uom_qty": 10,
            "price_unit": 6000,
            "tax_ids": [Command.set(tax.ids)],
            "extra_tax_data": self._prepare_forged_tax_data(tax, 6000, 10),
        }
        values = {"partner_id": self.customer.id, "state": "sale", "order_line": [Command.create(line)]}
        self._assert_nothing_created(self.user_s, self.env["sale.order"], "create", 422, "50,000.00", vals_list=values)

    def test_tax_data_cannot_make_a_quotation_cheaper(self):
        tax = self._create_vat()
        order = self._create_large()
        vals = {"tax_ids": [Command.set(tax.ids)], "extra_tax_data": self._prepare_forged_tax_data(tax, 6000, 10)}
        self._call(self.user_s, order.order_line, "write", vals=vals)
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "draft", "pending")


@tagged("post_install", "-at_install")
class TestImportRoads(ReviewHttpCommon):
    """Files and lists of rows."""

    COLUMNS = (
        "partner_id/.id",
        "state",
        "order_line/product_id/.id",
        "order_line/product_uom_qty",
        "order_line/price_unit",
    )

    def _get_row(self, price, state="sale"):
        return [str(self.customer.id), state, str(self.product.id), "1", str(price)]

    def _import_file(self, row):
        """Upload a file as the import screen does, and import it; return the messages and the new orders."""
        self.authenticate(self.user_s.login, self.user_s.login)
        wizard, error = self._call_web("base_import.import", "create", {"res_model": "sale.order"})
        self.assertFalse(error)
        content = ",".join(self.COLUMNS) + "\n" + ",".join(row) + "\n"
        upload = self.url_open(
            "/base_import/set_file",
            data={"id": wizard, "csrf_token": Request.csrf_token(self)},
            files={"ufile": ("orders.csv", content, "text/csv")},
        )
        self.assertEqual(upload.json(), {"result": True})
        options = {"has_headers": True, "quoting": '"', "separator": ",", "encoding": "utf-8", "fields": []}
        result, error = self._call_web(
            "base_import.import", "execute_import", [wizard], list(self.COLUMNS), list(self.COLUMNS), options
        )
        self.assertFalse(error)
        return result

    def test_a_file_with_a_state_column_is_refused_with_the_figures(self):
        before = self.env["sale.order"].search_count([])
        result = self._import_file(self._get_row(60000))
        self.assertFalse(result.get("ids"))
        for text in FIGURES:
            self.assertIn(text, result["messages"][0]["message"])
        self.assertEqual(self.env["sale.order"].search_count([]), before)

    def test_a_file_with_small_orders_is_imported(self):
        result = self._import_file(self._get_row(100))
        self.assertEqual(result["messages"], [])
        self._assert_order(self.env["sale.order"].browse(result["ids"]), "sale", "clear")

    def test_loading_rows_with_a_state_is_refused_with_the_figures(self):
        arguments = {"fields": self.COLUMNS, "data": [self._get_row(60000)]}
        for context in ({}, {"import_file": True, "tracking_disable": True}):
            result = self._call(self.user_s, self.env["sale.order"], "load", context=context, **arguments)
            self.assertFalse(result["ids"])
            for text in FIGURES:
                self.assertIn(text, result["messages"][0]["message"])

    def test_loading_a_state_into_an_existing_order_is_refused(self):
        order = self._create_large()
        rows = {"fields": (".id", "state"), "data": [[str(order.id), "sale"]]}
        result = self._call(self.user_s, self.env["sale.order"], "load", **rows)
        self.assertFalse(result["ids"])
        self.assertIn("60,000.00", result["messages"][0]["message"])
        self._assert_untouched(order)

    def test_loading_results_of_the_review_is_refused(self):
        order = self._create_large()
        for name, value in (("review_state", "approved"), ("confirmed_on", "2019-01-01"), ("review_count", "0")):
            rows = {"fields": (".id", name), "data": [[str(order.id), value]]}
            result = self._call(self.user_s, self.env["sale.order"], "load", **rows)
            self.assertFalse(result["ids"], name)
        self._assert_untouched(order)
