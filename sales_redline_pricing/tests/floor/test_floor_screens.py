import json

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from ...tools.groups import FLOOR_READERS
from .screens_common import ScreensCommon

SECRETS = ("price_floor", "floor_gap", "given_away", "price_floor_rule_id", "net_margin")


@tagged("post_install", "-at_install")
class TestFloorScreensPrivacy(ScreensCommon):
    """A salesperson who may not see red lines receives none, on whatever road."""

    def setUp(self):
        super().setUp()
        self.product.standard_price = 66.43
        self._create_floor(compute_price="cost_markup", percentage=25.1975)
        self.floor = self._evaluate(self._create_lines({"price_unit": 79}))[0].price
        self.order = self._create_lines({"price_unit": 79})
        self.line = self.order.order_line

    def _assert_secret(self, answer):
        """No cost, red line or shortfall in an answer."""
        text = json.dumps(answer, default=str)
        for secret in ("66.43", "83.17", "83.16", "4.17", "4.16"):
            self.assertNotIn(secret, text)

    def test_read_and_search(self):
        self.assertAlmostEqual(self.floor, 83.17, 2)
        self._assert_secret(self.line.read())
        self._assert_secret(self.order.read())
        for name in SECRETS:
            for road in (
                lambda name=name: self.line.web_read({name: {}}),
                lambda name=name: self.order.web_read({"order_line": {"fields": {name: {}}}}),
                lambda name=name: self.order.web_save({}, {"order_line": {"fields": {name: {}}}}),
                lambda name=name: self.line.search_read([], [name]),
                lambda name=name: self.line.search([(name, "!=", 0)]),
                lambda name=name: self.order.search([(f"order_line.{name}", "!=", 0)]),
                lambda name=name: self.line.search([], order=name),
                lambda name=name: self.line.mapped(name),
            ):
                with self.assertRaises(AccessError):
                    road()

    def test_groups_and_export(self):
        self.user_s.group_ids |= self.env.ref("base.group_allow_export")
        stored = [name for name in SECRETS if name != "net_margin"]
        for name in stored:
            with self.assertRaises(AccessError):
                self.line.formatted_read_group([], [name], ["__count"])
            with self.assertRaises(AccessError):
                self.order.export_data([f"order_line/{name}"])
            if name != "price_floor_rule_id":
                with self.assertRaises(AccessError):
                    self.line.formatted_read_group([], ["order_id"], [f"{name}:sum"])
        for model in ("sale.price.floor", "sale.price.breach.report"):
            with self.assertRaises(AccessError):
                self.line.env[model].search([])

    def test_views_and_onchange(self):
        arch = self.order.get_view(view_type="form")["arch"]
        fields = self.line.fields_get()
        for name in SECRETS:
            self.assertNotIn(f'name="{name}"', arch)
            self.assertNotIn(name, fields)
        form = Form(self.order)
        with form.order_line.edit(0) as line:
            line.price_unit = 78
            self.assertEqual(line.floor_state, "below")
            for name in SECRETS:
                with self.assertRaises(AssertionError):
                    getattr(line, name)

    def test_onchange_spec(self):
        changes = {"order_line": [Command.update(self.line.id, {"price_unit": 78})]}
        spec = {"order_line": {"fields": {"floor_state": {}, "net_price": {}}}}
        self._assert_secret(self.order.onchange(changes, ["order_line"], spec))
        for name in SECRETS:
            with self.assertRaises(AccessError):
                self.order.onchange(changes, ["order_line"], {"order_line": {"fields": {"price_unit": {}, name: {}}}})
            with self.assertRaises(AccessError):
                self.line.onchange({"price_unit": 78}, ["price_unit"], {"price_unit": {}, name: {}})

    def test_explanation(self):
        answer = self._explain(self.line, self.user_s)
        self._assert_secret(answer)
        self.assertEqual((answer["state"], answer["is_reader"]), ("below", False))
        self.assertNotIn("candidates", answer)
        self.assertNotIn("red_line", answer)
        self.assertFalse(answer["passing_price"])
        self.company.price_floor_tell_passing = True
        answer = self._explain(self.line, self.user_s)
        self.assertIn("83.17", answer["passing_price"])
        self.assertNotIn("candidates", answer)

    def test_explanation_of_a_line_of_somebody_else(self):
        with self.assertRaises(AccessError):
            self._explain(self.line, self.user_s2)

    def test_own_reviews_open(self):
        self.order.action_confirm()
        review = self.order.order_review_ids
        self.assertTrue(review)
        for user, sees in ((self.user_s, False), (self.user_r, True)):
            form = Form(review.with_user(user))
            self.assertEqual("83.1" in str(form.facts_table), sees)
        self.assertIn("83.1", str(review.with_user(self.user_r).facts_table))

    def test_figures_of_other_kinds_stay_with_who_decides(self):
        """Only the figures of prices are closed: whoever is named for another review weighs what it compares."""
        steps = [Command.create({"approver_type": "user", "user_id": self.user_m.id})]
        self._create_rule(min_amount=50, step_ids=steps)
        self.order.action_confirm()
        of_price, of_amount = (
            self.order.sudo().order_review_ids.filtered(lambda review, kind=kind: review.kind == kind)
            for kind in ("price", "amount")
        )
        self.assertFalse(self.user_m.has_group(FLOOR_READERS))
        self.assertIn("79", of_amount.with_user(self.user_m).facts_table)
        self.assertIn("79", Form(of_amount.with_user(self.user_m)).facts_table)
        self.assertFalse(of_price.with_user(self.user_m).facts_table)
        self.assertIn("83.1", of_price.with_user(self.user_r).facts_table)

    def test_product_count_is_closed(self):
        template = self.product.product_tmpl_id.with_user(self.user_s)
        for record, name in (
            (template, "price_floor_count"),
            (template.product_variant_id, "variant_price_floor_count"),
        ):
            with self.assertRaises(AccessError):
                record.read([name])


