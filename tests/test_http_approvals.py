"""What an approval covers, who gives it and who reads it, fired at a server over HTTP."""

from collection_http import CollectionHttpCommon
from review_http import FloorHttpCommon, ReviewHttpCommon
from test_http_credit import CreditHttpMixin
from test_http_goods_and_bills import GoodsHttpCommon

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.sales_plan_credit.tools.groups import MANAGER

MARKUP = '<a href="https://evil.example">Approved</a><img src="x">'


@tagged("post_install", "-at_install")
class TestSamplesOverHttp(FloorHttpCommon):
    """Approved as one sample, sold by the dozen."""

    def test_a_sample_covers_no_quantity(self):
        self._set_mode("review")
        self.company.review_auto_confirm = False
        order = self._create_order(1)
        self._call(self.user_s, order, "action_confirm")
        review = order.sudo().order_review_ids
        self.assertEqual((review.measure, review.stake), (79, 79))
        self._call(self.user_m, review, "action_approve")
        self._call(self.user_s, order.order_line, "write", vals={"product_uom_qty": 40, "price_unit": 1})
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "draft", "pending")
        self.assertEqual((order.sudo().order_review_ids - review).stake, 40 * 79)

    def test_a_sample_covers_no_quantity_of_a_confirmed_order(self):
        self._set_mode("review")
        order = self._create_order(1)
        self._call(self.user_s, order, "action_confirm")
        self._call(self.user_m, order.sudo().order_review_ids, "action_approve")
        self._assert_order(order, "sale", "approved")
        self._call(self.user_s, order.order_line, "write", vals={"product_uom_qty": 40, "price_unit": 1})
        self._assert_order(order, "sale", "pending", on_hold=True)


@tagged("post_install", "-at_install")
class TestDepartmentsOverHttp(FloorHttpCommon):
    """The red line is for Sales East, to which Shen belongs; Xu belongs to the West."""

    def test_a_red_line_of_the_author_does_not_end_with_another_salesperson(self):
        self._set_mode("review")
        self.floor.department_ids = self.sales_east
        user_w = self._create_salesperson("w", "Wang of the West")
        user_x = self._create_salesperson("x", "Xu of the West")
        self._create_employee(user_x, self._create_department("Sales West", user_w, parent_id=self.head_office.id))
        self.user_s.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        for author, found in (self.user_s, True), (user_x, False):
            order = self._create_order(79, user=author)
            self._call(self.user_s, order, "write", vals={"user_id": user_x.id})
            self.assertEqual(order.sudo().department_id.name, "Sales West")
            self._call(user_x, order, "action_confirm")
            self._assert_order(order, *(("draft", "pending") if found else ("sale", "clear")))


