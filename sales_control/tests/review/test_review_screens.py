import unicodedata
from io import BytesIO

from lxml import etree, html
from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..common import ReviewCommon


def get_specification(arch, models, fields):
    """Return what the web client asks for to show a view: every field of the arch, those of lists inside included."""
    specification = {}
    for child in arch:
        if child.tag != "field":
            for name, value in get_specification(child, models, fields).items():
                specification.setdefault(name, value)
            continue
        field = fields[child.get("name")]
        wanted = specification.setdefault(child.get("name"), {})
        if field["type"] == "many2one":
            wanted["fields"] = {"display_name": {}}
        for view in child.iterchildren("list", "kanban", "form"):
            inner = models[field["relation"]]["fields"]
            wanted.setdefault("fields", {}).update(get_specification(view, models, inner))
    return specification


class ReviewScreensCommon(ReviewCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = cls._create_user("auditor", "Au Auditor", "sales_control.sales_control_group_auditor")
        cls.reviewer = cls._create_user("reviewer", "Re Reviewer", "sales_control.sales_control_group_reviewer")
        cls.administrator = cls._create_user("admin", "Ad Min", "sales_control.sales_control_group_administrator")

    @classmethod
    def _create_user(cls, login, name, groups):
        return cls._create_salesperson(login, name, groups)

    def _open(self, user, model, kind, record=None, view_id=False):
        """Open a view as the web client does, and return (arch, what it shows)."""
        self.env.invalidate_all()
        model = self.env[model].with_user(user)
        views = model.get_views([(view_id, kind)], {"toolbar": True})
        arch = etree.fromstring(views["views"][kind]["arch"])
        if kind not in ("list", "kanban", "form"):
            return arch, None
        specification = get_specification(arch, views["models"], views["models"][model._name]["fields"])
        if kind == "form":
            return arch, model.browse(record.id).web_read(specification)[0]
        return arch, model.web_search_read([], specification)["records"]

    def _get_comments(self, order):
        return order.sudo().order_review_ids.step_ids.filtered("comment").mapped("comment")

    def _get_menus(self, user):
        """Return the xmlids of the menus that a user sees."""
        self.env.invalidate_all()
        menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        return {menu["xmlid"] for menu in menus.values() if menu.get("xmlid")}


@tagged("post_install", "-at_install")
class TestReviewScreens(ReviewScreensCommon):
    """Who sees what, and that nobody meets an access error on the way."""

    def test_menus(self):
        inbox, rules = "sales_control.sale_order_review_menu", "sales_control.sale_review_rule_menu"
        employee = self._create_user("employee", "Em Ployee", "base.group_user")
        for user, sees, does_not in (
            (self.user_s, {"sale.sale_menu_root", inbox}, {rules}),
            (self.reviewer, {"sale.sale_menu_root", inbox, rules, "sale.menu_sale_order"}, set()),
            (self.auditor, {"sale.sale_menu_root", inbox, rules}, set()),
            (self.administrator, {inbox, rules}, set()),
            (employee, set(), {"sale.sale_menu_root", inbox}),
        ):
            menus = self._get_menus(user)
            self.assertLessEqual(sees, menus, user.name)
            self.assertFalse(does_not & menus, user.name)

    def test_everybody_opens_the_views_he_has(self):
        order = self._create_order(250000)
        order.action_confirm()
        review = order.sudo().order_review_ids
        for user in (self.user_s, self.user_m, self.reviewer, self.auditor, self.administrator):
            for kind in ("list", "kanban", "form", "activity", "pivot", "graph", "search"):
                self._open(user, "sale.order.review", kind, review)
            for kind in ("list", "kanban", "form", "search"):
                self._open(user, "sale.order", kind, order)
            for kind in ("list", "form", "search"):
                self._open(user, "sale.review.delegation", kind, self._create_delegation(user))
        for user in (self.auditor, self.reviewer, self.administrator):
            for kind in ("list", "form", "search"):
                self._open(user, "sale.review.rule", kind, self.rule)

    def _create_delegation(self, user):
        other = self.user_d if user != self.user_d else self.user_g
        return self.env["sale.review.delegation"].with_user(user).create({"delegate_id": other.id})

    def test_reviews_are_not_edited_on_any_screen(self):
        for kind in ("list", "kanban", "form"):
            arch, _values = self._open(self.administrator, "sale.order.review", kind, self._get_review())
            for right in ("create", "edit", "delete"):
                self.assertIn(arch.get(right), ("false", "False", "0"), f"{kind}: {right}")

    def _get_review(self):
        order = self._create_order(60000)
        order.action_confirm()
        return order.sudo().order_review_ids

    def test_inbox_shows_what_waits_for_the_user(self):
        waiting, other = self._create_order(60000), self._create_order(61000)
        (waiting | other).action_confirm()
        other.sudo().order_review_ids.with_user(self.user_m).action_approve()
        inbox = self.env["sale.order.review"].with_user(self.user_m)
        self.assertEqual(inbox.search([("can_decide", "=", True)]).order_id, waiting)
        orders = self.env["sale.order"].with_user(self.user_m)
        self.assertEqual(orders.search([("order_review_ids.can_decide", "=", True)]), waiting)
        self.assertFalse(orders.with_user(self.user_s).search([("order_review_ids.can_decide", "=", True)]))

    def test_overdue_filter(self):
        self.step_m.deadline_hours = 2
        review = self._get_review()
        arch, _values = self._open(self.user_m, "sale.order.review", "search")
        (overdue,) = arch.xpath("//filter[@name='overdue']")
        domain = [
            ("state", "=", "pending"),
            ("step_ids", "any", [("state", "=", "pending"), ("deadline", "<", "now")]),
        ]
        self.assertEqual(overdue.get("domain"), str(domain))
        self.assertNotIn(review, review.search(domain))
        review.current_step_id.deadline = "2020-01-01"
        self.assertIn(review, review.search(domain))

    def test_figures_compared(self):
        review = self._get_review()
        rows = dict(review._get_fact_rows())
        self.assertEqual(rows["Amount (company currency)"], "60,000.00")
        self.assertEqual(rows["Approval threshold"], "50,000.00")
        self.assertIn("60,000.00", review.facts_table)


@tagged("post_install", "-at_install")
class TestAuditorAccounting(ReviewScreensCommon):
    """Auditors see what the form of an order shows, and no more of the accounting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, install_demo=False)

    def test_reviewer_without_sales_rights_reads_the_order_with_deliveries_and_invoices(self):
        product = self._create_product("Box", type="consu")
        order = self._create_order(100)
        order.order_line.product_id = product
        order.action_confirm()
        order.sudo()._create_invoices()
        _arch, values = self._open(self.reviewer, "sale.order", "form", order)
        self.assertEqual(values["invoice_count"], 1)
        with self.assertRaises(AccessError):
            order.with_user(self.reviewer).write({"note": "changed"})

    def test_auditor_reads_no_vendor_bills(self):
        bill = self.env["account.move"].create({"move_type": "in_invoice", "partner_id": self.customer.id})
        self.assertFalse(self.env["account.move"].with_user(self.auditor).search([("id", "=", bill.id)]))


@tagged("post_install", "-at_install")
class TestReviewBanner(ReviewScreensCommon):
    """The order says what was found, who decides, and what to do next."""

    def _get_banner(self, order, user=None):
        self.env.invalidate_all()
        banner = order.with_user(user or self.user_s).review_banner
        return " ".join(html.fromstring(banner).text_content().split()) if banner else ""

    def test_nothing_to_say(self):
        order = self._create_order(100)
        self.assertFalse(self._get_banner(order))
        self.assertFalse(order.can_request_review)

    def test_before_the_request(self):
        order = self._create_order(250000)
        banner = self._get_banner(order)
        for text in ("250,000.00", "50,000.00", "Large orders", "Ma Manager → Gao General", "Click “Confirm”"):
            self.assertIn(text, banner)
        self.assertTrue(order.can_request_review)

    def test_before_the_order_is_saved(self):
        with Form(self.env["sale.order"].with_user(self.user_s)) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.product
                line.price_unit = 60000
            self.assertIn("60,000.00", form.review_banner)

    def test_under_review(self):
        order = self._create_order(250000)
        order.action_confirm()
        banner = self._get_banner(order)
        self.assertIn("Under review", banner)
        self.assertIn("Ma Manager", banner)
        self.assertFalse(order.can_request_review)
        self.assertFalse(order.with_user(self.user_s).can_decide_review)
        self.assertTrue(order.with_user(self.user_m).can_decide_review)

    def test_decided_steps_stay_visible(self):
        order = self._create_order(250000)
        order.action_confirm()
        order.with_user(self.user_m).action_approve_review()
        banner = self._get_banner(order)
        self.assertLess(banner.index("Ma Manager"), banner.index("Gao General"))

    def test_rejected(self):
        order = self._create_order(60000)
        order.action_confirm()
        order.sudo().order_review_ids.with_user(self.user_m).action_reject("Advance payment first")
        banner = self._get_banner(order)
        for text in ("rejected", "Ma Manager", "Advance payment first", "Request Review"):
            self.assertIn(text, banner)
        self.assertTrue(order.can_request_review)

    def test_on_hold(self):
        order = self._create_order(49000)
        order.action_confirm()
        order.order_line.price_unit = 60000
        self.assertTrue(order.on_hold)
        self.assertIn("On hold: deliveries and invoicing are blocked", self._get_banner(order))
        arch, _values = self._open(self.user_s, "sale.order", "form", order)
        for button in arch.xpath("//button[@id='create_invoice' or @id='create_invoice_percentage']"):
            self.assertIn("on_hold", button.get("invisible"))

    def test_the_text_of_customers_is_escaped(self):
        order = self._create_order(60000, contract_kind="special", special_reason="<script>alert(1)</script>")
        self.assertNotIn("<script>", order.review_banner)

    def test_delivery_says_why_it_waits(self):
        product = self._create_product("Box", type="consu")
        order = self._create_order(49000)
        order.order_line.product_id = product
        order.order_line.price_unit = 49000
        order.action_confirm()
        keeper = new_test_user(
            self.env,
            "sc_keeper",
            "stock.group_stock_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        _arch, values = self._open(keeper, "stock.picking", "form", order.picking_ids)
        self.assertFalse(values["review_hold_reason"])
        order.order_line.price_unit = 60000
        _arch, values = self._open(keeper, "stock.picking", "form", order.picking_ids)
        for text in (order.name, "60,000.00", "Ma Manager"):
            self.assertIn(text, values["review_hold_reason"])
        pickings = self.env["stock.picking"].with_user(keeper)
        self.assertEqual(pickings.search([("order_on_hold", "=", True)]), order.picking_ids)


@tagged("post_install", "-at_install")
class TestReviewWizard(ReviewScreensCommon):
    def _open_wizard(self, reviews, user):
        action = reviews.with_user(user).action_open_reject_wizard()
        return self.env[action["res_model"]].with_user(user).with_context(**action["context"])

    def test_reject_keeps_those_of_the_user(self):
        mine, other = self._create_order(60000), self._create_order(250000)
        (mine | other).action_confirm()
        other.sudo().order_review_ids.with_user(self.user_m).action_approve()
        reviews = (mine | other).sudo().order_review_ids
        wizard = Form(self._open_wizard(reviews, self.user_m))
        wizard.comment = "Too cheap"
        wizard.save().action_reject()
        self.assertEqual((mine.review_state, other.review_state), ("rejected", "pending"))
        self.assertEqual(self._get_comments(mine), ["Too cheap"])

    def test_reject_needs_a_reason(self):
        order = self._create_order(60000)
        order.action_confirm()
        wizard = self._open_wizard(order.sudo().order_review_ids, self.user_m).create({})
        with self.assertRaises(UserError):
            wizard.action_reject()
        self.assertEqual(order.review_state, "pending")

    def test_nobody_elses_reviews(self):
        order = self._create_order(60000)
        order.action_confirm()
        with self.assertRaises(UserError):
            Form(self._open_wizard(order.sudo().order_review_ids, self.user_d))

    def test_approve_with_a_remark(self):
        order = self._create_order(60000)
        order.action_confirm()
        review = order.sudo().order_review_ids
        wizard = self._open_wizard(review, self.user_m).with_context(review_decision="approve").create({})
        wizard.comment = "Good customer"
        wizard.action_approve()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._get_comments(order), ["Good customer"])


@tagged("post_install", "-at_install")
class TestApprovalSheet(ReviewScreensCommon):
    def test_printed(self):
        order = self._create_order(250000, contract_number="HT-2026-118", contract_amount=240000)
        order.partner_id.sudo().name = "金山贸易有限公司"
        order.action_confirm()
        amount, mismatch = order.sudo().order_review_ids.sorted("kind")
        self.env["sale.review.delegation"].with_user(self.user_m).create({"delegate_id": self.user_d.id})
        amount.with_user(self.user_d).action_approve("Known for years")
        self.assertEqual(mismatch.kind, "mismatch")
        text = self._print(order)
        for expected in (
            order.name,
            "Huaxin Trading",
            "金山贸易有限公司",
            "Shen Salesperson",
            "Sales East",
            "250,000.00",
            "HT-2026-118",
            "Du Delegate for Ma Manager",
            "Known for years",
            "Gao General",
            "Contract mismatch",
        ):
            self.assertIn(expected, text)

    def test_sheets_of_several_orders_are_one_file(self):
        orders = self._create_order(60000, name="SC-ONE") | self._create_order(70000, name="SC-TWO")
        text = self._print(orders)
        self.assertLess(0, text.index("SC-ONE"))
        self.assertLess(text.index("SC-ONE"), text.index("SC-TWO"))

    def _print(self, order):
        """Return the text of the PDF that wkhtmltopdf makes."""
        report = self.env["ir.actions.report"].with_user(self.auditor).with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content, kind = report._render_qweb_pdf("sales_control.action_report_approval_sheet", order.ids)
        self.assertEqual(kind, "pdf")
        pages = PdfReader(BytesIO(content)).pages
        # Fonts may map Chinese characters to their look-alikes among the radicals.
        text = unicodedata.normalize("NFKC", " ".join(page.extract_text() for page in pages))
        return " ".join(text.split())


@tagged("post_install", "-at_install")
class TestReviewTours(ReviewScreensCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.order = self._create_order(60000, name="SC-TOUR")

    def test_request_and_approve_in_the_browser(self):
        self.start_tour(f"/odoo/sales/{self.order.id}", "sales_control_request_review", login="sc_s")
        self.assertEqual((self.order.state, self.order.review_state), ("draft", "pending"))
        self.start_tour("/odoo/sale-reviews", "sales_control_approve_from_inbox", login="sc_m")
        self.assertEqual((self.order.state, self.order.review_state), ("sale", "approved"))

    def test_reject_in_the_browser(self):
        self.order.action_confirm()
        self.start_tour("/odoo/sale-reviews", "sales_control_reject_from_inbox", login="sc_m")
        self.assertEqual(self.order.review_state, "rejected")
        self.assertEqual(self._get_comments(self.order), ["Ask for an advance payment first"])
