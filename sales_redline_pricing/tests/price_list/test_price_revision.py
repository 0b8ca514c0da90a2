import io
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .revision_common import RevisionCommon


@tagged("post_install", "-at_install")
class TestPriceRevision(RevisionCommon):
    """New prices."""

    def test_percentage_and_amount(self):
        revision = self._preview(change=5)
        line = revision.line_ids
        self.assertRecordValues(line, [{"old_price": 100, "new_price": 105, "change": 5, "floor_state": "none"}])
        self.assertEqual((revision.state, revision.previewed_by_id), ("previewed", self.manager))
        self.assertEqual(self._get_price(), 100)
        self.assertEqual(self._get_new_prices(change_type="amount", change=-7.5), [92.5])
        self.assertEqual(self._get_new_prices(change_type="amount", change=-200), [0])
        self.assertEqual(self._get_new_prices(change=0), [])

    def test_rounding(self):
        self.item.fixed_price = 99.3
        for values, price in (
            ({}, 104.27),
            ({"rounding": 1}, 104),
            ({"rounding": 1, "rounding_direction": "up"}, 105),
            ({"rounding": 5, "rounding_direction": "down"}, 100),
            ({"rounding": 1, "ending": 0.9}, 103.9),
            ({"rounding": 10, "ending": -0.1, "rounding_direction": "up"}, 109.9),
        ):
            self.assertEqual(self._get_new_prices(change=5, **values), [price], values)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_revision(ending=0.9)
            self.env.flush_all()

    def test_a_present_price_of_more_digits(self):
        """7 % off all: 99.99 is sold for 92.9907."""
        self.item.unlink()
        self.product.list_price = 99.99
        rule = {"applied_on": "3_global", "compute_price": "formula", "base": "list_price", "price_discount": 7}
        self.env["product.pricelist.item"].create({"pricelist_id": self.list_a.id, **rule})
        self.assertAlmostEqual(self._get_price(), 92.9907, 6)
        revision = self._preview(change=5)
        self.assertRecordValues(revision.line_ids, [{"old_price": 92.99, "new_price": 97.64}])
        revision.action_apply()
        self.assertEqual((revision.state, self._get_price()), ("applied", 97.64))
        self.assertEqual(self._get_new_prices(change=0), [])

    def test_what_is_free_stays_free(self):
        self.item.fixed_price = 0
        for values in (
            {"change": 5},
            {"change": 5, "rounding_direction": "up"},
            {"base": "list_price", "change": -100},
        ):
            self.assertEqual(self._get_new_prices(rounding=1, ending=-0.01, **values), [], values)
        self.item.fixed_price = 0.4
        self.assertEqual(self._get_new_prices(rounding=1, ending=-0.01, change=5), [0.99])

    def test_bases(self):
        self.product.standard_price = 60
        other = self._create_list("Other")
        self._create_item(other, 200)
        for values, price in (
            ({"base": "list_price", "change": -10}, 90),
            ({"base": "cost_markup", "change": 20}, 72),
            ({"base": "cost_margin", "change": 20}, 75),
            ({"base": "cost_margin", "change_type": "amount", "change": 20}, 80),
            ({"base": "pricelist", "base_pricelist_id": other.id, "change": -10}, 180),
        ):
            expected = [price]
            if values["base"] == "list_price":
                self.product.list_price = 100
            self.assertEqual(self._get_new_prices(**values), expected, values)
        for values in ({"base": "pricelist"}, {"base": "cost_margin", "change": 100}):
            with self.assertRaises(ValidationError):
                self._create_revision(**values)

    def test_missing_cost(self):
        revision = self._preview(base="cost_markup", change=20)
        self.assertFalse(revision.line_ids)
        self.assertEqual(revision.skipped_count, 1)
        with self.assertRaisesRegex(UserError, "nothing to apply"):
            revision.action_apply()

    def test_categories(self):
        self.product.categ_id = self.categ
        drill = self._create_product("Drill", list_price=200, categ_id=self.child.id)
        small = self.env["product.category"].create({"name": "Small drills", "parent_id": self.child.id})
        tiny = self._create_product("Tiny", list_price=50, categ_id=small.id)
        self._create_product("Alien", list_price=50)
        revision = self._preview(
            change=10,
            product_ids=False,
            categ_ids=[Command.set(self.categ.ids)],
            category_ids=[
                Command.create({"categ_id": self.categ.id, "change": 2}),
                Command.create({"categ_id": self.child.id, "change": 4}),
            ],
        )
        prices = {line.product_id: line.new_price for line in revision.line_ids}
        self.assertEqual(prices, {self.product: 102, drill: 208, tiny: 52})

    def test_currencies(self):
        self._create_rate(self.usd, 0.14)
        dollars = self._create_list("Dollars", self.usd)
        self._create_floor(fixed_price=98)
        self.product.write({"company_id": self.company.id, "list_price": 100})
        values = {"pricelist_ids": [Command.set(dollars.ids)], "base": "list_price"}
        line = self._preview(change=-3, **values).line_ids
        self.assertRecordValues(
            line,
            [{"old_price": 14, "new_price": 13.58, "price_floor": 13.72, "floor_state": "below", "change": -3}],
        )
        self.assertEqual(line.currency_id, self.usd)
        self.assertEqual(self._get_new_prices(change=-3, hold_floor=True, **values), [13.72])

    def test_floor(self):
        self._create_floor(fixed_price=97.35)
        revision = self._preview(change=-5)
        self.assertRecordValues(revision.line_ids, [{"new_price": 95, "floor_state": "below", "price_floor": 97.35}])
        self.assertEqual((revision.line_count, revision.below_count, revision.raised_count), (1, 1, 0))
        for values, price in (
            ({}, 97.35),
            ({"rounding": 0.5}, 97.5),
            ({"rounding": 1, "ending": 0.9}, 97.9),
            ({"rounding": 10, "ending": 4}, 104),
        ):
            revision = self._preview(change=-5, hold_floor=True, **values)
            expected = [{"new_price": price, "floor_state": "ok", "is_raised": True}]
            self.assertRecordValues(revision.line_ids, expected)
            self.assertEqual((revision.below_count, revision.raised_count), (0, 1))

    def test_included_taxes(self):
        self._include_vat(self.product)
        self._create_floor(fixed_price=100)
        self.product.standard_price = 90
        self.item.fixed_price = 120
        self.assertEqual(self._preview(change=-6).line_ids.floor_state, "below")
        line = self._preview(change=-6, hold_floor=True).line_ids
        self.assertRecordValues(line, [{"new_price": 113, "price_floor": 113, "floor_state": "ok"}])
        # What is made of the cost gets the tax: 90 / 0.9 * 1.13
        self.assertEqual(self._get_new_prices(base="cost_margin", change=10), [113])

    def test_statements_do_not_grow(self):
        self._create_floor(applied_on="all", product_tmpl_id=False, compute_price="cost_markup", percentage=10)
        self._create_many(100)
        few, many = (
            self._create_revision(
                change=3,
                product_ids=[Command.set(self.env["product.product"].search([("name", "like", f"Tool {text}")]).ids)],
            )
            for text in ("00", "0")
        )
        (few | many).action_preview()  # warm the caches of the registry
        counts = [self._count_statements(revision.action_preview)[0] for revision in (few, few, many)][1:]
        self.assertEqual((len(few.line_ids), len(many.line_ids)), (10, 100))
        self.assertLessEqual(counts[1], counts[0] + 1)
        self.assertLess(counts[1], 40)

    def test_apply_statements_do_not_grow(self):
        products = self._create_many(110)
        self.env["product.pricelist.item"].create(
            [
                {"pricelist_id": self.list_a.id, "product_tmpl_id": product.product_tmpl_id.id, "fixed_price": 50}
                for product in products[::2]
            ]
        )
        parts = products[:5], products[5:10], products[10:]
        revisions = [self._preview(change=3, product_ids=[Command.set(part.ids)]) for part in parts]
        counts = [self._count_statements(revision.action_apply)[0] for revision in revisions][1:]
        self.assertLessEqual(counts[1], counts[0] + 2)


