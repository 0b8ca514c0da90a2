"""Ways out of the scope of a rule, over HTTP as a plain salesperson."""

from review_http import FIGURES, ReviewHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestWaysOutOfTheDepartment(ReviewHttpCommon):
    """The rule holds in Sales East only; Sales West, with S3 in it, confirms freely."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_s3 = cls._create_salesperson("s3", "Song of the West")
        cls.sales_west = cls.env["hr.department"].create(
            {"name": "Sales West", "company_id": cls.company.id, "parent_id": cls.head_office.id}
        )
        cls._create_employee(cls.user_s3, cls.sales_west)
        cls.rule.department_ids = cls.sales_east

    def _get_values(self, **values):
        line = {"product_id": self.product.id, "price_unit": 60000, "tax_ids": [Command.clear()]}
        return {"partner_id": self.customer.id, "order_line": [Command.create(line)], **values}

    def _assert_not_created(self, values, **arguments):
        """Expect a refusal: for the department, or for the review where the order would be confirmed."""
        before = self.env["sale.order"].search_count([])
        response = self._post(self.user_s, self.env["sale.order"], "create", vals_list=[values], **arguments)
        self.assertIn(response.status_code, (403, 422) if "state" in values else (403,), response.text[:300])
        self.assertEqual(self.env["sale.order"].search_count([]), before)

    def _assert_not_confirmed(self, order):
        self.assertIn(order.sudo().state, ("draft", "sent"))

    def test_the_west_confirms_freely_and_the_east_does_not(self):
        west = self._create_large(user=self.user_s3)
        self._call(self.user_s3, west, "action_confirm")
        self._assert_order(west, "sale", "clear")
        east = self._create_large()
        self._call(self.user_s, east, "action_confirm")
        self._assert_waits(east)

    def test_the_department_cannot_be_chosen(self):
        order = self._create_large()
        for vals in (
            {"department_id": self.sales_west.id},
            {"department_id": False},
            {"department_id": self.sales_west.id, "state": "sale"},
        ):
            self._assert_refused(self.user_s, order, "write", 403, order.name, vals=vals)
        for department in (self.sales_west.id, False):
            self._assert_not_created(self._get_values(department_id=department, state="sale"))
            self._assert_not_created(self._get_values(department_id=department))
        self.assertEqual(order.department_id, self.sales_east)
        self._assert_untouched(order)

    def test_no_default_chooses_the_department(self):
        context = {"default_department_id": self.sales_west.id}
        self._assert_not_created(self._get_values(state="sale"), context=context)
        self._assert_not_created(self._get_values(), context=context)
        default = {"model_name": "sale.order", "field_name": "department_id", "value": self.sales_west.id}
        self._call(self.user_s, self.env["ir.default"], "set", user_id=True, **default)
        self._assert_not_created(self._get_values(state="sale"))
        self._assert_not_created(self._get_values())

    def test_an_order_without_salesperson_is_reviewed(self):
        for method, arguments in (
            ("write", {"vals": {"user_id": False, "state": "sale"}}),
            ("web_save", {"vals": {"user_id": False, "state": "sale"}, "specification": {}}),
        ):
            order = self._create_large()
            self._post(self.user_s, order, method, **arguments)
            self._assert_not_confirmed(order)
        order = self._create_large()
        self._call(self.user_s, order, "write", vals={"user_id": False})
        self._post(self.user_s, order, "action_confirm")
        self._assert_not_confirmed(order)

    def test_an_order_created_without_salesperson_is_reviewed(self):
        orders = self.env["sale.order"]
        before = orders.search_count([("state", "=", "sale")])
        self._post(self.user_s, orders, "create", vals_list=[self._get_values(user_id=False, state="sale")])
        self.assertEqual(orders.search_count([("state", "=", "sale")]), before)

    def test_a_colleagues_name_does_not_confirm(self):
        order = self._create_large()
        context = {"mail_auto_subscribe_no_notify": True}
        vals = {"user_id": self.user_s3.id, "state": "sale"}
        self._post(self.user_s, order, "write", vals=vals, context=context)
        self._assert_not_confirmed(order)

    def test_a_day_before_the_employment_does_not_confirm(self):
        order = self._create_large()
        self._post(self.user_s, order, "write", vals={"date_order": "2019-06-01 08:00:00", "state": "sale"})
        self._assert_not_confirmed(order)
        self._post(self.user_s, order, "write", vals={"date_order": "2019-06-01 08:00:00"})
        self._post(self.user_s, order, "write", vals={"state": "sale"})
        self._assert_not_confirmed(order)

    def test_an_approved_order_that_another_department_takes_over_stays_covered(self):
        order = self._create_approved()
        order.sudo().user_id = self.user_s3
        self.assertEqual(order.sudo().department_id, self.sales_west)
        self._call(self.user_s3, order, "action_confirm")
        self.assertEqual(order.sudo().state, "sale")


@tagged("post_install", "-at_install")
class TestOtherWaysOut(ReviewHttpCommon):
    """Customer class and team of a rule."""

    def test_the_class_of_the_customer_cannot_be_changed(self):
        key, other = self.env["sale.customer.class"].create([{"name": "Key", "code": "K"}, {"name": "C", "code": "C"}])
        self.customer.customer_class_id = key
        self.rule.customer_class_ids = key
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        order = self._create_large()
        for customer_class in (other.id, False):
            vals = {"customer_class_id": customer_class}
            self._assert_refused(self.user_s, self.customer, "write", 403, self.customer.name, vals=vals)
        self._assert_refused(self.user_s, key, "write", 403, vals={"active": False})
        self._assert_refused(self.user_s, order, "write", 422, *FIGURES, vals={"state": "sale"})

    def test_no_default_gives_a_new_customer_a_class(self):
        key = self.env["sale.customer.class"].create({"name": "Key", "code": "K"})
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        default = {"model_name": "res.partner", "field_name": "customer_class_id", "value": key.id, "user_id": True}
        self._call(self.user_s, self.env["ir.default"], "set", **default)
        partners, values = self.env["res.partner"], [{"name": "New"}]
        partner = partners.browse(self._call(self.user_s, partners, "create", vals_list=values))
        self.assertFalse(partner.customer_class_id)
        context = {"default_customer_class_id": key.id}
        self._assert_refused(self.user_s, partners, "create", 403, vals_list=values, context=context)

    def test_another_customer_after_approval_does_not_confirm(self):
        key = self.env["sale.customer.class"].create({"name": "Key", "code": "K"})
        self.customer.customer_class_id = key
        self.rule.customer_class_ids = key
        order = self._create_order(6000, quantity=10, partner_id=self.env["res.partner"].create({"name": "New"}).id)
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "clear")
        self._call(self.user_s, order, "write", vals={"partner_id": self.customer.id})
        self._assert_order(order, "sale", "pending", on_hold=True)