@tagged("post_install", "-at_install")
class TestFloorExplanation(ScreensCommon):
    """“Why this red line?” lists all candidates."""

    @freeze_time("2026-03-15 10:00:00")
    def test_every_candidate_with_its_reason(self):
        self.product.categ_id = self.child_categ
        everything = self._create_floor(applied_on="all", product_tmpl_id=False, fixed_price=50)
        near, far = (
            self._create_floor(applied_on="category", categ_id=categ.id, product_tmpl_id=False, fixed_price=60)
            for categ in (self.child_categ, self.parent_categ)
        )
        wins = self._create_floor(fixed_price=80, sequence=5)
        later = self._create_floor(fixed_price=81, sequence=7)
        customer = self._create_floor(fixed_price=82, partner_id=self.env["res.partner"].create({"name": "X"}).id)
        of_class = self._create_floor(fixed_price=83, customer_class_ids=[Command.set(self.class_a.ids)])
        department = self._create_floor(fixed_price=84, department_ids=[Command.set(self.head_office.copy().ids)])
        quantity = self._create_floor(fixed_price=85, min_quantity=100)
        expired = self._create_floor(fixed_price=86, date_end="2026-02-28")
        foreign = self._create_product("Other")
        self._create_floor(product_tmpl_id=foreign.product_tmpl_id.id, fixed_price=87)
        order = self._create_lines({"price_unit": 79.5, "product_uom_qty": 2})
        answer = self._explain(order.order_line, self.user_r)
        self.assertEqual(
            {candidate["id"]: candidate["reason"] for candidate in answer["candidates"]},
            {
                wins.id: "wins",
                later.id: "outranked",
                near.id: "outranked",
                far.id: "outranked",
                everything.id: "outranked",
                customer.id: "customer",
                of_class.id: "class",
                department.id: "department",
                quantity.id: "quantity",
                expired.id: "date",
            },
        )
        details = {candidate["id"]: candidate["detail"] for candidate in answer["candidates"]}
        self.assertIn("sequence", details[later.id])
        self.assertIn("more specific to the product", details[near.id])
        self.assertIn("Class A", details[of_class.id])
        self.assertIn("100", details[quantity.id])
        self.assertIn("02/28/2026", details[expired.id])
        self.assertEqual(answer["candidates"][0]["id"], wins.id)
        self.assertIn("80.00", answer["candidates"][0]["price"])
        self.assertIn("80.00", answer["red_line"])
        self.assertIn("0.50", answer["gap"])
        self.assertIn("1.00", answer["given_away"])

    def test_net_price_is_told_from_its_red_line(self):
        self._create_floor(fixed_price=80)
        self.env.ref("product.decimal_price").digits = 2
        order = self._create_lines({"price_unit": 100, "discount": 20.004})
        order.order_line.discount = 0
        order.write({"order_line": [Command.create({"name": "Rebate", "product_id": False, "price_unit": -0.01})]})
        line = order.order_line[0]
        line.write({"price_unit": 80.0})
        answer = self._explain(line, self.user_r)
        self.assertEqual(answer["state"], "below")
        self.assertIn("79.99", answer["net_price"])

    def test_missing_cost_and_lines_without_judgement(self):
        self._create_floor(compute_price="cost_margin", percentage=10)
        order = self._create_lines({"price_unit": 79})
        answer = self._explain(order.order_line, self.user_r)
        self.assertEqual(answer["state"], "no_cost")
        self.assertEqual(answer["candidates"][0]["price"], "Cost is missing")
        order.write({"order_line": [Command.create({"display_type": "line_section", "name": "Section"})]})
        answer = self._explain(order.order_line[1], self.user_r)
        self.assertEqual((answer["state"], answer["candidates"]), ("none", []))

    def test_dozens_are_shown_in_dozens(self):
        self._create_floor(fixed_price=10)
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._create_lines({"price_unit": 114, "product_uom_id": dozen.id})
        answer = self._explain(order.order_line, self.user_r)
        self.assertEqual(answer["unit"], dozen.name)
        self.assertIn("114.00", answer["net_price"])
        self.assertIn("120.00", answer["red_line"])
        self.assertIn("0.50", answer["gap"])
        self.assertIn("6.00", answer["given_away"])

    def test_margin(self):
        self._create_floor(fixed_price=70)
        self.product.standard_price = 60
        line = self._create_lines({"price_unit": 80}).order_line
        self.assertAlmostEqual(line.with_user(self.user_r).net_margin, 0.25)

    def test_marks_only_where_there_are_red_lines(self):
        order = self._create_lines({"price_unit": 79})
        self.assertFalse(order.has_price_floor)
        self._create_floor(fixed_price=70)
        order = self._create_lines({"price_unit": 79})
        self.assertTrue(order.has_price_floor)


