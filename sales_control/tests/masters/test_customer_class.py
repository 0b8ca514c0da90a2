from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..masters_common import MastersCommon


@tagged("post_install", "-at_install")
class TestCustomerClass(MastersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        cls.own_list, cls.class_list, cls.country_list = cls.env["product.pricelist"].create(
            [{"name": "Own"}, {"name": "Class A list"}, {"name": "Countries"}]
        )
        cls.country_list.country_group_ids = cls.env["res.country.group"].create(
            {"name": "Home", "country_ids": [Command.link(cls.env.ref("base.cn").id)]}
        )
        cls.class_a, cls.class_b = cls.env["sale.customer.class"].create(
            [
                {"name": "A", "code": "A", "is_key": True, "pricelist_id": cls.class_list.id},
                {"name": "B", "code": "B"},
            ]
        )
        cls.partner = cls.make_partners(1, country_id=cls.env.ref("base.cn").id)

    # --- classes ----------------------------------------------------------------------------------------------------

    def test_code_is_unique_per_company(self):
        Class = self.env["sale.customer.class"]
        Class.create({"name": "East A", "code": "EA", "company_id": self.company.id})
        Class.create({"name": "Else A", "code": "EA", "company_id": self.other_company.id})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            Class.create({"name": "Again", "code": "EA", "company_id": self.company.id})
        with self.assertRaisesRegex(ValidationError, '"EA" is already used'):
            Class.create({"name": "For all", "code": "EA"})

    def test_code_is_unique_among_shared_and_archived_classes(self):
        self.class_a.action_archive()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.class_b.code = "A"
        self.class_b.invalidate_recordset(flush=False)
        with self.assertRaises(ValidationError):
            self.class_b.write({"code": "A", "company_id": self.company.id})

    def test_code_is_unique_in_the_database(self):
        self.class_b.flush_recordset()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute("UPDATE sale_customer_class SET code = 'A' WHERE id = %s", [self.class_b.id])

    def test_classes_without_code(self):
        classes = self.env["sale.customer.class"].create([{"name": "X"}, {"name": "Y"}])
        self.assertEqual(classes.mapped("display_name"), ["X", "Y"])
        self.assertEqual(self.class_a.display_name, "[A] A")

    def test_copy_leaves_the_code(self):
        copy = self.class_a.copy()
        self.assertRecordValues(
            copy, [{"name": "A (copy)", "code": False, "is_key": True, "pricelist_id": self.class_list.id}]
        )

    def test_search_by_code(self):
        found = self.env["sale.customer.class"].name_search("B", operator="=")
        self.assertEqual([class_id for class_id, _name in found], [self.class_b.id])

    def test_customers_of_the_class(self):
        companies = self.make_partners(3, customer_class_id=self.class_b.id)
        self.env["res.partner"].create({"name": "Contact", "parent_id": companies[0].id})
        self.assertEqual(self.class_b.partner_count, 3)
        action = self.class_b.action_view_partners()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), companies.sorted())

    def test_used_class_cannot_be_deleted(self):
        self.partner.customer_class_id = self.class_a
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.class_a.unlink()

    # --- on customers -----------------------------------------------------------------------------------------------

    def test_contacts_have_the_class_of_their_company(self):
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.partner.id})
        self.partner.customer_class_id = self.class_a
        self.assertEqual(contact.customer_class_id, self.class_a)
        later = self.env["res.partner"].create({"name": "Later", "parent_id": self.partner.id})
        self.assertEqual(later.customer_class_id, self.class_a)
        self.partner.customer_class_id = False
        self.assertFalse(contact.customer_class_id | later.customer_class_id)

    def test_company_of_class_and_customer(self):
        limited = self.env["sale.customer.class"].create({"name": "L", "company_id": self.other_company.id})
        with self.assertRaises(UserError):
            self.partner.customer_class_id = limited
        self.partner.write({"company_id": self.other_company.id, "customer_class_id": limited.id})
        self.assertEqual(self.partner.customer_class_id, limited)

    def test_company_of_a_used_class(self):
        self.partner.customer_class_id = self.class_b
        with self.assertRaisesRegex(ValidationError, "cannot be limited to"):
            self.class_b.company_id = self.company

    def test_company_of_the_price_list(self):
        foreign = self.env["product.pricelist"].create({"name": "Foreign", "company_id": self.other_company.id})
        with self.assertRaises(UserError):
            self.class_a.pricelist_id = foreign
        self.class_a.with_company(self.other_company).pricelist_id = foreign
        self.assertEqual(self.class_a.pricelist_id, self.class_list)

    # --- price lists ------------------------------------------------------------------------------------------------

    def test_without_class_nothing_changes(self):
        self.assertEqual(self.partner.property_product_pricelist, self.country_list)
        self.partner.customer_class_id = self.class_b
        self.assertEqual(self.partner.property_product_pricelist, self.country_list)

    def test_list_of_the_class(self):
        self.partner.customer_class_id = self.class_a
        self.assertEqual(self.partner.property_product_pricelist, self.class_list)
        self.assertEqual(self.make_order(partner_id=self.partner.id).pricelist_id, self.class_list)

    def test_own_list_comes_first(self):
        self.partner.customer_class_id = self.class_a
        self.partner.property_product_pricelist = self.own_list
        self.assertEqual(self.partner.property_product_pricelist, self.own_list)
        self.own_list.action_archive()
        self.env.invalidate_all()  # core does not recompute on archiving either
        self.assertEqual(self.partner.property_product_pricelist, self.class_list)

    def test_choosing_the_country_list_for_a_customer_with_class(self):
        self.partner.customer_class_id = self.class_a
        self.partner.property_product_pricelist = self.country_list
        self.assertEqual(self.partner.specific_property_product_pricelist, self.country_list)
        self.assertEqual(self.partner.property_product_pricelist, self.country_list)

    def test_choosing_the_class_list_stores_nothing(self):
        self.partner.customer_class_id = self.class_a
        self.partner.property_product_pricelist = self.own_list
        self.partner.property_product_pricelist = self.class_list
        self.assertFalse(self.partner.specific_property_product_pricelist)
        self.partner.customer_class_id = False
        self.assertEqual(self.partner.property_product_pricelist, self.country_list)

    def test_form_does_not_freeze_the_list(self):
        with Form(self.env["res.partner"], view="base.view_partner_form") as form:
            form.name = "Through the form"
            form.customer_class_id = self.class_a
            self.assertEqual(form.property_product_pricelist, self.class_list)
        partner = form.save()
        self.assertFalse(partner.specific_property_product_pricelist)
        self.class_a.pricelist_id = self.own_list
        self.assertEqual(partner.property_product_pricelist, self.own_list)

    def test_archived_class_or_list_grants_nothing(self):
        self.partner.customer_class_id = self.class_a
        self.class_list.action_archive()
        self.env.invalidate_all()
        self.assertEqual(self.partner.property_product_pricelist, self.country_list)
        self.class_list.action_unarchive()
        self.class_a.action_archive()
        self.assertEqual(self.partner.property_product_pricelist, self.country_list)

    def test_list_of_another_company_grants_nothing(self):
        self.partner.customer_class_id = self.class_a
        partner = self.partner.with_company(self.other_company)
        self.assertNotEqual(partner.property_product_pricelist, self.class_list)
        shared = self.env["product.pricelist"].create({"name": "Shared", "company_id": False})
        self.class_a.with_company(self.other_company).pricelist_id = shared
        self.assertEqual(partner.property_product_pricelist, shared)
        self.assertEqual(self.partner.property_product_pricelist, self.class_list)

    def test_no_list_while_price_lists_are_off(self):
        self.partner.customer_class_id = self.class_a
        self.env["res.config.settings"].create({"group_product_pricelist": False}).execute()
        self.env.invalidate_all()
        self.assertFalse(self.partner.property_product_pricelist)

    def test_portal_customer_gets_the_list(self):
        user = new_test_user(self.env, "sc_portal", "base.group_portal")
        user.partner_id.customer_class_id = self.class_a
        partner = user.partner_id.with_user(user)
        self.assertEqual(
            self.env["product.pricelist"].with_user(user)._get_class_pricelists(partner), {partner: self.class_list}
        )

    def test_statements_do_not_grow(self):
        def read(partners):
            return self.count_queries(lambda: partners.mapped("property_product_pricelist"))

        plain_few, plain_many = self.make_partners(3), self.make_partners(60)
        read(plain_few)
        self.assertEqual(read(plain_few), read(plain_many))
        classed_few = self.make_partners(3, customer_class_id=self.class_a.id)
        classed_many = self.make_partners(60, customer_class_id=self.class_a.id)
        read(classed_few)
        self.assertEqual(read(classed_few), read(classed_many))

    def test_no_statement_more_without_classes(self):
        partners = self.make_partners(20)
        Pricelist = self.env["product.pricelist"]
        partners.mapped("customer_class_id")
        with self.assertQueryCount(0):
            self.assertEqual(Pricelist._get_class_pricelists(partners), {})

    # --- who may ----------------------------------------------------------------------------------------------------

    def test_salesperson_reads_classes_and_changes_none(self):
        class_a = self.class_a.with_user(self.anna)
        self.assertEqual(class_a.name, "A")
        for forge in (
            lambda: class_a.write({"pricelist_id": self.own_list.id}),
            lambda: class_a.create({"name": "Mine"}),
            class_a.unlink,
        ):
            with self.assertRaises(AccessError):
                forge()

    def test_salesperson_does_not_classify_customers(self):
        partner = self.partner.with_user(self.anna)
        with self.assertRaisesRegex(AccessError, "ask a sales manager"):
            partner.customer_class_id = self.class_a
        with self.assertRaises(AccessError):
            partner.create({"name": "New", "customer_class_id": self.class_a.id})
        with self.assertRaises(AccessError):
            partner.with_context(default_customer_class_id=self.class_a.id).create({"name": "New"})

    def test_own_defaults_classify_only_what_managers_create(self):
        for user in self.anna | self.manager:
            self.env["ir.default"].with_user(user).set(
                "res.partner", "customer_class_id", self.class_a.id, user_id=True
            )
        classes = [
            self.env["res.partner"].with_user(user).create({"name": "New"}).customer_class_id
            for user in (self.anna, self.manager)
        ]
        self.assertEqual(classes, [self.class_a.browse(), self.class_a])

    def test_salesperson_works_with_classified_customers(self):
        self.partner.customer_class_id = self.class_a
        partner = self.partner.with_user(self.anna)
        partner.write({"phone": "123", "customer_class_id": self.class_a.id})
        contacts = partner.create(
            [
                {"name": "Contact", "parent_id": partner.id},
                {"name": "Import", "parent_id": partner.id, "customer_class_id": False},
            ]
        )
        self.assertEqual(contacts.mapped("customer_class_id"), self.class_a)

    def test_managers_classify(self):
        self.partner.with_user(self.manager).customer_class_id = self.class_a
        self.assertEqual(self.partner.customer_class_id, self.class_a)
        self.class_a.with_user(self.administrator).name = "Top"
        self.assertEqual(self.class_a.name, "Top")

    def test_classes_of_other_companies_are_hidden(self):
        hidden = self.env["sale.customer.class"].create({"name": "H", "company_id": self.other_company.id})
        self.assertNotIn(hidden, self.env["sale.customer.class"].with_user(self.manager).search([]))
        self.assertIn(self.class_a, self.env["sale.customer.class"].with_user(self.manager).search([]))
