from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningScreens(DunningCommon):
    """Everybody who has a menu gets its screens, filters and figures without an error."""

    ACTIONS = (
        "dunning_run_action",
        "dunning_notice_action",
        "dunning_charge_action",
        "dunning_item_action",
        "dunning_item_action_legal",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales = cls._create_user("salesperson", "sales_team.group_sale_salesman")
        cls.user_reader = cls._create_user("reader", "account.group_account_readonly")
        cls.user_auditor = cls._create_user("auditor", "sales_control.sales_control_group_auditor")
        cls.customer.user_id = cls.user_sales

    def setUp(self):
        super().setUp()
        self.l2.is_legal = True
        self.item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._run("2026-10-18")

    def test_readers_see_no_buttons_that_refuse_them(self):
        """Who may only read the worklist is offered no result of a call; who calls is offered all of them."""
        for user, count in ((self.user_auditor, 0), (self.user_reader, 0), (self.user_sales, 4)):
            views = self._as(user, "collection.worklist").get_views([(False, "kanban"), (False, "list")])["views"]
            for kind in ("kanban", "list"):
                buttons = etree.fromstring(views[kind]["arch"]).xpath("//button[not(parent::header)]")
                self.assertEqual(len(buttons), count, f"{user.name}, {kind}")

    def _as(self, user, model):
        return self.env[model].with_user(user).with_context(allowed_company_ids=self.company.ids)

    def _read_all(self, user, action):
        """Open an action as the web client does: views, every filter and group-by, and the rows."""
        action = self.env.ref(f"sales_collection.{action}")
        model = self._as(user, action.res_model)
        modes = [mode for mode in action.view_mode.split(",") if mode != "activity"]
        views = model.get_views([*((False, mode) for mode in modes), (False, "search")])["views"]
        for node in etree.fromstring(views["search"]["arch"]).iter("filter"):
            self._apply(model, user, node)
        names = {node.get("name"): {} for node in etree.fromstring(views["list"]["arch"]).iter("field")}
        domain = safe_eval(action.domain or "[]")
        return model.web_search_read(domain, names)["records"]

    def _apply(self, model, user, node):
        if node.get("domain"):
            model.search(safe_eval(node.get("domain"), {"uid": user.id}), limit=1)
        group = safe_eval(node.get("context") or "{}").get("group_by")
        if group:
            field = f"{group}:month" if model._fields[group].type == "date" else group
            model.formatted_read_group([], [field], ["__count"])

    def test_readers(self):
        for user in (self.user_collector, self.user_manager, self.user_reader, self.user_auditor):
            for action in self.ACTIONS:
                with self.subTest(user=user.login, action=action):
                    self.assertTrue(self._read_all(user, action))

    def test_salesperson(self):
        """A salesperson has the notices, charges and items of his customers."""
        for action in self.ACTIONS[1:]:
            self.assertTrue(self._read_all(self.user_sales, action))

    def test_open_items(self):
        items = self._as(self.user_collector, "dunning.item")
        self.assertEqual(items.search([("is_settled", "=", False)]).amount_residual, 1000.0)
        self._receive(1000, "2026-10-20", self.item)
        self.assertFalse(items.search([("is_settled", "=", False)]))

    def test_run_by_form(self):
        """A collector makes a run by hand; its name follows its day until he gives it one."""
        form = Form(self._as(self.user_collector, "dunning.run"))
        form.date = "2026-11-01"
        run = form.save()
        run.action_compute()
        self.assertEqual((run.state, run.notice_count), ("proposed", 1))
        self.assertEqual(run.notice_ids.display_name, f"Proposal for {self.customer.name}")

    def test_settings(self):
        self.company.dunning_policy_id = False
        settings = self.env["res.config.settings"].with_company(self.company).create({})
        settings.dunning_policy_id = self.policy
        settings.execute()
        self.assertEqual(self.company.dunning_policy_id, self.policy)

    def test_charge_opens_invoice(self):
        charge = self.env["dunning.charge"].search([("partner_id", "=", self.customer.id)], limit=1)
        charge.action_book()
        self.assertEqual(charge.action_view_invoice()["res_id"], charge.move_id.id)


@tagged("post_install", "-at_install")
class TestNamesOfRuns(DunningCommon):
    """A run is called by its date in the language of the reader, unless somebody has given it a name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.runs = cls.env["dunning.run"].create(
            [{"company_id": cls.company.id, "date": day} for day in ("2026-10-04", "2026-10-18")]
        )
        cls.early, cls.late = cls.runs

    def _read_names(self, lang):
        return self.runs.with_context(lang=lang).mapped("name")

    def test_in_the_language_of_the_reader(self):
        self.assertEqual(self._read_names("en_US"), ["Dunning of 10/04/2026", "Dunning of 10/18/2026"])
        self.assertEqual(self._read_names("zh_CN"), ["2026/10/04催款", "2026/10/18催款"])
        self.assertEqual(self.late.with_context(lang="zh_CN").display_name, "2026/10/18催款")

    def test_a_given_name_stays(self):
        self.late.name = "Before the holidays"
        for lang in ("en_US", "zh_CN"):
            self.assertEqual(self._read_names(lang)[1], "Before the holidays")
        self.late.name = False
        self.assertEqual(self.late.name, "Dunning of 10/18/2026")

    def test_a_form_gives_no_name_by_itself(self):
        form = Form(self.env["dunning.run"].with_context(lang="zh_CN"))
        form.date = "2026-10-25"
        self.assertEqual(form.save().with_context(lang="en_US").name, "Dunning of 10/25/2026")
        run = self.env["dunning.run"].create({"name": "Extra", "company_id": self.company.id})
        self.assertEqual((run.name, run.copy().name), ("Extra", "Extra"))

    def test_found_and_sorted_by_name(self):
        runs = self.env["dunning.run"]
        self.assertEqual(runs.search([("name", "ilike", "10/18")]), self.late)
        self.assertEqual(runs.with_context(lang="zh_CN").search([("name", "=", "2026/10/18催款")]), self.late)
        self.assertEqual(runs.search([("id", "in", self.runs.ids)], order="name"), self.runs)
        self.assertEqual(runs.search([("id", "in", self.runs.ids)], order="name desc"), self.late + self.early)
