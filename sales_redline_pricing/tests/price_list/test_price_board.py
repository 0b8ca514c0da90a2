import io
import json

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .price_list_common import PriceListCommon


class BoardCommon(PriceListCommon):
    def _get_board(self, user=None, cursor=0, limit=80, **filters):
        board = self.env["price.board"].with_user(user or self.reader)
        return board.get_board_data(filters, cursor, limit)

    def _get_cell(self, product=None, pricelist=None, user=None, **filters):
        """Return the cell of a product in a list."""
        product, pricelist = product or self.product, pricelist or self.list_a
        data = self._get_board(user, **filters)
        row = next(row for row in data["rows"] if row["id"] == product.id)
        return row["cells"][[one["id"] for one in data["pricelists"]].index(pricelist.id)]

    def _assert_cell(self, expected, **where):
        cell = self._get_cell(**where)
        self.assertEqual({key: cell[key] for key in expected}, expected)


@tagged("post_install", "-at_install")
class TestPriceBoard(BoardCommon):
    """Figures of the board."""

    def test_states_floor_and_margin(self):
        self.product.standard_price = 60
        self._create_floor(fixed_price=80, warn_price_percentage=10)
        item = self._create_item(self.list_a, 80)
        for price, state, margin in ((79.99, "below", 24.990623), (80, "warn", 25), (88, "ok", 31.818181)):
            item.fixed_price = price
            cell = self._get_cell()
            self.assertEqual((cell["price"], cell["state"], cell["floor"]), (price, state, 80))
            self.assertAlmostEqual(cell["margin"], margin, 5)
            self.assertEqual(cell["rule_id"], item.id)

    def test_no_rule_no_floor_no_cost(self):
        self._assert_cell({"price": 100, "rule_id": False, "state": "none", "floor": False, "margin": False})
        self._create_floor(compute_price="cost_markup", percentage=10)
        self._assert_cell({"state": "no_cost", "floor": False})
        self._assert_cell({"state": "none"}, user=self.user_s)

    def test_odd_filters_are_refused_in_a_sentence(self):
        for filters in (
            {"categ_id": "tools"},
            {"categ_id": [1]},
            {"categ_id": 10**30},
            {"class_id": {"id": 1}},
            {"class_id": -1},
            {"pricelist_ids": 7},
            {"pricelist_ids": ["A"]},
            {"pricelist_ids": [float("inf")]},
            {"quantity": "many"},
            {"quantity": [1]},
            {"quantity": float("nan")},
            {"class_id": 2**31 - 1},
        ):
            with self.subTest(filters=filters), self.assertRaises(UserError):
                self._get_board(**filters)
        board = self.env["price.board"].with_user(self.reader)
        for arguments in (["tools"], [7], [{}, "first"], [{}, -1], [{}, 0, "all"], [{}, 10**30]):
            with self.subTest(arguments=arguments), self.assertRaises(UserError):
                board.get_board_data(*arguments)
        for filters in ({"search": text} for text in ("\0", "\ud800", ["a"], 5, "%_")):
            with self.subTest(filters=filters):
                self._get_board(**filters)
        self._get_board(quantity=[], categ_id=None, pricelist_ids=False)

    def test_quantity_steps(self):
        self._create_item(self.list_a, 90)
        self._create_item(self.list_a, 70, min_quantity=100)
        self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=65, min_quantity=50)
        self._assert_cell({"price": 90, "floor": 80, "state": "ok"})
        self._assert_cell({"price": 90, "floor": 65, "state": "ok"}, quantity=99)
        self._assert_cell({"price": 70, "floor": 65, "state": "ok"}, quantity=100)
        with self.assertRaises(UserError):
            self._get_board(quantity=-1)

    def test_currency(self):
        self._create_rate(self.usd, 0.14)
        dollars = self._create_list("Dollars", self.usd)
        self._create_floor(fixed_price=714.29)
        item = self._create_item(dollars, 100)
        # 714.29 yuan are 100.0006 dollars: shown rounded up
        self._assert_cell({"price": 100, "state": "below", "floor": 100.01}, pricelist=dollars)
        item.fixed_price = 100.01
        self._assert_cell({"price": 100.01, "state": "ok"}, pricelist=dollars)

    def test_included_tax(self):
        self._include_vat(self.product)
        self.product.standard_price = 60
        self._create_floor(fixed_price=100)
        item = self._create_item(self.list_a, 112.99)
        self._assert_cell({"price": 112.99, "state": "below", "floor": 113})
        item.fixed_price = 113
        self._assert_cell({"price": 113, "state": "ok", "floor": 113, "margin": 40})

    def test_same_as_the_order(self):
        """The board says what the order line of a customer of the class will say."""
        self._include_vat(self.product)
        self.class_a.with_company(self.company).pricelist_id = self.list_a
        self._create_floor(fixed_price=100, customer_class_ids=[Command.set(self.class_a.ids)])
        self._create_floor(fixed_price=50)
        item = self._create_item(self.list_a, 0)
        self.customer.customer_class_id = self.class_a
        for price in (112.98, 112.99, 113, 113.01):
            item.fixed_price = price
            cell = self._get_cell()
            order = self._create_lines({"price_unit": price, "tax_ids": [Command.set(self.product.taxes_id.ids)]})
            self._assert_floor(order, cell["state"], 100)

    def test_class_of_list(self):
        self.class_a.with_company(self.company).pricelist_id = self.list_a
        other = self._create_list("List B")
        self._create_floor(fixed_price=80)
        self._create_floor(fixed_price=70, customer_class_ids=[Command.set(self.class_a.ids)])
        self._assert_cell({"floor": 70})
        self._assert_cell({"floor": 80}, pricelist=other)
        data = self._get_board(class_id=self.class_a.id)
        self.assertEqual([one["id"] for one in data["pricelists"]], self.list_a.ids)
        self.assertEqual(data["pricelists"][0]["class_name"], "Class A")
        # Two classes share the list: none of them counts.
        class_b = self.class_a.copy({"code": "TB"})
        class_b.with_company(self.company).pricelist_id = self.list_a
        self._assert_cell({"floor": 80})

    def test_chained_lists(self):
        self._create_item(self.list_a, 90)
        discount = {"applied_on": "3_global", "compute_price": "formula", "base": "pricelist", "price_discount": 10}
        middle, last = self._create_list("Middle"), self._create_list("Last")
        self._create_item(middle, 0, base_pricelist_id=self.list_a.id, **discount)
        self._create_item(last, 0, base_pricelist_id=middle.id, **discount)
        self.assertAlmostEqual(self._get_cell(pricelist=last)["price"], 72.9)

    def test_category_rules(self):
        """The rules found by product are those that Odoo finds, in its order."""
        other = self._create_product("Other", list_price=100, categ_id=self.child.id)
        half = {"compute_price": "percentage", "product_tmpl_id": False}
        self._create_item(self.list_a, 0, applied_on="3_global", percent_price=1, **half)
        self._create_item(
            self.list_a, 0, applied_on="2_product_category", categ_id=self.categ.id, percent_price=2, **half
        )
        self._create_item(
            self.list_a, 0, applied_on="2_product_category", categ_id=self.child.id, percent_price=3, **half
        )
        self._create_item(self.list_a, 96, min_quantity=10)
        self._create_item(self.list_a, 95, applied_on="0_product_variant", product_id=self.product.id, min_quantity=20)
        for quantity in (1, 10, 20):
            for product in self.product | other:
                expected = self.list_a._get_product_price(product, quantity)
                self._assert_cell({"price": expected}, product=product, quantity=quantity)

    def test_filters_and_pages(self):
        products = self._create_many(5)
        found = self._get_board(categ_id=self.categ.id)
        self.assertEqual(found["total"], 6)
        self.assertEqual(len(found["rows"]), 6)
        self.assertEqual(self._get_board(categ_id=self.child.id)["total"], 5)
        self.assertEqual([row["id"] for row in self._get_board(search="Tool 003")["rows"]], products[3].ids)
        first = self._get_board(categ_id=self.child.id, limit=2)
        second = self._get_board(categ_id=self.child.id, cursor=first["next"], limit=2)
        last = self._get_board(categ_id=self.child.id, cursor=second["next"], limit=2)
        pages = [[row["id"] for row in page["rows"]] for page in (first, second, last)]
        self.assertEqual([len(page) for page in pages], [2, 2, 1])
        self.assertEqual(sorted(sum(pages, [])), sorted(products.ids))
        self.assertFalse(last["next"])

    def test_below_only(self):
        products = self._create_many(6)
        self._create_floor(applied_on="category", categ_id=self.categ.id, product_tmpl_id=False, fixed_price=101)
        products[1].list_price = products[4].list_price = 102
        cursor, found = 0, []
        while cursor is not False:
            page = self._get_board(below_only=True, categ_id=self.child.id, cursor=cursor, limit=3)
            found += [row["id"] for row in page["rows"]]
            cursor = page["next"]
        self.assertEqual(found, (products - products[1] - products[4]).sorted("name").ids)
        self.assertIsNone(page["total"])

    def test_statements_do_not_grow(self):
        """As many statements for 100 products and 12 lists as for 10 and 3."""
        self._create_floor(applied_on="all", product_tmpl_id=False, compute_price="cost_markup", percentage=10)
        small = self._create_many(10)
        self.env["product.product"].browse(small.ids).categ_id = self.categ
        self._create_many(80)
        chain = {"applied_on": "3_global", "compute_price": "percentage", "base": "pricelist", "percent_price": 10}
        lists = self.env["product.pricelist"]
        for index in range(11):
            lists += self._create_list(f"L{index}")
            self._create_item(lists[-1], 0, base_pricelist_id=self.list_a.id, **chain)
        for product in small:
            self._create_item(self.list_a, 90, product_tmpl_id=product.product_tmpl_id.id)
        few = (lists[:2] | self.list_a).ids
        self._get_board(pricelist_ids=few)  # warm the caches of the registry
        count_few, data = self._count_statements(lambda: self._get_board(search="Tool 00", pricelist_ids=few, limit=10))
        self.assertEqual((len(data["rows"]), len(data["pricelists"])), (10, 3))
        count_many, data = self._count_statements(
            lambda: self._get_board(search="Tool 0", pricelist_ids=[*lists.ids, self.list_a.id], limit=90)
        )
        self.assertEqual((len(data["rows"]), len(data["pricelists"])), (90, 12))
        self.assertLessEqual(count_many, count_few)
        self.assertLess(count_many, 40)

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd", "currency_id": self.usd.id})
        self.reader.company_ids += other
        shared = self._create_list("Shared", company_id=False)
        foreign = self.env["product.pricelist"].create({"name": "Foreign", "company_id": other.id})
        self.product.with_company(other).standard_price = 95
        self.product.with_company(self.company).standard_price = 60
        self._create_floor(compute_price="cost_markup", percentage=10, company_id=False)

        def get_data(company):
            board = self.env["price.board"].with_user(self.reader).with_context(allowed_company_ids=company.ids)
            data = board.get_board_data({"search": self.product.name})
            return {one["id"]: data["rows"][0]["cells"][index]["floor"] for index, one in enumerate(data["pricelists"])}

        self._create_rate(self.usd, 0.14)
        self.assertAlmostEqual(get_data(self.company)[shared.id], 66)
        self.assertNotIn(foreign.id, get_data(self.company))
        found = get_data(other)
        self.assertNotIn(self.list_a.id, found)
        self.assertIn(foreign.id, found)
        self.assertNotAlmostEqual(found[shared.id], 66)


