from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .revision_common import RevisionCommon


@tagged("post_install", "-at_install")
class TestPriceRevisionHistory(RevisionCommon):
    """Who revised what stays on record."""

    def test_immutable(self):
        revision = self._preview(change=5, category_ids=[Command.create({"categ_id": self.child.id, "change": 1})])
        revision.action_apply()
        attempts = [
            lambda: revision.write({"note": "x"}),
            lambda: revision.write({"pricelist_ids": [Command.clear()]}),
            lambda: revision.category_ids.write({"change": 2}),
            lambda: revision.category_ids.unlink(),
            lambda: revision.write({"category_ids": [Command.create({"categ_id": self.categ.id})]}),
            revision.unlink,
            revision.action_preview,
            revision.action_reset,
            revision.action_apply,
        ]
        for attempt in attempts:
            with self.assertRaisesRegex(UserError, "can no longer be changed"), self.env.cr.savepoint():
                attempt()
        with self.assertRaises(UserError):
            revision.sudo().line_ids.unlink()
        for attempt in (
            lambda: revision.line_ids.write({"new_price": 1}),
            lambda: revision.line_ids.unlink(),
            lambda: revision.line_ids.copy(),
            lambda: revision.write({"state": "draft"}),
            lambda: revision.write({"applied_by_id": self.user_s.id}),
            lambda: revision.write({"line_ids": [Command.clear()]}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        question = "Why?"
        revision.message_post(body=question)
        self.assertEqual(revision.line_ids.new_price, 105)

    def test_cannot_be_forged(self):
        for values in ({"state": "applied"}, {"applied_by_id": self.user_s.id}, {"line_ids": [Command.create({})]}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._create_revision(**values)
        revision = self._preview(change=5)
        with self.assertRaises(AccessError):
            revision.line_ids.new_price = 1
        other = self._preview(change=6)
        other.action_apply()
        # Moving a category line into an applied revision would rewrite it.
        line = self._create_revision(
            category_ids=[Command.create({"categ_id": self.child.id, "change": 1})]
        ).category_ids
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.revision_id = other

    def test_copy(self):
        revision = self._preview(change=5)
        revision.action_apply()
        copy = revision.copy()
        self.assertEqual((copy.state, len(copy.line_ids), copy.change), ("draft", 0, 5))
        self.assertFalse(copy.applied_by_id)

    def test_rights(self):
        revision = self._preview(change=5)
        for method in ("action_preview", "action_apply", "action_reset"):
            for user in self.reader | self.user_s:
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    getattr(revision.with_user(user), method)()
        with self.assertRaises(AccessError):
            self._create_revision(user=self.reader)
        self.assertEqual(revision.with_user(self.reader).line_ids.new_price, 105)
        for model in ("sale.pricelist.revision", "sale.pricelist.revision.line"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.user_s).search([])

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        foreign = self.env["product.pricelist"].create({"name": "Foreign", "company_id": other.id})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._create_revision().sudo().pricelist_ids = foreign
        self.product.with_company(other).standard_price = 10
        self.product.with_company(self.company).standard_price = 60
        revision = self._create_revision(base="cost_markup", change=10)
        revision.with_company(other).sudo().action_preview()
        self.assertEqual(revision.line_ids.new_price, 66)
        stranger = self._create_salesperson("stranger", "Stranger", f"{self.group}manager")
        stranger.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        found = self.env["sale.pricelist.revision"].with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertNotIn(revision, found.search([]))
        lines = self.env["sale.pricelist.revision.line"].with_user(stranger)
        self.assertFalse(lines.with_context(allowed_company_ids=other.ids).search([]) & revision.line_ids)