@tagged("post_install", "-at_install")
class TestHoldsOverHttp(CreditHttpMixin, GoodsHttpCommon):
    """Jade Dragon on hold: the department manager released one order of 900."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_c = cls._create_salesperson("c", "Cao Credit", f"sales_team.group_sale_salesman_all_leads,{MANAGER}")

    def _set_hold(self, reason):
        vals = {"credit_on_hold": True, "credit_hold_reason": reason}
        self._call(self.user_c, self.customer, "write", vals=vals)

    def _create_released(self):
        self._set_hold("late payer")
        order = self._create_goods_order(price=90)
        self._call(self.user_s, order, "action_confirm")
        self._call(self.user_m, order.sudo().order_review_ids, "action_approve")
        self._assert_order(order, "sale", "approved")
        return order

    def _validate(self, order):
        picking = order.sudo().picking_ids
        vals = {"quantity": 10, "picked": True}
        self._call(self.user_stock, picking.move_ids, "write", vals=vals)
        return self._post(self.user_stock, picking, "button_validate")

    def test_a_release_ships(self):
        order = self._create_released()
        self._set_hold("late payer")
        self.assertEqual(self._validate(order).status_code, 200)
        self.assertEqual(order.sudo().picking_ids.state, "done")

    def test_a_release_covers_no_later_hold(self):
        order = self._create_released()
        self._call(self.user_c, self.customer, "action_credit_release")
        self._set_hold("FRAUD: do not ship")
        response = self._validate(order)
        self.assertEqual(response.status_code, 422)
        self.assertIn("FRAUD", response.json()["message"])
        self.assertNotEqual(order.sudo().picking_ids.state, "done")

    def test_a_release_covers_no_larger_order(self):
        order = self._create_released()
        self.payer.credit_grade_id.credit_limit = 10**6
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 9000})
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual(self._validate(order).status_code, 422)

    def test_nobody_names_holds(self):
        self._create_released()
        key = self.payer.sudo().credit_hold_key
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        for user in self.user_s | self.user_c:
            self._assert_refused(user, self.customer, "write", 403, vals={"credit_hold_key": "other"})
            self._assert_refused(user, self.customer, "read", 403, fields=["credit_hold_key"])
        self.payer.invalidate_recordset()
        self.assertEqual(self.payer.sudo().credit_hold_key, key)


@tagged("post_install", "-at_install")
class TestSupplyOverHttp(CollectionHttpCommon):
    """Supply is stopped for Jade Dragon, who owes 1,000: the department manager released an order of 480."""

    def test_a_release_covers_no_larger_order(self):
        self._create_rule(name="Supply", kind="dunning", min_amount=0)
        self.level_2.stop_supply = True
        self._dun(self.own, self.level_2)
        order = self._create_order(480)
        self._call(self.user_s, order, "action_confirm")
        review = order.sudo().order_review_ids
        self.assertEqual((review.kind, review.measure, review.stake), ("dunning", 1000, 480))
        self._call(self.user_m, review, "action_approve")
        self._assert_order(order, "sale", "approved")
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 48000})
        self._assert_order(order, "sale", "pending", on_hold=True)
        self.assertEqual((order.sudo().order_review_ids - review).stake, 48000)


@tagged("post_install", "-at_install")
class TestTermsOverHttp(ReviewHttpCommon):
    """On which terms an approval stands, and in which currency a difference is measured."""

    def test_a_contact_of_the_same_company_is_the_same_customer(self):
        contact, stranger = self.env["res.partner"].create(
            [{"name": "Ms Li", "parent_id": self.customer.id}, {"name": "Someone Else", "company_id": self.company.id}]
        )
        self.company.review_auto_confirm = False
        for partner, state, review_state in (contact, "sale", "approved"), (stranger, "draft", "pending"):
            order = self._create_approved()
            self._call(self.user_s, order, "write", vals={"partner_id": partner.id})
            self._call(self.user_s, order, "action_confirm")
            self._assert_order(order, state, review_state)

    def test_differences_are_measured_in_company_currency(self):
        self.rule.write({"kind": "mismatch", "min_amount": 0})
        self.step_g.min_measure = 500
        for currency, rate, difference, measure, deciders in (
            (self.usd, 0.14, 100, 714.29, self.user_m | self.user_g),
            (self.jpy, 20, 1000, 50, self.user_m),
        ):
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "company_id": self.company.id, "name": "2020-01-01", "rate": rate}
            )
            pricelist = self.env["product.pricelist"].create(
                {"name": currency.name, "currency_id": currency.id, "company_id": self.company.id}
            )
            order = self._create_order(2000, pricelist_id=pricelist.id)
            self._call(self.user_s, order, "write", vals={"contract_amount": 2000 + difference})
            self._call(self.user_s, order, "action_confirm")
            review = order.sudo().order_review_ids
            self.assertEqual((review.measure, review.stake), (measure, measure))
            asked = review.step_ids.filtered(lambda step: step.state != "standby")
            self.assertEqual(asked.candidate_ids, deciders)


@tagged("post_install", "-at_install")
class TestDecidersOverHttp(ReviewHttpCommon):
    """Wang leads the West and would approve whatever his friend Shen of the East asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_west()

    def _assert_own_manager_decides(self, order):
        review = order.sudo().order_review_ids
        self._call(self.user_w, review, "action_approve")
        self._assert_order(order, "draft", "pending")
        self._call(self.user_m, review, "action_approve")
        self._assert_order(order, "sale", "approved")

    def test_by_another_salesperson(self):
        self.user_s.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        order = self._create_large()
        self._call(self.user_s, order, "write", vals={"user_id": self.user_x.id})
        self._call(self.user_x, order, "action_confirm")
        self._assert_own_manager_decides(order)

    def test_by_another_team(self):
        self.step_m.approver_type = "team_leader"
        order = self._create_large()
        self._call(self.user_s, order, "write", vals={"team_id": self.west.id})
        self._call(self.user_s, order, "action_confirm")
        self._assert_own_manager_decides(order)

    def test_at_creation(self):
        self.user_s.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        line = {"product_id": self.product.id, "price_unit": 60000, "tax_ids": [Command.clear()]}
        vals = {
            "partner_id": self.customer.id,
            "user_id": self.user_x.id,
            "team_id": self.west.id,
            "order_line": [Command.create(line)],
        }
        order = self.env["sale.order"].browse(
            self._call(self.user_s, self.env["sale.order"], "create", vals_list=[vals])
        )
        self._call(self.user_x, order, "action_confirm")
        self._assert_own_manager_decides(order)

    def test_rules_of_a_team_do_not_end_with_it(self):
        self.rule.team_ids = self.east
        order = self._create_large()
        self._call(self.user_s, order, "write", vals={"team_id": self.west.id})
        self._call(self.user_s, order, "action_confirm")
        self._assert_waits(order)

    def test_by_being_the_delegate(self):
        delegations = self.env["sale.review.delegation"]
        self._call(self.user_m, delegations, "create", vals_list=[{"delegate_id": self.user_s.id}])
        order = self._create_large()
        self._call(self.user_s, order, "action_confirm")
        self.assertEqual(self._get_reviewers(order), self.user_g)
        self._assert_refused(self.user_s, order.sudo().order_review_ids, "action_approve", 403)
        self._call(self.user_g, order.sudo().order_review_ids, "action_approve")
        self._assert_order(order, "sale", "approved")

    def test_the_warehouse_asks_nobody_and_signs_nothing(self):
        keeper = self._create_salesperson("keeper", "Wu Warehouse", "stock.group_stock_user")
        order = self._create_large()
        for method in ("action_request_review", "action_confirm"):
            self._assert_refused(keeper, order, method, 403, "salesperson")
        for vals in ({"contract_amount": 60000}, {"contract_kind": "special", "special_reason": "x"}):
            self._assert_refused(keeper, order, "write", 403, vals=vals)
        line = Command.update(order.order_line.id, {"contract_qty": 1})
        self._assert_refused(keeper, order, "write", 403, vals={"order_line": [line]})
        self._assert_untouched(order)

    def test_a_difference_is_not_written(self):
        order = self._create_large(contract_amount=1)
        self._call(self.user_s, order, "write", vals={"contract_mismatch": False})
        order.invalidate_recordset()
        self.assertTrue(order.contract_mismatch)


