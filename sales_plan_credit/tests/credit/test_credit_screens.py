from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .credit_screens_common import CreditScreensCommon

SEARCH = "sales_plan_credit.res_partner_view_search_credit"


@tagged("post_install", "-at_install")
class TestCreditPanel(CreditScreensCommon):
    """The panel of an order: the figures of its payer, in its company, while typing."""

    def test_follows_typing(self):
        self._confirm(300)
        order = self._create_order(100)
        self.assertIn("Available ¥ 347.75 of ¥ 1,000.00", self._panel(order))
        with Form(order) as form:
            with form.order_line.edit(0) as line:
                line.price_unit = 500
            text = self._text(form.credit_panel)
            self.assertIn("Over the limit by ¥ 52.25", text)
            for figure in ("Receivable", "252.25", "Open orders", "300.00", "This document", "500.00"):
                self.assertIn(figure, text)
            with form.order_line.edit(0) as line:
                line.product_uom_qty = 2
            self.assertIn("Over the limit by ¥ 552.25", self._text(form.credit_panel))
            with form.order_line.edit(0) as line:
                line.price_unit = 0
            self.assertIn("Available ¥ 447.75", self._text(form.credit_panel))

    def test_new_order(self):
        form = Form(self.env["sale.order"].with_user(self.user_s))
        self.assertFalse(form.credit_panel)
        form.partner_id = self.customer
        self.assertIn("Available ¥ 747.75", self._text(form.credit_panel))
        with form.order_line.new() as line:
            line.product_id = self.product
            line.price_unit = 747.76
            line.tax_ids.clear()
        self.assertIn("Over the limit by ¥ 0.01", self._text(form.credit_panel))

    def test_confirmed_order_counts_once(self):
        order = self._confirm(300)
        text = self._panel(order)
        self.assertIn("Available ¥ 447.75", text)
        self.assertNotIn("Open orders", text)
        self.assertIn("This document", text)

    def test_other_payer_while_typing(self):
        payer = self.env["res.partner"].create(
            {"name": "Panda Holding", "user_id": self.user_s.id, "credit_grade_id": self.grade.id}
        )
        self.user_s.group_ids |= self.env.ref("account.group_delivery_invoice_address")
        order = self._confirm(300)
        with Form(order.sudo()) as form:
            form.partner_invoice_id = payer
            text = self._text(form.credit_panel)
            self.assertIn("of Panda Holding", text)
            self.assertIn("Available ¥ 700.00", text)

    def test_currency_and_company_of_the_order(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "name": "2020-01-01", "rate": 0.125, "company_id": self.company.id}
        )
        dollars = self.env["product.pricelist"].create({"name": "USD", "currency_id": self.usd.id})
        order = self._create_order(10, pricelist_id=dollars.id)
        self.assertIn("Available ¥ 667.75", self._panel(order))
        # Another active company changes nothing: the order's company decides.
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= elsewhere
        companies = (elsewhere | self.company).ids
        order.invalidate_recordset(["credit_panel"])
        text = self._text(order.sudo().with_context(allowed_company_ids=companies).credit_panel)
        self.assertIn("Available ¥ 667.75", text)

    def test_real_debt_only(self):
        self.company.credit_components = "real"
        self._confirm(300)
        self.assertIn("Available ¥ 647.75", self._panel(self._create_order(100)))

    def test_hold_overdue_and_unchecked(self):
        order = self._create_order(100)
        self.assertIn("Overdue ¥ 252.25, 10 days", self._panel(order))
        self.customer.write({"credit_on_hold": True, "credit_hold_reason": "Cheque bounced"})
        order.invalidate_recordset(["credit_panel"])
        self.assertIn("Cheque bounced", self._panel(order))
        self.customer.write({"credit_on_hold": False, "credit_grade_id": False})
        order.invalidate_recordset(["credit_panel"])
        self.assertFalse(order.credit_panel)

    def test_salesperson_of_the_order_only(self):
        """The order's salesperson learns of another's customer what the check would tell him, no figure of it."""
        order = self._create_order(100, user=self.user_s2, user_id=self.user_s2.id)
        text = self._panel(order, self.user_s2)
        self.assertIn("This order is within the limit.", text)
        for secret in ("252.25", "1,000", "647.75", "747.75"):
            self.assertNotIn(secret, text)
        order.order_line.price_unit = 800
        self.assertIn("exceeds the limit by", self._panel(order, self.user_s2))
        self.assertIn("52.25", self._panel(order, self.user_s2))
        self.assertNotIn("252.25", self._panel(order, self.user_s2))
        self.assertIn("Over the limit by ¥ 52.25 of", self._panel(order, self.user_c))
        order.sudo().user_id = self.user_s
        self.env.invalidate_all()
        self.assertIn("Over the limit by ¥ 52.25 of", self._panel(order, self.user_s))


