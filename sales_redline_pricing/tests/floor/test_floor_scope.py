from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import FloorCommon


@tagged("post_install", "-at_install")
class TestFloorScope(FloorCommon):
    """For whom and what a red line is stays so, whatever becomes of customers, classes, departments and products."""

    def test_archived_class_and_department_free_nobody(self):
        """A red line for a class stays for that class when the class is archived."""
        self._create_floor(fixed_price=80, enforcement="block")
        self._create_floor(fixed_price=10, customer_class_ids=[Command.set(self.class_a.ids)])
        department = self.env["hr.department"].create({"name": "Outlet", "company_id": self.company.id})
        self._create_floor(fixed_price=5, department_ids=[Command.set(department.ids)])
        order = self._create_lines({"price_unit": 70})
        self._assert_floor(order, "below", 80, 10)
        self.class_a.active = False
        department.active = False
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self._assert_floor(order, "below", 80, 10)

    def test_a_class_or_department_of_a_red_line_is_not_deleted(self):
        department = self.env["hr.department"].create({"name": "Outlet", "company_id": self.company.id})
        self._create_floor(fixed_price=10, customer_class_ids=[Command.set(self.class_a.ids)])
        self._create_floor(fixed_price=5, department_ids=[Command.set(department.ids)])
        for record in (self.class_a, department):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                record.unlink()

    def test_what_a_red_line_is_for_is_not_deleted(self):
        """Without its customer a red line would be one for everybody; without its product it would be gone."""
        partner = self.env["res.partner"].create({"name": "Key Account", "company_id": self.company.id})
        other, product = self._create_product("Press"), self._create_product("Lathe")
        categ = self.env["product.category"].create({"name": "Machinery"})
        self._create_floor(fixed_price=10, partner_id=partner.id)
        self._create_floor(applied_on="variant", product_tmpl_id=False, product_id=product.id)
        self._create_floor(product_tmpl_id=other.product_tmpl_id.id)
        self._create_floor(applied_on="category", product_tmpl_id=False, categ_id=categ.id)
        for record in (partner, product, other.product_tmpl_id, categ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                record.unlink()
        self._assert_floor(self._create_lines({"price_unit": 5}), "none")

    def test_merged_customers_keep_the_red_line(self):
        duplicate = self.customer.copy()
        self._create_floor(fixed_price=80, partner_id=duplicate.id)
        self._assert_floor(self._create_lines({"price_unit": 70}), "none")
        self.env["base.partner.merge.automatic.wizard"]._merge((self.customer | duplicate).ids, self.customer)
        self._assert_floor(self._create_lines({"price_unit": 70}), "below", 80, 10)

    def test_a_variant_that_comes_back_has_its_red_line(self):
        """Whoever takes a value off a product and puts it back meets the red line again."""
        attribute = self.env["product.attribute"].create({"name": "Size"})
        small, large = self.env["product.attribute.value"].create(
            [{"name": name, "attribute_id": attribute.id} for name in ("S", "L")]
        )
        values = [Command.create({"attribute_id": attribute.id, "value_ids": [Command.set((small | large).ids)]})]
        template = self.env["product.template"].create({"name": "Glove", "attribute_line_ids": values})
        variant = template.product_variant_ids[1]
        floor = self._create_floor(applied_on="variant", product_tmpl_id=False, product_id=variant.id)
        with mute_logger("odoo.sql_db"):
            template.attribute_line_ids.value_ids = [Command.unlink(large.id)]
        self.assertFalse(variant.active)
        template.attribute_line_ids.value_ids = [Command.link(large.id)]
        self.assertTrue(variant.active)
        self.assertEqual(floor.exists().product_id, variant)

    def test_branches_obey_the_red_lines_of_their_company(self):
        self._create_floor(fixed_price=80)
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= branch
        user = self.user_s
        user.company_ids |= branch
        order = self.env["sale.order"].with_user(user).with_company(branch)
        order = order.with_context(allowed_company_ids=[branch.id, self.company.id]).create(
            {
                "partner_id": self.customer.id,
                "company_id": branch.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "price_unit": 79, "tax_ids": [Command.clear()]})
                ],
            }
        )
        self.assertEqual(order.company_id, branch)
        self._assert_floor(order, "below", 80, 1)