@tagged("post_install", "-at_install")
class TestPriceBoardRights(BoardCommon):
    """A salesperson gets prices and marks, nothing that tells costs or red lines."""

    def test_salesperson(self):
        self.product.standard_price = 61.23
        self._create_floor(fixed_price=78.9)
        data = self._get_board(self.user_s)
        self.assertFalse(data["can_see_floor"])
        for row in data["rows"]:
            self.assertNotIn("cost", row)
            for cell in row["cells"]:
                self.assertEqual(set(cell), {"price", "rule_id", "state"})
        self.assertNotIn("78.9", json.dumps(data))
        self.assertNotIn("61.23", json.dumps(data))
        self.assertEqual(self._get_cell(user=self.user_s)["state"], "ok")

    def test_reader_and_others(self):
        data = self._get_board(self.reader)
        self.assertTrue(data["can_see_floor"])
        self.assertFalse(data["can_revise"])
        self.assertTrue(self._get_board(self.manager)["can_revise"])
        employee = new_test_user(self.env, "sc_employee", "base.group_user", company_id=self.company.id)
        portal = new_test_user(self.env, "sc_portal", "base.group_portal", company_id=self.company.id)
        for user in employee | portal:
            with self.assertRaises(AccessError):
                self._get_board(user)
            with self.assertRaises(AccessError):
                self.env["price.board"].with_user(user)._get_board_xlsx({})

    def test_xlsx(self):
        from openpyxl import load_workbook

        self.product.standard_price = 61.23
        self.product.name = "=1+1"
        self._create_floor(fixed_price=178.9)
        for user, width in ((self.user_s, 5), (self.reader, 8)):
            content = (
                self.env["price.board"]
                .with_user(user)
                ._get_board_xlsx({"search": "=1+1", "pricelist_ids": self.list_a.ids})
            )
            sheet = load_workbook(io.BytesIO(content)).active
            values = [cell.value for cell in sheet[3]]
            self.assertEqual(len(values), width)
            self.assertEqual(sheet[3][0].data_type, "s")
            self.assertEqual((61.23 in values, 178.9 in values), (width == 8, width == 8))
            self.assertEqual(values[-1], "Below")
            self.assertEqual(sheet[3][-1].fill.fgColor.rgb, "FFF8D7DA")
        self.assertEqual(sheet[1][4].value, "List A (CNY)")


