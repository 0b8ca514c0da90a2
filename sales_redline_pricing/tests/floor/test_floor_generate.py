from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .screens_common import ScreensCommon


@tagged("post_install", "-at_install")
class TestFloorGenerate(ScreensCommon):
    """Red lines from margin per category."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"categ_id": cls.child_categ.id, "standard_price": 75})
        cls.cheap = cls._create_product("Cheap", categ_id=cls.parent_categ.id)
        cls.other_categ = cls.env["product.category"].create({"name": "Other"})

    def _generate(self, **values):
        return (
            self.env["sale.price.floor.generate"]
            .with_user(self.user_p)
            .create({"categ_ids": [Command.set(self.parent_categ.ids)], "percentage": 25, **values})
        )

    def test_one_red_line_per_category(self):
        wizard = self._generate(
            include_children=True, enforcement="block", customer_class_ids=[Command.set(self.class_a.ids)]
        )
        self.assertEqual(wizard.line_ids.categ_id, self.parent_categ | self.child_categ)
        wizard.line_ids.filtered(lambda line: line.categ_id == self.child_categ).percentage = 20
        action = wizard.action_generate()
        floors = self.env["sale.price.floor"].search(action["domain"], order="id")
        self.assertRecordValues(
            floors.sorted("percentage"),
            [
                {
                    "applied_on": "category",
                    "categ_id": categ.id,
                    "compute_price": "cost_margin",
                    "percentage": percentage,
                    "enforcement": "block",
                    "company_id": self.company.id,
                    "currency_id": self.cny.id,
                    "customer_class_ids": self.class_a.ids,
                }
                for categ, percentage in ((self.child_categ, 20), (self.parent_categ, 25))
            ],
        )

    def test_the_red_line_holds(self):
        self._generate().action_generate()
        self._assert_floor(self._create_lines({"price_unit": 99}), "below", 100, 1)

    def test_counts(self):
        wizard = self._generate()
        self.assertEqual((wizard.product_count, wizard.no_cost_count), (2, 1))
        wizard = self._generate(include_children=True)
        counts = {line.categ_id: (line.product_count, line.no_cost_count) for line in wizard.line_ids}
        self.assertEqual(counts, {self.parent_categ: (1, 1), self.child_categ: (1, 0)})
        action = wizard.action_view_products_without_cost()
        products = self.env["product.product"].with_user(self.user_p).search(action["domain"])
        self.assertEqual(products, self.cheap)

    def test_form_fills_the_lines(self):
        form = Form(self.env["sale.price.floor.generate"].with_user(self.user_p))
        form.percentage = 12
        form.categ_ids.add(self.parent_categ)
        self.assertEqual(len(form.line_ids), 1)
        form.include_children = True
        self.assertEqual(len(form.line_ids), 2)
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.percentage, 12)
            line.percentage = 15
        form.categ_ids.add(self.other_categ)
        wizard = form.save()
        self.assertEqual(sorted(wizard.line_ids.mapped("percentage")), [12, 12, 15])
        form.include_children = False
        self.assertEqual(form.save().line_ids.categ_id, self.parent_categ | self.other_categ)

    def test_doubles_are_refused(self):
        self._generate(date_start="2026-01-01", date_end="2026-06-30").action_generate()
        with self.assertRaisesRegex(UserError, "Machinery"):
            self._generate(date_start="2026-06-30").action_generate()
        self.assertTrue(self._generate().line_ids.is_double)
        self._generate(date_start="2026-07-01").action_generate()
        self._generate(customer_class_ids=[Command.set(self.class_a.ids)]).action_generate()
        with self.assertRaises(UserError):
            self._generate(customer_class_ids=[Command.set(self.class_a.ids)]).action_generate()

    def test_nothing_chosen(self):
        with self.assertRaises(UserError):
            self._generate(categ_ids=[Command.clear()]).action_generate()