@tagged("post_install", "-at_install")
class TestEndsOverHttp(ReviewHttpCommon):
    """Reviews that are void, and whoever still has a finger on them."""

    def _create_replaced(self):
        """Return an order of 60,000 raised to 70,000 under review: (order, void review, pending review)."""
        order = self._create_pending()
        void = order.sudo().order_review_ids
        self._call(self.user_s, order.order_line, "write", vals={"price_unit": 7000})
        self._call(self.user_s, order, "action_confirm")
        pending = order.sudo().order_review_ids - void
        self.assertEqual((void.state, pending.state), ("void", "pending"))
        return order, void, pending

    def test_the_button_of_the_order(self):
        order, _void, _pending = self._create_replaced()
        self._call(self.user_m, order, "action_approve_review")
        self._assert_order(order, "sale", "approved")

    def test_all_at_once(self):
        order, void, pending = self._create_replaced()
        self._assert_refused(self.user_m, void, "action_approve", 422, "no longer awaiting")
        action = self._call(self.user_m, void | pending, "action_approve_mine")
        self.assertIn("1 approved, 1 skipped", action["params"]["message"])
        self._assert_order(order, "sale", "approved")
        self.assertEqual(void.state, "void")

    def test_to_dos_follow_delegations(self):
        order, void, _pending = self._create_replaced()
        delegations = self.env["sale.review.delegation"]
        ids = self._call(self.user_m, delegations, "create", vals_list=[{"delegate_id": self.user_d.id}])
        self.assertFalse(void.activity_ids)
        self.assertEqual(self._get_reviewers(order), self.user_m | self.user_d)
        self._call(self.user_m, delegations.browse(ids), "unlink")
        self.assertEqual(self._get_reviewers(order), self.user_m)
        self._assert_refused(self.user_d, order.sudo().order_review_ids, "action_approve", 403)