@tagged("post_install", "-at_install")
class TestPriceRevisionApply(RevisionCommon):
    """Writing prices, all or none, once."""

    def test_updates_own_rule(self):
        revision = self._preview(change=5)
        revision.action_apply()
        self.assertEqual(self.list_a.item_ids, self.item)
        self.assertEqual((self.item.fixed_price, self._get_price()), (105, 105))
        self.assertEqual(revision.line_ids.item_id, self.item)
        self.assertEqual((revision.state, revision.applied_by_id), ("applied", self.manager))
        self.assertIn("Spring", self.list_a.message_ids[0].body)

    def test_creates_rules(self):
        self.item.unlink()
        other = self._create_product("Other", list_price=300)
        self._create_item(
            self.list_a, 0, applied_on="3_global", product_tmpl_id=False, compute_price="percentage", percent_price=10
        )
        revision = self._preview(change=10, product_ids=[Command.set((self.product | other).ids)])
        revision.action_apply()
        self.assertEqual((self._get_price(), self._get_price(product=other)), (99, 297))
        created = revision.line_ids.item_id
        self.assertEqual(set(created.mapped("applied_on")), {"1_product"})
        self.assertEqual(created.mapped("compute_price"), ["fixed", "fixed"])
        self.assertEqual(len(self.list_a.item_ids), 3)

    def test_variants(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": name}) for name in "SM"]}
        )
        template = self.env["product.template"].create(
            {
                "name": "Shirt",
                "list_price": 100,
                "attribute_line_ids": [
                    Command.create({"attribute_id": attribute.id, "value_ids": [Command.set(attribute.value_ids.ids)]})
                ],
            }
        )
        small, medium = template.product_variant_ids
        common = self._create_item(self.list_a, 80, product_tmpl_id=template.id)
        self._preview(change=10, product_ids=[Command.set(small.ids)]).action_apply()
        self.assertEqual((self._get_price(product=small), self._get_price(product=medium)), (88, 80))
        self.assertEqual(common.fixed_price, 80)
        self._preview(change=10, product_ids=[Command.set(small.ids)]).action_apply()
        self.assertAlmostEqual(self._get_price(product=small), 96.8)
        self.assertEqual(len(self.list_a.item_ids), 3)

    def test_quantity(self):
        revision = self._preview(change=-10, quantity=50)
        revision.action_apply()
        self.assertEqual((self._get_price(), self._get_price(quantity=50)), (100, 90))
        self._preview(change=10, quantity=50).action_apply()
        self.assertEqual((self._get_price(quantity=49), self._get_price(quantity=50)), (100, 99))
        self.assertEqual(len(self.list_a.item_ids), 2)
        self._preview(change=1).action_apply()
        self.assertEqual((self._get_price(), self._get_price(quantity=50)), (101, 99))

    def test_valid_from(self):
        start = fields.Datetime.now().replace(microsecond=0) + timedelta(days=10)
        self._preview(change=10, valid_from=start).action_apply()
        self.assertEqual((self._get_price(), self._get_price(date=start)), (100, 110))
        # Revised again before it begins: the planned rule is updated, not doubled.
        self._preview(change=10, valid_from=start).action_apply()
        self.assertEqual(len(self.list_a.item_ids), 2)
        self.assertAlmostEqual(self._get_price(date=start), 121)

    def test_planned_rules_stay(self):
        """A rule that is made now does not outrank one planned earlier for later."""
        start = fields.Datetime.now().replace(microsecond=0) + timedelta(days=10)
        self.item.write({"compute_price": "percentage", "percent_price": 0, "fixed_price": 0})
        self._create_item(self.list_a, 150, date_start=start)
        self._preview(change=5).action_apply()
        self.assertEqual((self._get_price(), self._get_price(date=start)), (105, 150))

    def test_refuses_changes_since_preview(self):
        floor = self._create_floor(fixed_price=90)
        new_product = {"list_price": 10, "categ_id": self.child.id}
        for change in (
            lambda: self.item.write({"fixed_price": 101}),
            lambda: floor.write({"fixed_price": 91}),
            lambda: self._create_item(self.list_a, 100, applied_on="0_product_variant", product_id=self.product.id),
            lambda: self._create_product("New", **new_product),
            lambda: self.product.write({"active": False}),
        ):
            revision = self._preview(change=5, product_ids=False, categ_ids=[Command.set(self.categ.ids)])
            change()
            before = self._get_price()
            with self.assertRaisesRegex(UserError, "changed since the preview"), self.env.cr.savepoint():
                revision.action_apply()
            self.assertEqual((revision.state, self._get_price()), ("previewed", before))

    def test_all_or_none(self):
        """A rule of another kind that comes first is found out, and nothing is written."""
        kind = type(self.env["product.pricelist.item"])
        other = self._create_product("Other", list_price=300)
        revision = self._preview(change=10, product_ids=[Command.set((self.product | other).ids)])
        self.patch(kind, "_compute_price", lambda *args, **kwargs: 5.0)
        self.patch(type(revision), "_check_preview_holds", lambda revision: None)
        with self.assertRaisesRegex(UserError, "take precedence over the new prices"), self.env.cr.savepoint():
            revision.action_apply()
        self.assertEqual((self.item.fixed_price, len(self.list_a.item_ids)), (100, 1))

    def test_needs_preview(self):
        revision = self._create_revision(change=5)
        with self.assertRaisesRegex(UserError, "Preview"):
            revision.action_apply()
        revision.action_preview()
        revision.change = 6
        self.assertEqual((revision.state, len(revision.line_ids)), ("draft", 0))
        revision.action_preview()
        revision.category_ids = [Command.create({"categ_id": self.categ.id, "change": 7})]
        self.assertEqual(revision.state, "draft")
        revision.action_preview()
        self.assertEqual(revision.line_ids.new_price, 107)
        revision.category_ids.change = 8
        self.assertEqual(revision.state, "draft")

    def test_form(self):
        self.manager.group_ids += self.env.ref("product.group_product_pricelist")
        with Form(self.env["sale.pricelist.revision"].with_user(self.manager)) as form:
            form.pricelist_ids.add(self.list_a)
            form.change = 3
        self.assertTrue(form.record.name)
        form.record.action_preview()
        with Form(form.record) as form:
            form.change = 4
        self.assertEqual(form.record.state, "draft")

    def test_followers(self):
        other = self._create_list("Follower")
        self._create_item(
            other,
            0,
            applied_on="3_global",
            product_tmpl_id=False,
            compute_price="formula",
            base="pricelist",
            base_pricelist_id=self.list_a.id,
        )
        self.assertEqual(self._create_revision().follower_list_ids, other)

    def test_xlsx(self):
        from openpyxl import load_workbook

        self._create_floor(fixed_price=98)
        revision = self._preview(change=-5)
        sheet = load_workbook(io.BytesIO(revision._get_xlsx())).active
        self.assertEqual(
            [cell.value for cell in sheet[2]], ["Machine", "List A (CNY)", "CNY", 100, 95, -5, 98, "Below"]
        )
        with self.assertRaises(AccessError):
            revision.with_user(self.user_s)._get_xlsx()
