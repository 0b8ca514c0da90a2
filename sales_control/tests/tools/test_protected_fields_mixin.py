from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import LazyTranslate

from ...tools.protection import Protection
from .mixin_common import extend_model

_lt = LazyTranslate(__name__, default_lang="en_US")
ERP = Protection("base.group_erp_manager", _lt("%(fields)s of %(record)s: administrators only."))
SYSTEM = Protection(sentence=_lt("%(fields)s: nobody enters this."))


@tagged("post_install", "-at_install")
class TestProtectedFieldsMixin(TransactionCase):
    """Contacts with protected fields, and who gets past the protection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        class ResPartner(models.Model):
            _module = None
            _name = "res.partner"
            _inherit = ["res.partner", "protected.fields.mixin"]

            @api.model
            def _get_protections(self):
                return {
                    **super()._get_protections(),
                    "ref": ERP,
                    "barcode": ERP,  # depends on the company, and so does the term
                    "property_supplier_payment_term_id": ERP,
                    "category_id": ERP,
                    "color": ERP,
                    "parent_id": SYSTEM,
                    "function": Protection("base.group_erp_manager"),
                    "email_normalized": Protection(derived=True),
                }

        extend_model(cls, ResPartner)
        cls.user = new_test_user(cls.env, "sc_user", "base.group_user,base.group_partner_manager")
        cls.manager = new_test_user(cls.env, "sc_manager", "base.group_erp_manager,base.group_partner_manager")
        cls.tag = cls.env["res.partner.category"].create({"name": "Tag"})
        values = {"name": "Jade", "ref": "J1", "barcode": "B1", "category_id": cls.tag.ids, "function": "Boss"}
        cls.partner = cls.env["res.partner"].create(values)

    def _partners(self, user=None, **context):
        return self.env["res.partner"].with_user(user or self.user).with_context(**context)

    def _set_default(self, name, value, user=None):
        """Set a default: the user's own, or everybody's."""
        defaults = self.env["ir.default"]
        if user:
            defaults.with_user(user).set("res.partner", name, value, user_id=True)
        else:
            defaults.set("res.partner", name, value)

    def assertRefused(self, method, *arguments, sentence="administrators only"):
        with self.assertRaisesRegex(AccessError, sentence), self.env.cr.savepoint():
            method(*arguments)

    # === WRITE === #

    def test_write(self):
        mine = self.partner.with_user(self.user)
        for values in (
            {"ref": "J2"},
            {"ref": False},
            {"barcode": "B2"},
            {"category_id": [Command.clear()]},
            {"category_id": [Command.create({"name": "New"})]},
            {"name": "Jade 2", "color": 3},
        ):
            self.assertRefused(mine.write, values)
        self.assertEqual(self.partner.name, "Jade")
        self.partner.with_user(self.manager).write({"ref": "J2", "barcode": "B2", "category_id": [Command.clear()]})
        self.assertEqual((self.partner.ref, self.partner.barcode, self.partner.category_id.ids), ("J2", "B2", []))

    def test_write_of_what_is_there(self):
        self.partner.with_user(self.user).write({"name": "Opal", "ref": "J1", "barcode": "B1", "color": 0})
        self.assertEqual(self.partner.name, "Opal")
        other = self.env["res.partner"].create({"name": "Onyx"})
        other.with_user(self.user).write({"ref": "", "barcode": False, "category_id": []})

    def test_write_of_several(self):
        """One of them changes: all are refused."""
        other = self.env["res.partner"].create({"name": "Onyx"})
        self.assertRefused((self.partner | other).with_user(self.user).write, {"ref": "J1"}, sentence="of Onyx")

    def test_nobody_but_the_system(self):
        for user in (self.user, self.manager):
            self.assertRefused(
                self.partner.with_user(user).write,
                {"parent_id": self.env.company.partner_id.id},
                sentence="nobody enters",
            )
        self.partner.with_user(self.user).sudo().parent_id = self.env.company.partner_id

    def test_sentence_names_fields_and_record(self):
        self.assertRefused(
            self.partner.with_user(self.user).write,
            {"ref": "x", "barcode": "y"},
            sentence="^(Reference, Barcode|Barcode, Reference) of Jade: administrators only.$",
        )
        self.assertRefused(self._partners().create, {"name": "New", "ref": "x"}, sentence="^Reference of Contact:")

    def test_guesses_tell_nothing(self):
        """Whether a field that the user does not read has a value is not told by what is refused."""
        self.patch(self.env["res.partner"]._fields["barcode"], "groups", "base.group_erp_manager")
        messages = set()
        for guess in ("B1", "B2"):
            with self.assertRaises(AccessError) as refused:
                self.partner.with_user(self.user).write({"barcode": guess})
            messages.add(str(refused.exception))
        self.assertEqual(len(messages), 1)

    # === CREATE === #

    def test_create(self):
        self._partners().create({"name": "New", "ref": False, "barcode": "", "color": 0, "category_id": []})
        for values in ({"ref": "x"}, {"barcode": "x"}, {"color": 5}, {"category_id": self.tag.ids}):
            values = {"name": "New", **values}
            if "category_id" in values:
                values["category_id"] = [Command.set(self.tag.ids)]
            self.assertRefused(self._partners().create, [{"name": "First"}, values])
            self._partners(self.manager).create(values)

    def test_default_of_the_context(self):
        for name, value in (("ref", "x"), ("barcode", "x"), ("color", 5), ("category_id", self.tag.ids)):
            self.assertRefused(self._partners(**{f"default_{name}": value}).create, {"name": "New"})
        partner = self._partners(self.manager, default_ref="x").create({"name": "New"})
        self.assertEqual(partner.ref, "x")

    def test_default_of_the_user(self):
        """His own default of a field that he may not set does not count; that of who may does."""
        for name, value in (("ref", "x"), ("barcode", "x"), ("color", 5), ("category_id", self.tag.ids)):
            self._set_default(name, value, self.user)
            self._set_default(name, value, self.manager)
            self.assertFalse(self._partners().create({"name": "New"})[name])
            self.assertTrue(self._partners(self.manager).create({"name": "New"})[name])

    def test_default_of_everybody(self):
        """An administrator decided for all: nobody changes anything by creating a contact."""
        term = self.env["account.payment.term"].search([], limit=1)
        self._set_default("ref", "ALL")
        self._set_default("property_supplier_payment_term_id", term.id)
        for values in ({}, {"ref": "ALL", "property_supplier_payment_term_id": term.id}):
            partner = self._partners().create({"name": "New", **values})
            self.assertEqual((partner.ref, partner.property_supplier_payment_term_id), ("ALL", term))
        self.assertRefused(self._partners().create, {"name": "New", "ref": False})
        self._set_default("ref", "MINE", self.user)
        self.assertEqual(self._partners().create({"name": "New"}).ref, "ALL")

    def test_system_does_not_take_over_defaults(self):
        """What creates contacts as superuser for a user leaves out his defaults; those of code count."""
        self._set_default("ref", "x", self.user)
        partners = self._partners(default_color=5).sudo()
        partner = partners.create({"name": "New"})
        self.assertEqual((partner.ref, partner.color), (False, 0))
        self.assertEqual(partners.create({"name": "New", "ref": "y"}).ref, "y")
        self.assertEqual(partners.with_context(default_ref="code").create({"name": "New"}).ref, "code")
        self._set_default("ref", "x", self.manager)
        self.assertEqual(self._partners(self.manager).sudo().create({"name": "New"}).ref, "x")
        self.assertEqual(self.env["res.partner"].with_context(default_ref="x").create({"name": "New"}).ref, "x")

    # === SILENT AND DERIVED === #

    def test_silent(self):
        self.partner.with_user(self.user).write({"name": "Opal", "function": "Clerk"})
        self.assertEqual((self.partner.name, self.partner.function), ("Opal", "Boss"))
        partner = self._partners(default_function="Clerk").create({"name": "New", "function": "Clerk"})
        self.assertFalse(partner.function)
        self.assertNotIn("function", self._partners(default_function="Clerk").default_get(["function"]))
        self.partner.with_user(self.manager).function = "Clerk"
        self.assertEqual(self.partner.function, "Clerk")
        self.partner.with_user(self.user).sudo().function = "Boss"
        self.assertEqual(self.partner.function, "Boss")

    def test_silent_default_of_the_user(self):
        self._set_default("function", "Clerk", self.user)
        self.assertFalse(self._partners().create({"name": "New"}).function)
        self._set_default("function", "Everybody")
        self.assertEqual(self._partners().create({"name": "New"}).function, "Everybody")

    def test_derived(self):
        """A default would stand in for the computation: not even the system's counts."""
        self._set_default("email_normalized", "x@example.com")
        for partners in (self._partners(default_email_normalized="x@example.com"), self.env["res.partner"]):
            for values in ({}, {"email_normalized": "x@example.com"}):
                partner = partners.create({"name": "New", "email": "Me@Example.com", **values})
                self.assertEqual(partner.email_normalized, "me@example.com")
        partner.write({"email_normalized": "x@example.com"})
        self.assertEqual(partner.email_normalized, "me@example.com")
