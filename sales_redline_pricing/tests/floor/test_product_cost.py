import json

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from ..common import FloorCommon

COST = 66.43


@tagged("post_install", "-at_install")
class TestProductCost(FloorCommon, HttpCase):
    """Costs for all internal users, as in Odoo, until the setting takes them from whoever does not work with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)
        cls.goods = cls._create_product("Goods", type="consu", is_storable=True, standard_price=COST)
        cls.goods.taxes_id = [Command.clear()]
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.env["stock.quant"]._update_available_quantity(cls.goods, cls.warehouse.lot_stock_id, 100)
        cls.user_stock = cls._create_salesperson("stock", "Shi Stock", "stock.group_stock_user")

    def _set_costs_for_all(self, value):
        self.env["res.config.settings"].create({"group_product_cost": value}).execute()
        self.env.invalidate_all()

    def _deliver(self, user):
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 90, "product_uom_qty": 2})
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        picking = order.sudo().picking_ids.with_user(user)
        picking.move_ids.quantity = 2
        picking.button_validate()
        self.assertEqual(picking.sudo().state, "done")
        self.assertEqual(order.order_line.qty_delivered, 2)
        return order

    def test_installed_nothing_changes(self):
        self.assertTrue(self.env["res.config.settings"].create({}).group_product_cost)
        for record in (self.goods, self.goods.product_tmpl_id):
            self.assertEqual(record.with_user(self.user_s).read(["standard_price"])[0]["standard_price"], COST)

    def test_no_road_for_a_salesperson(self):
        self._set_costs_for_all(False)
        self.user_s.group_ids |= self.env.ref("base.group_allow_export")
        move = self._deliver(self.user_stock).sudo().picking_ids.move_ids
        for record, name in (
            (self.goods, "standard_price"),
            (self.goods, "total_value"),
            (self.goods, "avg_cost"),
            (self.goods.product_tmpl_id, "standard_price"),
            (move, "standard_price"),
            (move, "value"),
        ):
            record = record.with_user(self.user_s)
            self.assertNotIn(name, record.fields_get())
            roads = {
                "read": lambda record=record, name=name: record.read([name]),
                "web_read": lambda record=record, name=name: record.web_read({name: {}}),
                "search_read": lambda record=record, name=name: record.search_read([], [name]),
                "export": lambda record=record, name=name: record.export_data([name]),
                "attribute": lambda record=record, name=name: record[name],
            }
            if record._fields[name].store:
                roads |= {
                    "search": lambda record=record, name=name: record.search([(name, ">", 1)]),
                    "group": lambda record=record, name=name: record.formatted_read_group([], [], [f"{name}:sum"]),
                }
            for road, call in roads.items():
                with self.subTest(field=str(record._fields[name]), road=road), self.assertRaises(AccessError):
                    call()
        line = self._create_lines({"product_id": self.goods.id}).order_line
        for domain in (
            [("product_id.standard_price", ">", 1)],
            [("product_id.product_tmpl_id.standard_price", ">", 1)],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                line.search(domain)

    def test_json2(self):
        self._set_costs_for_all(False)
        answers = {}
        for user in (self.user_s, self.user_stock):
            key = user.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "test", None)
            answers[user] = self.url_open(
                "/json/2/product.product/read",
                json.dumps({"ids": self.goods.ids, "fields": ["standard_price"]}).encode(),
                headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
            )
        self.assertEqual(answers[self.user_s].status_code, 403)
        self.assertNotIn(str(COST), answers[self.user_s].text)
        self.assertEqual(answers[self.user_stock].status_code, 200)

    def test_who_works_with_costs_keeps_them(self):
        self._set_costs_for_all(False)
        for groups in (
            "sales_redline_pricing.sales_redline_pricing_group_reader",
            "account.group_account_invoice",
            "product.group_product_manager",
            "stock.group_stock_user",
        ):
            user = self._create_salesperson(groups, "One", groups)
            product = self.goods.with_user(user).with_company(self.company)
            self.assertEqual(product.standard_price, COST)
        self._set_costs_for_all(True)
        self.assertEqual(self.goods.with_user(self.user_s).with_company(self.company).standard_price, COST)

    def test_salesperson_goes_on_selling(self):
        """Quotation, confirmation, delivery by himself, more of it, invoice: with a red line on the cost."""
        for method in ("standard", "average", "fifo"):
            with self.subTest(method=method):
                self.goods.categ_id = self.env["product.category"].create(
                    {"name": method, "property_cost_method": method}
                )
                self._sell_without_costs()

    def _sell_without_costs(self):
        self._set_costs_for_all(False)
        self._create_floor(product_tmpl_id=self.goods.product_tmpl_id.id, compute_price="cost_markup", percentage=10)
        order = self._deliver(self.user_s)
        self.assertEqual(order.order_line.floor_state, "ok")
        order.order_line.write({"product_uom_qty": 3, "price_unit": 90})
        self._validate_first(order)
        order.order_line.write({"product_uom_qty": 6, "price_unit": 90})
        self._validate_first(order)
        self._validate_first(order)
        self.assertEqual(order.order_line.qty_delivered, 5)
        moves = order.sudo().order_line.move_ids.filtered(lambda move: move.state == "done").sorted("id")
        self.assertEqual([round(move.value / COST, 6) for move in moves], [2, 1, 1, 1])
        self.assertEqual(order._create_invoices().amount_untaxed, 540)

    def _validate_first(self, order):
        """Let the salesperson deliver one piece of what is open, the rest as a back-order."""
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))[:1]
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.sudo().state, "done")

    def test_forms_open(self):
        self._set_costs_for_all(False)
        for model in ("product.template", "product.product", "sale.order", "stock.picking"):
            for kind in ("form", "list"):
                view = self.env[model].with_user(self.user_s).get_view(view_type=kind)
                self.assertNotIn('name="standard_price"', view["arch"])
        with Form(self.env["sale.order"].with_user(self.user_s)) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.goods
        self.assertEqual(form.record.order_line.price_unit, 1000)