@tagged("post_install", "-at_install")
class TestCreditCustomers(CreditScreensCommon):
    """Lists, filters and the form of customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partner = cls.env["res.partner"]
        cls.over = partner.create({"name": "Over Co.", "user_id": cls.user_s2.id, "credit_grade_id": cls.grade.id})
        cls._post_invoice(1200, cls.over)
        cls.idle = partner.create({"name": "Idle Co.", "user_id": cls.user_s2.id, "credit_grade_id": cls.grade.id})
        cls.free = partner.create({"name": "Free Co.", "user_id": cls.user_s2.id})
        cls.held = partner.create({"name": "Held Co.", "credit_grade_id": cls.grade.id, "credit_on_hold": True})
        cls.vendor = partner.create({"name": "Vendor Co."})
        cls.contact = partner.create({"name": "Contact", "parent_id": cls.over.id})
        cls.all = cls.customer | cls.over | cls.idle | cls.free | cls.held | cls.vendor | cls.contact

    def _search(self, name=None, user=None):
        user = user or self.user_c
        domain = [("is_credit_customer", "=", True), ("id", "in", self.all.ids)]
        if name:
            domain += self._filter_domain("res.partner", SEARCH, name, user)
        return self.env["res.partner"].with_user(user).search(domain)

    def test_filters(self):
        self.assertEqual(self._search(), self.customer | self.over | self.idle | self.free | self.held)
        self.assertEqual(self._search("over_limit"), self.over)
        self.assertEqual(self._search("overdue"), self.customer)
        self.assertEqual(self._search("on_hold"), self.held)
        self.assertEqual(self._search("unused"), self.idle | self.held)
        self.assertEqual(self._search("unchecked"), self.free)
        self.assertEqual(self._search("no_grade"), self.free)
        self.assertEqual(self._search("owing"), self.customer | self.over)
        self.assertEqual(self._search("my_customers", self.user_s2), self.over | self.idle | self.free)

    def test_filters_of_a_salesperson(self):
        self.assertEqual(self._search("over_limit", self.user_s), self.env["res.partner"])
        self.assertEqual(self._search("over_limit", self.user_s2), self.over)
        self.assertEqual(self._search("overdue", self.user_s), self.customer)
        self.assertEqual(self._search(user=self.user_s), self.customer)
        self.assertEqual(self._search(user=self.user_s2), self.over | self.idle | self.free)
        self.assertEqual(self._search("unused", self.user_s2), self.idle)
        self.assertEqual(self._search(user=self.user_a), self._search())

    def test_figures_in_pivots(self):
        """Limits of 1,000; 1,200 and 252.25 are owed. A salesperson's sums tell nothing of others' customers."""
        names = ("effective_credit_limit", "credit_exposure", "credit_available", "credit_overdue_amount")
        measures = [f"{name}:{function}" for name in names for function in ("sum", "sum_currency")]
        measures += ["credit_overdue_days:max", "credit_currency_id:array_agg_distinct"]
        sums = {
            self.user_c: {
                self.user_s: [1000, 252.25, 747.75, 252.25, 10],
                self.user_s2: [2000, 1200, 800, 0, 0],
                False: [1000, 0, 1000, 0, 0],
            },
            self.user_s: {self.user_s: [1000, 252.25, 747.75, 252.25, 10]},
            self.user_s2: {self.user_s2: [2000, 1200, 800, 0, 0]},
        }
        domain = [("is_credit_customer", "=", True), ("id", "in", self.all.ids)]
        for user, expected in sums.items():
            partners = self.env["res.partner"].with_user(user).with_company(self.company)
            groups = partners.formatted_read_group(domain, ["user_id"], measures)
            self.assertEqual(len(groups), len(expected))
            for group, values in zip(groups, expected.values(), strict=True):
                for name, value in zip(names, values[:4], strict=True):
                    self.assertAlmostEqual(group[f"{name}:sum"], value)
                    self.assertAlmostEqual(group[f"{name}:sum_currency"], value)
                self.assertEqual(group["credit_overdue_days:max"], values[4])
                self.assertEqual(group["credit_currency_id:array_agg_distinct"], self.company.currency_id.ids)
        [group] = (
            self.env["res.partner"]
            .with_user(self.user_s)
            .formatted_read_group([("id", "=", self.over.id)], [], ["credit_exposure:sum"])
        )
        self.assertFalse(group["credit_exposure:sum"])

    def test_limit_makes_a_customer(self):
        self.vendor.credit_limit = 5.0
        self.assertIn(self.vendor, self._search())
        self.assertTrue(self.vendor.is_credit_customer)
        self.assertFalse(self.contact.is_credit_customer)

    def test_bar(self):
        self.assertIn("Over the limit by ¥ 200.00", self._text(self.over.credit_bar))
        self.assertIn("Over the limit by ¥ 200.00", self._text(self.contact.credit_bar))
        self.assertIn("Overdue ¥ 252.25, 10 days", self._text(self.customer.credit_bar))
        self.assertIn("On hold", self._text(self.held.credit_bar))
        self.assertFalse(self.free.credit_bar)
        self.assertFalse(self.over.with_user(self.user_s).credit_bar)
        self.assertFalse(self.over.with_user(self.user_s).credit_is_visible)
        self.assertTrue(self.over.with_user(self.user_s2).credit_bar)
        self.assertTrue(self.over.with_user(self.user_a).credit_bar)

    def test_widths_of_the_bar(self):
        self.over.credit_unlimited = True
        position = self.over._get_credit_positions(self.company)[self.over]
        panel = self.over._prepare_credit_panel(position, self.company, 300.0)
        self.assertEqual([part[3] for part in panel["parts"]], [80.0, 20.0])
        self.assertIsNone(panel["available"])
        self.assertFalse(panel["is_over"])

    def test_statements_do_not_grow(self):
        fields = ["credit_exposure", "credit_available", "credit_bar", "credit_overdue_days"]
        partners = self.env["res.partner"].with_user(self.user_c)
        partners.browse(self.over.id).read(fields)
        counts = []
        for ids in (self.over.ids, self.all.ids):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.browse(ids).read(fields)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_form_by_role(self):
        with Form(self.over.with_user(self.user_c)) as form:
            form.credit_grade_id = self.env["credit.grade"]
            form.credit_unlimited = True
        self.assertTrue(self.over.credit_unlimited)
        for user in (self.user_s, self.user_r, self.user_a):
            form = Form(self.over.with_user(user))
            self.assertTrue(form._view["modifiers"]["credit_grade_id"]["readonly"] in ("1", "True", True))
            with self.assertRaises(AssertionError):
                form.credit_on_hold = True
        nobody = self._create_salesperson("n", "Ni Nobody", "base.group_user,base.group_partner_manager")
        form = Form(self.over.with_user(nobody))
        with self.assertRaises(AssertionError):
            self.assertFalse(form.credit_exposure)

    def test_hold_buttons(self):
        self.contact.with_user(self.user_c).action_credit_hold()
        self.assertTrue(self.over.credit_on_hold)
        self.over.credit_hold_reason = "Dispute"
        self.over.with_user(self.user_c).action_credit_release()
        self.assertFalse(self.over.credit_on_hold)
        self.assertFalse(self.over.credit_hold_reason)
        for user in (self.user_s2, self.user_r, self.user_a):
            with self.assertRaises(AccessError):
                self.over.with_user(user).action_credit_hold()

    def test_exposure_action(self):
        order = self._confirm(300)
        action = self.customer.action_view_credit_exposure()
        rows = self.env["credit.exposure.report"].search(action["domain"])
        self.assertEqual(round(sum(rows.mapped("amount")), 2), 552.25)
        self.assertEqual(self.customer.credit_exposure, 552.25)
        opened = [row.action_open_document() for row in rows]
        self.assertIn(("sale.order", order.id), [(a["res_model"], a["res_id"]) for a in opened])
        self.assertFalse(rows.with_user(self.user_s2).search(action["domain"]))

    def test_adjustments(self):
        adjustment = self.env["credit.limit.adjustment"].with_user(self.user_c)
        action = self.over.action_view_credit_adjustments()
        with Form(adjustment.with_context(**action["context"])) as form:
            form.amount = 300
            form.reason = "Fair"
            form.date_end = "2099-12-31"
            record = form.save()
        record.action_grant()
        self.over.invalidate_recordset()
        self.assertEqual((record.partner_id, self.over.credit_adjustment_count), (self.over, 1))
        self.assertIn("Available ¥ 100.00", self._text(self.over.credit_bar))
        self.assertEqual(self._search("over_limit"), self.env["res.partner"])

    def test_settings_and_grade(self):
        with Form(self.env["res.config.settings"]) as form:
            form.credit_components = "real"
            form.credit_default_grade_id = self.grade
        form.record.execute()
        self.assertEqual((self.company.credit_components, self.company.credit_default_grade_id), ("real", self.grade))
        action = self.grade.action_view_customers()
        self.assertEqual(
            self.env["res.partner"].search(action["domain"]), self.customer | self.over | self.idle | self.held
        )

    def test_every_screen_opens_for_its_readers(self):
        """Views load and read what they show, grouped too, for everybody who has the menus."""
        for name in (
            "res_partner_action_credit",
            "credit_exposure_report_action",
            "credit_limit_adjustment_action",
            "sale_order_review_action_credit",
            "credit_grade_action",
        ):
            action = self.env.ref(f"sales_plan_credit.{name}")
            for user in (self.user_s, self.user_r, self.user_a, self.user_c):
                model = self.env[action.res_model].with_user(user)
                for view_id, mode in action.views:
                    arch = model.get_view(view_id or False, mode)["arch"]
                    if mode in ("list", "kanban"):
                        names = [n for n in model.fields_get() if f'<field name="{n}"' in arch]
                        model.search(safe_eval(action.domain or "[]"), limit=5).read(names)

    def test_group_by_grade(self):
        groups = self.env["res.partner"].formatted_read_group(
            [("id", "in", self.all.ids)], ["credit_grade_id"], ["__count"]
        )
        self.assertEqual(
            {group["credit_grade_id"] and group["credit_grade_id"][0] for group in groups}, {False, self.grade.id}
        )


@tagged("post_install", "-at_install")
class TestCreditDeliveries(CreditScreensCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)]) or cls.env["stock.warehouse"].create(
            {"name": "Main", "code": "MAIN", "company_id": cls.company.id}
        )
        cls.goods = cls._create_product("Valve", type="consu")
        cls.user_w = cls._create_salesperson("w", "Wu Warehouse", "stock.group_stock_user")

    def _deliver(self, price):
        order = self._create_order(price)
        order.order_line.product_id = self.goods
        order.order_line.price_unit = price
        order.action_confirm()
        return order.sudo().picking_ids

    def test_held_filter(self):
        free, held = self._deliver(100), self._deliver(200)
        domain = self._filter_domain(
            "stock.picking", "stock.view_picking_internal_search", "held_for_credit", self.user_w
        )
        pickings = self.env["stock.picking"].with_user(self.user_w)
        domain += [("id", "in", (free | held).ids)]
        self.assertFalse(pickings.search(domain))
        order = held.sale_id
        order.order_line.price_unit = 2000
        self.assertTrue(order.on_hold)
        self.assertEqual(pickings.search(domain), held)
        self.assertTrue(held.is_held_for_credit)
        self.assertFalse(free.is_held_for_credit)
        self._approve_all(order)
        self.assertFalse(pickings.search(domain))
        self.customer.credit_on_hold = True
        self.assertEqual(pickings.search(domain), free | held)

    def _count_list(self, pickings):
        """Return the statements of reading the list of held deliveries with nothing loaded."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        pickings.read(["name", "review_hold_reason", "credit_line"])
        return self.env.cr.sql_log_count - before

    def test_list_of_held_deliveries_says_why(self):
        pickings = self.env["stock.picking"].concat(*(self._deliver(50) for _number in range(4))).sudo()
        self.customer.credit_on_hold = True
        self.customer.credit_hold_reason = "Two cheques returned"
        for picking in pickings:
            self.assertIn(f"{picking.sale_id.name}: ", picking.review_hold_reason)
            self.assertEqual(picking.review_hold_reason.count("Two cheques returned"), 1)
        action = self.env.ref("sales_plan_credit.stock_picking_action_held")
        self.assertEqual(action.view_id, self.env.ref("sales_plan_credit.stock_picking_view_list_held"))
        self._count_list(pickings)
        self.assertEqual(self._count_list(pickings[:2]), self._count_list(pickings))

    def test_held_list_opens_what_one_may_act_on(self):
        """Warehouse people open the delivery; sales people its order, as they may not read lots."""
        picking = self._deliver(50)
        action = picking.with_user(self.user_w).action_view_held()
        self.assertEqual((action["res_model"], action["res_id"]), ("stock.picking", picking.id))
        action = picking.with_user(self.user_s).action_view_held()
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", picking.sale_id.id))

    def test_held_list_says_what_it_lists(self):
        action = self.env.ref("sales_plan_credit.stock_picking_action_held")
        self.assertIn("No deliveries held for credit", action.read(["help", "context", "res_model"])[0]["help"])
        other = self.env.ref("stock.action_picking_tree_all")
        self.assertNotIn("held for credit", other.read(["help", "context", "res_model"])[0]["help"])

    def test_line(self):
        picking = self._deliver(100)
        self.assertIn("used ¥ 352.25", self._text(picking.credit_line))
        self.assertIn("available ¥ 647.75", self._text(picking.credit_line))
        self.user_s2.group_ids |= self.env.ref("stock.group_stock_user")
        self.assertFalse(picking.with_user(self.user_s2).credit_line)
        self.user_s.group_ids |= self.env.ref("stock.group_stock_user")
        self.assertIn("352.25", picking.with_user(self.user_s).credit_line)
        Form(picking.with_user(self.user_w))