@tagged("post_install", "-at_install")
class TestFloorForms(ScreensCommon):
    """Form, list, product form and import of red lines."""

    def test_form_of_each_level(self):
        floors = self.env["sale.price.floor"].with_user(self.user_p)
        with Form(floors) as form:
            form.applied_on = "template"
            form.product_tmpl_id = self.product.product_tmpl_id
            form.fixed_price = 80
            form.applied_on = "category"
            form.categ_id = self.parent_categ
            form.compute_price = "cost_margin"
            form.percentage = 20
        floor = form.record
        self.assertFalse(floor.product_tmpl_id)
        self.assertEqual(floor.display_name, "Machinery")
        self.assertEqual(floor.formula, "Cost ÷ (1 − 20.00 %)")

    def test_example(self):
        self.product.standard_price = 80
        floor = self._create_floor(compute_price="cost_margin", percentage=20, surcharge=3, rounding=5)
        self.assertEqual(floor.example_price, 105)
        self.assertEqual(floor.example_product_id, self.product)
        self.product.standard_price = 0
        floor.invalidate_recordset()
        self.assertTrue(floor.example_is_missing)

    def test_half_filled_form_does_not_fail(self):
        form = Form(self.env["sale.price.floor"].with_user(self.user_p))
        form.product_tmpl_id = self.product.product_tmpl_id
        form.compute_price = "cost_margin"
        form.percentage = 100
        self.assertEqual(form.example_price, 0)

    def test_product_counts_what_may_count(self):
        self.product.categ_id = self.child_categ
        self._create_floor()
        self._create_floor(applied_on="variant", product_id=self.product.id, product_tmpl_id=False)
        self._create_floor(applied_on="category", categ_id=self.parent_categ.id, product_tmpl_id=False)
        self._create_floor(applied_on="all", product_tmpl_id=False)
        self._create_floor(product_tmpl_id=self._create_product("Other").product_tmpl_id.id)
        template = self.product.product_tmpl_id.with_user(self.user_r)
        self.assertEqual((template.price_floor_count, template.product_variant_id.variant_price_floor_count), (4, 4))
        for record in (template, template.product_variant_id):
            action = record.action_view_price_floors()
            found = self.env[action["res_model"]].with_user(self.user_r).search(action["domain"])
            self.assertEqual(len(found), 4)

    def test_import(self):
        result = (
            self.env["sale.price.floor"]
            .with_user(self.user_p)
            .load(
                ["applied_on", "product_tmpl_id", "customer_class_ids", "compute_price", "fixed_price", "enforcement"],
                [["Product", "Machine", "Class A", "Fixed price", "88.5", "Refuse"]],
            )
        )
        self.assertFalse(result["messages"])
        floor = self.env["sale.price.floor"].browse(result["ids"])
        self.assertEqual((floor.fixed_price, floor.enforcement), (88.5, "block"))
        self.assertEqual(floor.customer_class_ids, self.class_a)

    def test_import_template_is_served(self):
        (template,) = self.env["sale.price.floor"].get_import_templates()
        self.assertIn("sale_price_floor.xlsx", template["template"])

    def test_readers_do_not_set(self):
        with self.assertRaises(AccessError):
            self._create_floor().with_user(self.user_r).fixed_price = 1
        with self.assertRaises(AccessError):
            self.env["sale.price.floor.generate"].with_user(self.user_r).create({})