@tagged("post_install", "-at_install")
class TestReadingOverHttp(ReviewHttpCommon):
    """What people read, and what they send that is no text and no figure."""

    def _open(self, user, address):
        self.authenticate(user.login, user.login)
        return self.url_open(address, timeout=120)

    def test_everybody_reads_his_own_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        review = self._create_pending().sudo().order_review_ids
        for lang, text in (("en_US", "reaches the threshold"), ("zh_CN", "达到")):
            context = {"lang": lang}
            [values] = self._call(self.user_m, review, "read", fields=["message"], context=context)
            self.assertIn(text, values["message"])
            self.assertIn("60,000.00", values["message"])
        self._assert_refused(self.user_m, review, "read", 403, fields=["stored_message"])
        for records, name in ((review, "message"), (review.step_ids, "name")):
            found = self._call(self.user_m, records.browse(), "search", domain=[], order=f"{name} desc")
            self.assertLessEqual(set(records.ids), set(found))

    def test_markup_is_text(self):
        self.company.review_default_reviewer_ids = self.user_g
        order = self._create_order(480, contract_kind="special", special_reason=MARKUP)
        self._call(self.user_s, order, "action_confirm")
        activities = order.sudo().order_review_ids.activity_ids
        values = self._call(self.user_g, activities, "read", fields=["note", "summary"])
        self.assertIn("evil.example", values[0]["note"])
        for tag in ("<a ", "<img"):
            self.assertNotIn(tag, values[0]["note"])
        sheet = self._open(self.user_g, f"/report/html/sales_control.report_approval_sheet/{order.id}").text
        self.assertIn("evil.example", sheet)
        self.assertNotIn(MARKUP, sheet)

    def test_the_sheet_of_a_half_decided_order(self):
        order = self._create_order(250000)
        order.action_confirm()
        self._call(self.user_m, order.sudo().order_review_ids, "action_approve", comment="Known for years")
        address = f"/report/html/sales_control.report_approval_sheet/{order.id}"
        for user in self.user_s | self.user_m | self.user_g:
            page = self._open(user, address)
            self.assertEqual(page.status_code, 200)
            for text in ("Known for years", "Ma Manager", "Gao General"):
                self.assertIn(text, page.text)
            self.assertNotIn("No review was requested", page.text)
        self.assertNotIn("Known for years", self._open(self.user_s2, address).text)
        self.assertLess(self._open(self.user_s, f"{address}000000").status_code, 500)

    def test_stamps_in_the_chatter_are_not_the_record(self):
        """As in stock Odoo, who may write the order may rewrite its notes: what is shown and printed is the record."""
        order = self._create_order(250000)
        order.action_confirm()
        self._call(self.user_m, order.sudo().order_review_ids, "action_approve", comment="Only this once")
        stamp = order.sudo().message_ids.filtered(lambda message: "Only this once" in message.body)
        self.assertEqual(len(stamp), 1)
        response = self._post(self.user_s, stamp, "write", vals={"body": "Approved for ever"})
        self.assertIn(response.status_code, (200, 403))
        [values] = self._call(self.user_s, order, "read", fields=["review_step_ids"])
        steps = self.env["sale.order.review.step"].browse(values["review_step_ids"])
        read = self._call(self.user_s, steps, "read", fields=["comment", "decision"])
        self.assertIn(("Only this once", "Ma Manager"), [(one["comment"], one["decision"]) for one in read])
        page = self._open(self.user_s, f"/report/html/sales_control.report_approval_sheet/{order.id}").text
        self.assertIn("Only this once", page)
        self.assertNotIn("for ever", page)

    def test_remarks_are_text(self):
        review = self._create_pending().sudo().order_review_ids
        for comment in ({"a": 1}, ["x"], 7, True):
            for method in ("action_approve", "action_reject"):
                self._assert_refused(self.user_m, review, method, 422, "text", comment=comment)
        self._assert_nobody_decided(review.order_id)

    def test_figures_of_rules_have_bounds(self):
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= self.company
        context = {"allowed_company_ids": self.company.ids}
        for record, name in ((self.step_m, "deadline_hours"), (self.rule, "validity_days"), (self.rule, "tolerance")):
            for value in (-1, 10**9):
                self._assert_refused(admin, record, "write", 422, vals={name: value}, context=context)
