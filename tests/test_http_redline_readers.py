"""A salesperson who may not see red lines tries to read costs and red lines over HTTP."""

import io
import json
import zipfile

from review_http import FloorHttpCommon

from odoo.fields import Command
from odoo.http import Request
from odoo.tests import tagged

SECRETS = ("83.17", "4.17", "12.51", "61.23")
CLOSED = ("price_floor", "floor_gap", "given_away", "price_floor_rule_id", "net_margin")


@tagged("post_install", "-at_install")
class TestRedLineReaders(FloorHttpCommon):
    """The red line is 83.17, the price 79 for 3 units: 4.17 too low, 12.51 given away; the cost is 61.23."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floor.write({"fixed_price": 83.17, "enforcement": "review"})
        cls.product.with_company(cls.company).standard_price = 61.23
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Graded", "currency_id": cls.cny.id, "company_id": cls.company.id}
        )
        cls.reader = cls._create_salesperson(
            "reader",
            "Ren Reader",
            "sales_team.group_sale_salesman_all_leads,sales_redline_pricing.sales_redline_pricing_group_reader",
        )

    def setUp(self):
        super().setUp()
        self.user_s.group_ids |= self.env.ref("base.group_allow_export")
        self.order = self._create_lines({"price_unit": 79, "product_uom_qty": 3})
        self.line = self.order.order_line

    def _assert_tells_nothing(self, text):
        for secret in SECRETS:
            self.assertNotIn(secret, text)

    def _try(self, records, method, **arguments):
        """Call as S; whatever comes back tells nothing. Return the response."""
        if method in ("search_read", "web_search_read"):
            records = records.browse()
        response = self._post(self.user_s, records, method, **arguments)
        self._assert_tells_nothing(response.text)
        return response

    def test_reading(self):
        for name in CLOSED:
            self._assert_refused(self.user_s, self.line, "read", 403, fields=[name])
            for method, arguments in (
                ("search_read", {"domain": [], "fields": [name]}),
                ("web_search_read", {"domain": [], "specification": {name: {}}}),
                ("web_read", {"specification": {name: {}}}),
                ("export_data", {"fields_to_export": [name]}),
            ):
                response = self._try(self.line, method, **arguments)
                self.assertEqual(response.status_code, 403, f"{name} {method} {response.text[:200]}")
        [values] = self._call(self.reader, self.line, "read", fields=["price_floor", "floor_gap", "given_away"])
        self.assertEqual(
            [round(values[name], 2) for name in ("price_floor", "floor_gap", "given_away")], [83.17, 4.17, 12.51]
        )

    def test_nested_reading(self):
        for name in CLOSED:
            nested = {"order_line": {"fields": {name: {}}}}
            for records, method, arguments in (
                (self.order, "web_read", {"specification": nested}),
                (self.order, "web_search_read", {"domain": [], "specification": nested}),
                (self.order, "export_data", {"fields_to_export": [f"order_line/{name}"]}),
                (self.order, "web_save", {"vals": {}, "specification": nested}),
                (self.customer, "web_read", {"specification": {"sale_order_ids": {"fields": nested}}}),
            ):
                self.assertEqual(self._try(records, method, **arguments).status_code, 403, f"{name} {method}")

    def test_typing_into_the_form(self):
        for name in CLOSED:
            nested = {"order_line": {"fields": {name: {}, "price_unit": {}}}, "partner_id": {}}
            for records, values, spec in (
                (self.order, {"partner_id": self.customer.id}, nested),
                (self.line, {"price_unit": 1}, {name: {}, "price_unit": {}, "floor_state": {}}),
            ):
                arguments = {"values": values, "field_names": list(values), "fields_spec": spec}
                response = self._try(records, "onchange", **arguments)
                if response.status_code == 200:
                    self.assertNotIn(name, json.dumps(response.json()["value"]))

    def test_searching(self):
        """A figure that may be compared is a figure that may be found."""
        lines, orders = self.line.browse(), self.order.browse()
        for name in CLOSED:
            value = self.floor.id if name == "price_floor_rule_id" else 1
            for records, domain in (
                (lines, [(name, ">" if value == 1 else "=", value)]),
                (orders, [(f"order_line.{name}", ">" if value == 1 else "=", value)]),
                (orders, [("order_line", "any", [(name, "!=", False)])]),
                (orders, ["!", ("order_line", "not any", [(name, "!=", False)])]),
            ):
                for method in ("search", "search_count", "search_read"):
                    response = self._try(records, method, domain=domain)
                    self.assertEqual(response.status_code, 403, f"{domain} {method} {response.text[:200]}")
                self.assertEqual(self._try(records, "name_search", domain=domain).status_code, 403)
        self.assertEqual(self._call(self.reader, lines, "search", domain=[("price_floor", "=", 83.17)]), self.line.ids)

    def test_searching_by_the_rule(self):
        lines = self.line.browse()
        for path, value in (
            ("price_floor_rule_id.fixed_price", 83.17),
            ("price_floor_rule_id.percentage", 0),
            ("order_id.order_line.price_floor", 83.17),
        ):
            response = self._try(lines, "search", domain=[(path, "=", value)])
            self.assertEqual(response.status_code, 403, f"{path} {response.text[:200]}")

    def test_sorting_and_grouping(self):
        lines = self.line.browse()
        for name in ("price_floor", "floor_gap", "given_away", "price_floor_rule_id"):
            for method, arguments in (
                ("search", {"domain": [], "order": f"{name} desc"}),
                ("search_read", {"domain": [], "order": name}),
                ("web_search_read", {"domain": [], "specification": {}, "order": name}),
                ("formatted_read_group", {"domain": [], "groupby": [name], "aggregates": ["__count"]}),
                ("formatted_read_group", {"domain": [], "groupby": [], "aggregates": [f"{name}:max"]}),
                ("formatted_read_group", {"domain": [], "groupby": ["order_id"], "aggregates": [f"{name}:array_agg"]}),
                (
                    "formatted_read_group",
                    {
                        "domain": [],
                        "groupby": ["order_id"],
                        "aggregates": ["__count"],
                        "having": [(f"{name}:max", ">", 1)],
                    },
                ),
                ("web_read_group", {"domain": [], "groupby": [name], "aggregates": ["__count"]}),
                ("read_group", {"domain": [], "fields": [f"{name}:max"], "groupby": []}),
                ("formatted_read_grouping_sets", {"domain": [], "grouping_sets": [[name]], "aggregates": ["__count"]}),
                ("read_progress_bar", {"domain": [], "group_by": name, "progress_bar": {"field": name, "colors": {}}}),
            ):
                response = self._try(lines, method, **arguments)
                self.assertNotEqual(response.status_code, 200, f"{name} {method} {response.text[:200]}")

    def test_python_by_rpc(self):
        for method, arguments in (
            ("mapped", {"func": "price_floor"}),
            ("filtered", {"func": "price_floor"}),
            ("sorted", {"key": "price_floor"}),
            ("grouped", {"key": "price_floor"}),
            ("filtered_domain", {"domain": [("price_floor", ">", 80)]}),
            ("copy_data", {}),
            ("_get_floor_explanation", {}),
            ("_prepare_floor_values", {"evaluation": None}),
            ("_compute_floor", {}),
        ):
            self._try(self.line, method, **arguments)
        for records, method in (
            (self.order, "_get_floor_evaluations"),
            (self.order, "_get_review_findings"),
            (self.env["sale.price.floor"], "_get_compiled"),
            (self.env["sale.price.floor"], "_evaluate"),
            (self.env["sale.price.floor"], "_explain"),
            (self.env["price.board"], "_get_board_xlsx"),
            (self.env["price.board"], "_prepare_row"),
        ):
            self.assertIn(self._try(records, method).status_code, (403, 404, 422), method)

    def test_red_lines_themselves(self):
        floors = self.floor
        for method, arguments in (
            ("read", {"fields": ["fixed_price"]}),
            ("web_read", {"specification": {"formula": {}}}),
            ("export_data", {"fields_to_export": ["fixed_price"]}),
            ("write", {"vals": {"fixed_price": 1}}),
            ("write", {"vals": {"active": False}}),
            ("web_save", {"vals": {"active": False}, "specification": {}}),
            ("action_archive", {}),
            ("unlink", {}),
            ("copy", {}),
            ("message_post", {"body": "x"}),
        ):
            self.assertEqual(self._try(floors, method, **arguments).status_code, 403, method)
        empty = floors.browse()
        for method, arguments in (
            ("search_read", {"domain": [], "fields": ["fixed_price"]}),
            ("name_search", {}),
            ("create", {"vals_list": [{"applied_on": "all", "fixed_price": 0, "sequence": -1}]}),
            ("load", {"fields": ["applied_on", "fixed_price"], "data": [["all", "0"]]}),
            ("formatted_read_group", {"domain": [], "groupby": [], "aggregates": ["fixed_price:max"]}),
        ):
            response = self._try(empty, method, **arguments)
            if response.status_code == 200:
                self.assertFalse(response.json() and response.json().get("ids"), method)
        self.assertEqual((floors.fixed_price, floors.active), (83.17, True))
        self.assertEqual(self.env["sale.price.floor"].search_count([]), 1)
        self._call(self.user_s, self.order, "action_confirm")
        self.assertEqual(self.order.state, "draft")

    def test_red_lines_through_other_records(self):
        template = self.product.product_tmpl_id
        for records, name in (
            (template, "price_floor_count"),
            (self.product, "variant_price_floor_count"),
        ):
            self._assert_refused(self.user_s, records, "read", 403, fields=[name])
        self._try(self.product, "action_view_price_floors")
        self._try(template, "action_view_price_floors")
        messages = self.env["mail.message"]
        self._try(messages, "search_read", domain=[("model", "=", "sale.price.floor")], fields=["body"])
        self._try(self.env["mail.tracking.value"], "search_read", domain=[], fields=["new_value_float"])

    def test_reviews_and_errors(self):
        self._call(self.user_s, self.order, "action_confirm")
        review = self.order.sudo().order_review_ids
        self.assertAlmostEqual(review.measure, 4.17)
        self._try(review, "read", fields=["facts_table"])
        self.assertFalse(review.with_user(self.user_s).facts_table)
        self.assertNotEqual(self._try(review.browse(), "search", domain=[], order="facts_table").status_code, 200)
        for name in ("measure", "facts"):
            self._assert_refused(self.user_s, review, "read", 403, fields=[name])
            self.assertEqual(
                self._try(
                    self.order, "web_read", specification={"order_review_ids": {"fields": {name: {}}}}
                ).status_code,
                403,
            )
            self.assertNotEqual(self._try(review.browse(), "search", domain=[], order=name).status_code, 200, name)
        for domain in ([("measure", ">", 4)], [("facts", "ilike", "83.17")]):
            self.assertEqual(self._try(review.browse(), "search", domain=domain).status_code, 403)
        self._try(review, "read", fields=[])
        self._try(review.step_ids, "read", fields=[])
        self._try(self.order, "read", fields=[])
        self._try(self.line, "read", fields=[])
        self._try(
            self.env["mail.message"],
            "search_read",
            domain=[("res_id", "in", [self.order.id, review.id])],
            fields=["body"],
        )
        self._try(self.env["mail.activity"], "search_read", domain=[], fields=["summary", "note"])
        self.floor.enforcement = "block"
        self.assertEqual(self._try(self.order, "write", vals={"state": "sale"}).status_code, 422)
        self.assertEqual(self._try(self.order, "action_confirm").status_code, 422)

    def test_the_explanation(self):
        response = self._try(self.line, "action_explain_floor")
        params = response.json()["params"]
        self.assertEqual((params["state"], params["is_reader"]), ("below", False))
        self.assertNotIn("candidates", params)
        params = self._call(self.reader, self.line, "action_explain_floor")["params"]
        self.assertIn("83.17", params["red_line"])
        self._assert_refused(self.user_s2, self.line, "action_explain_floor", 403)

    def test_the_report_of_breaches(self):
        report = self.env["sale.price.breach.report"]
        for method, arguments in (
            ("search_read", {"domain": [], "fields": ["price_floor"]}),
            ("formatted_read_group", {"domain": [], "groupby": [], "aggregates": ["given_away:sum"]}),
            ("search", {"domain": [("price_floor", ">", 80)]}),
        ):
            self.assertEqual(self._try(report, method, **arguments).status_code, 403)
        rows = self._call(
            self.reader, report, "search_read", domain=[("order_id", "=", self.order.id)], fields=["price_floor"]
        )
        self.assertEqual([round(row["price_floor"], 2) for row in rows], [83.17])

    def test_the_price_board(self):
        board = self.env["price.board"]
        filters = {"pricelist_ids": self.pricelist.ids, "search": "Machine"}
        data = self._try(board, "get_board_data", filters=filters).json()
        [row] = data["rows"]
        self.assertEqual((row["cells"][0]["price"], row["cells"][0]["state"]), (100, "ok"))
        self.assertFalse(data["can_see_floor"] or "cost" in row)
        [row] = self._call(self.reader, board, "get_board_data", filters=filters)["rows"]
        self.assertEqual((row["cost"], row["cells"][0]["floor"]), (61.23, 83.17))

    def _download(self, user, route, **data):
        self.authenticate(user.login, user.login)
        if data:
            data["csrf_token"] = Request.csrf_token(self)
        response = self.url_open(route, data=data or None)
        if response.status_code != 200 or not response.content.startswith(b"PK"):
            return response.status_code, response.text
        book = zipfile.ZipFile(io.BytesIO(response.content))
        return 200, "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))

    def test_files(self):
        options = {"filters": {"pricelist_ids": self.pricelist.ids}, "company_ids": self.company.ids}
        route = "/sales_redline_pricing/price_board/xlsx"
        status, text = self._download(self.user_s, route, data=json.dumps(options))
        self.assertEqual(status, 200)
        self.assertIn("Machine", text)
        self._assert_tells_nothing(text)
        _status, text = self._download(self.reader, route, data=json.dumps(options))
        self.assertIn("83.17", text)
        revision = self.env["sale.pricelist.revision"].create({"pricelist_ids": [Command.set(self.pricelist.ids)]})
        route = f"/sales_redline_pricing/price_revision/{revision.id}/xlsx"
        status, text = self._download(self.user_s, route)
        self.assertEqual(status, 403)
        self.assertEqual(self._download(self.reader, route)[0], 200)

    def test_price_revisions(self):
        for name in ("sale.pricelist.revision", "sale.pricelist.revision.line", "sale.pricelist.revision.category"):
            model = self.env[name]
            self.assertEqual(self._try(model, "search_read", domain=[], fields=["id"]).status_code, 403)
            self.assertEqual(self._try(model, "create", vals_list=[{}]).status_code, 403)
        for name in ("sale.price.floor.generate", "sale.price.floor.generate.line"):
            self.assertEqual(self._try(self.env[name], "create", vals_list=[{}]).status_code, 403)