@tagged("post_install", "-at_install")
class TestFloorScreensHttp(ScreensCommon, HttpCase):
    """The same over JSON-2, as a program of a salesperson would try."""

    def _call(self, user, model, method, **arguments):
        key = user.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "test", None)
        return self.url_open(
            f"/json/2/{model}/{method}",
            json.dumps(arguments).encode(),
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )

    def test_json2(self):
        self._create_floor(fixed_price=83.17)
        line = self._create_lines({"price_unit": 79}).order_line
        answer = self._call(self.user_s, "sale.order.line", "action_explain_floor", ids=line.ids)
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn("83.17", answer.text)
        self.assertEqual(answer.json()["params"]["state"], "below")
        for name in SECRETS:
            answer = self._call(self.user_s, "sale.order.line", "read", ids=line.ids, fields=[name])
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn("83.17", answer.text)
        for model in ("sale.price.floor", "sale.price.breach.report"):
            answer = self._call(self.user_s, model, "search_read", domain=[])
            self.assertEqual(answer.status_code, 403)
        answer = self._call(self.user_s, "sale.price.floor", "_explain", ids=[])
        self.assertIn(answer.status_code, (403, 404))
        answer = self._call(self.user_r, "sale.order.line", "action_explain_floor", ids=line.ids)
        self.assertIn("83.17", answer.json()["params"]["red_line"])

    def test_import_template(self):
        answer = self.url_open("/sales_redline_pricing/static/xls/sale_price_floor.xlsx")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.content.startswith(b"PK"))