@tagged("post_install", "-at_install")
class TestPriceBoardHttp(HttpCase, BoardCommon):
    """The board in the browser, and its file over HTTP."""

    def setUp(self):
        super().setUp()
        users = self.user_s | self.reader | self.manager
        users.write({"group_ids": [Command.link(self.env.ref("product.group_product_pricelist").id)]})
        self._create_floor(fixed_price=120)
        self._create_item(self.list_a, 110)

    def test_tour(self):
        self.start_tour("/odoo/price-board", "price_board_tour", login="sc_manager")

    def test_tour_salesperson(self):
        self.start_tour("/odoo/price-board", "price_board_salesperson_tour", login="sc_s")

    def test_export(self):
        for login, sees in (("sc_s", False), ("sc_reader", True)):
            self.authenticate(login, login)
            response = self.url_open(
                "/sales_redline_pricing/price_board/xlsx",
                data={"csrf_token": http.Request.csrf_token(self), "data": json.dumps({"filters": {}})},
            )
            self.assertEqual(response.status_code, 200)
            from openpyxl import load_workbook

            sheet = load_workbook(io.BytesIO(response.content)).active
            heads = [cell.value for cell in sheet[2]]
            self.assertEqual(("Cost" in heads, "Red Line" in heads), (sees, sees))

    def test_export_nonsense(self):
        self.authenticate("sc_s", "sc_s")
        for data in ("[", '{"filters": {"quantity": "x"}}', '{"filters": {"categ_id": 1e400}}', "[" * 100000, "[1]"):
            response = self.url_open(
                "/sales_redline_pricing/price_board/xlsx",
                data={"csrf_token": http.Request.csrf_token(self), "data": data},
            )
            self.assertEqual(response.status_code, 400, data)
