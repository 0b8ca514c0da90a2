"""Ways under a lower red line, over HTTP as a plain salesperson: other customer, class, department, company."""

from review_http import FloorHttpCommon

from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestLowerRedLines(FloorHttpCommon):
    """Class A may buy at 60, everybody else at 80; the order is at 70."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.favoured = cls.env["res.partner"].create(
            {
                "name": "Favoured Ltd.",
                "is_company": True,
                "company_id": cls.company.id,
                "customer_class_id": cls.class_a.id,
            }
        )
        cls._create_floor(fixed_price=60, customer_class_ids=[Command.set(cls.class_a.ids)], enforcement="block")

    def _create_low(self, **values):
        return self._create_lines({"price_unit": 70}, **values)

    def _assert_not_sold(self, order):
        self._post(self.user_s, order, "action_confirm")
        self._post(self.user_s, order, "write", vals={"state": "sale"})
        self.assertFalse(self._is_sold_too_low(order))
        self._assert_order(order, "draft", "clear")

    def test_the_favoured_buy_and_the_others_do_not(self):
        self._assert_not_sold(self._create_low())
        order = self._create_low(partner_id=self.favoured.id)
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "clear")

    def test_confirmed_for_the_favoured_and_given_to_another(self):
        """Without the red line the same change passes."""
        for mode in self.MODES:
            with self.subTest(mode=mode):
                self._set_mode(mode)
                order = self._create_low(partner_id=self.favoured.id)
                self._call(self.user_s, order, "action_confirm")
                vals = {"partner_id": self.customer.id}
                response = self._post(self.user_s, order, "write", vals=vals)
                self.assertEqual(response.status_code, 422 if mode == "block" else 200, response.text[:300])
                self.assertEqual(order.partner_id, self.favoured if mode == "block" else self.customer)
                self.assertEqual(order.on_hold, mode == "review")

    def test_the_class_is_not_the_salespersons(self):
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        order = self._create_low()
        vals = {"customer_class_id": self.class_a.id}
        self._assert_refused(self.user_s, self.customer, "write", 403, vals=vals)
        self._assert_refused(
            self.user_s, order, "write", 403, vals={"partner_id": self.customer.id, "department_id": False}
        )
        new = {"name": "New", **vals}
        self._assert_refused(self.user_s, self.customer.browse(), "create", 403, vals_list=[new])
        self._assert_not_sold(order)

    def test_the_class_is_not_taken_along_from_a_company(self):
        """A contact of the favoured customer does not become a customer with its class."""
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        values = {"name": "Nephew", "parent_id": self.favoured.id, "type": "contact"}
        [created] = self._call(self.user_s, self.customer.browse(), "create", vals_list=[values])
        nephew = self.env["res.partner"].browse(created)
        self.assertEqual(nephew.customer_class_id, self.class_a)
        for vals in ({"parent_id": False}, {"is_company": True}, {"parent_id": self.customer.id}):
            self._assert_refused(self.user_s, nephew, "write", 403, "Nephew", vals=vals)
            self.assertEqual(nephew.commercial_partner_id, self.favoured)
        self.user_s.group_ids |= self.env.ref("sales_team.group_sale_manager")
        self._call(self.user_s, nephew, "write", vals={"parent_id": False})
        self.assertEqual((nephew.commercial_partner_id, nephew.customer_class_id), (nephew, self.class_a))

    def test_the_favoured_as_company_for_a_while(self):
        self.user_s.group_ids |= self.env.ref("base.group_partner_manager")
        person = self.env["res.partner"].create({"name": "Person", "company_id": self.company.id})
        order = self._create_low(partner_id=person.id)
        self._call(self.user_s, person, "write", vals={"parent_id": self.favoured.id})
        self._call(self.user_s, order, "action_confirm")
        self._assert_order(order, "sale", "clear")
        self._assert_refused(self.user_s, person, "write", 403, "Person", vals={"parent_id": False})
        self.assertEqual(person.commercial_partner_id, self.favoured, "who bought as a favoured customer stays one")

    def test_classes_and_products_are_not_the_salespersons(self):
        pairs = (
            (self.class_a, {"active": False}),
            (self.product, {"active": False}),
            (self.product, {"categ_id": False}),
            (self.product, {"standard_price": 1}),
            (self.product.uom_id, {"relative_factor": 100}),
            (self.company, {"price_floor_tell_passing": True}),
            (self.env.ref("base.CNY"), {"active": False}),
            (self.env["res.currency.rate"].search([], limit=1), {"rate": 100}),
        )
        for records, vals in pairs:
            self._assert_refused(self.user_s, records, "write", 403, vals=vals)


@tagged("post_install", "-at_install")
class TestOtherDepartments(FloorHttpCommon):
    """The outlet may sell at 60, everybody else at 80."""

    def test_the_salesperson_is_no_way_to_a_lower_red_line(self):
        seller = self._create_salesperson("outlet", "Ou Outlet")
        outlet = self.env["hr.department"].create({"name": "Outlet", "company_id": self.company.id})
        self._create_employee(seller, outlet)
        self._create_floor(fixed_price=60, department_ids=[Command.set(outlet.ids)], enforcement="block")
        own = self._create_lines({"price_unit": 70})
        self._assert_refused(self.user_s, own, "action_confirm", 422, "Machine")
        self._post(self.user_s, own, "write", vals={"user_id": seller.id})
        self._post(self.user_s, own, "action_confirm")
        self._post(self.user_s, own, "write", vals={"state": "sale"})
        self.assertFalse(self._is_sold_too_low(own))
        theirs = self._create_order(70, user=seller)
        self._call(seller, theirs, "action_confirm")
        self._assert_order(theirs, "sale", "clear")


@tagged("post_install", "-at_install")
class TestOtherCompanies(FloorHttpCommon):
    """A sister company without red lines is no way round."""

    def test_company_switching(self):
        sister = self.env["res.company"].create({"name": "Sister", "currency_id": self.cny.id})
        self.user_s.company_ids |= sister
        self.customer.company_id = False
        contexts = [
            {"allowed_company_ids": ids}
            for ids in ([sister.id], [sister.id, self.company.id], [self.company.id, sister.id])
        ]
        for mode in self.MODES:
            self._set_mode(mode)
            for context in contexts:
                with self.subTest(mode=mode, context=context):
                    order = self._create_lines({"price_unit": 79})
                    self._post(self.user_s, order, "action_confirm", context=context)
                    self._post(self.user_s, order, "write", vals={"state": "sale"}, context=context)
                    self.assertFalse(mode and self._is_sold_too_low(order))
                    if len(context["allowed_company_ids"]) > 1:
                        self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_an_order_does_not_come_from_the_sister(self):
        sister = self.env["res.company"].create({"name": "Sister", "currency_id": self.cny.id})
        self.user_s.company_ids |= sister
        self.customer.company_id = False
        self._set_mode("block")
        context = {"allowed_company_ids": [sister.id, self.company.id]}
        line = {"product_id": self.product.id, "price_unit": 79, "tax_ids": [Command.clear()]}
        values = {"partner_id": self.customer.id, "company_id": sister.id, "order_line": [Command.create(line)]}
        orders = self.env["sale.order"]
        [created] = self._call(self.user_s, orders, "create", vals_list=[values], context=context)
        order = orders.browse(created)
        self._call(self.user_s, order, "action_confirm", context=context)
        self.assertEqual((order.state, order.company_id), ("sale", sister))
        self._post(self.user_s, order, "write", vals={"company_id": self.company.id}, context=context)
        self.assertFalse(order.company_id == self.company and self._is_sold_too_low(order))
