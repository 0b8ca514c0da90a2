"""Every button of every screen of ours is pressed; what opens in a dialog is filled in and saved, as the browser does it."""

import pathlib
from datetime import timedelta

from collection_http import CollectionHttpCommon
from lxml import etree
from psycopg2.errors import CheckViolation, ForeignKeyViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

ADDONS = tuple(sorted(path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")))
# What people are told in a sentence: pressing everything is often wrong.
TOLD = (UserError, CheckViolation, ForeignKeyViolation, UniqueViolation)
PRESSED = ".//button[@type='object'] | .//button[@type='action'] | .//a[@type='object'] | .//a[@type='action']"


@tagged("post_install", "-at_install")
class TestEveryButton(CollectionHttpCommon):
    """No button ends in an error that nobody understands, and no dialog lacks what it needs to be saved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = cls.env["ir.model.data"].search([("module", "in", ADDONS), ("model", "=", "res.groups")])
        cls.boss = new_test_user(
            cls.env,
            "sc_boss",
            "sales_team.group_sale_manager,account.group_account_manager,stock.group_stock_manager,"
            "base.group_partner_manager,product.group_product_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.boss.group_ids += cls.env["res.groups"].browse(groups.mapped("res_id")).exists()
        cls.env["payment.promise"].create(
            {"partner_id": cls.customer.id, "currency_id": cls.cny.id, "amount": 10, "date": cls.today}
        )
        cls.env["dunning.dispute"].create({"move_line_id": cls.own_item.id, "amount": 10, "reason": "price"})

    def setUp(self):
        super().setUp()
        self._create_pending()
        self.wrong, self.pressed = [], set()

    # === THE WALKS === #

    def test_buttons(self):
        """Of records that there are, on lists, cards and forms."""
        missing = set()
        for model, buttons in self._get_buttons().items():
            records = self._get_records(model)
            if not records:
                missing.add(model)
            for kind, name in sorted(buttons) if records else ():
                self._try(f"{model} {name}", self._press, records, kind, name)
        self.assertFalse(self.wrong, "\n".join(self.wrong))
        self.assertGreater(len(self.pressed), 60, f"pressed: {sorted(self.pressed)}, no record of {sorted(missing)}")

    def test_new_records(self):
        """Of every screen that a menu or a button opens, where somebody may make a record by hand."""
        for action in self._get_ours("ir.actions.act_window"):
            model = self.env[action.res_model].with_user(self.boss)
            if model._abstract or not model._auto or not model.has_access("create") or "form" not in action.view_mode:
                continue
            self._try(f"new {action.res_model} of {action.name}", self._save, action._get_action_dict())
        self.assertFalse(self.wrong, "\n".join(self.wrong))

    # === WHAT THERE IS === #

    def _get_ours(self, model):
        data = self.env["ir.model.data"].search([("module", "in", ADDONS), ("model", "=", model)])
        return self.env[model].browse(data.mapped("res_id")).exists()

    def _get_buttons(self):
        """Return the buttons of our views: ``{model: {(object or action, name)}}``."""
        buttons = {}
        for view in self._get_ours("ir.ui.view"):
            for node in etree.fromstring(view.arch).xpath(PRESSED) if view.model in self.env else ():
                if node.get("name"):
                    buttons.setdefault(self._get_owner(view, node), set()).add((node.get("type"), node.get("name")))
        return buttons

    def _get_owner(self, view, node):
        """Return the name of the model whose button it is: that of the view, or of lines inside it."""
        model = self.env[view.model]
        names = [field.get("name") for field in node.iterancestors("field")]
        lines = [field.comodel_name for name in names if (field := model._fields.get(name)) and field.relational]
        if lines or node.get("type") == "action" or hasattr(model, node.get("name")):
            return lines[0] if lines else view.model
        lines = [field.comodel_name for field in model._fields.values() if field.type == "one2many"]
        return next(name for name in lines if hasattr(self.env[name], node.get("name")))

    def _get_records(self, model):
        """Return some records that the boss reads, of ours or of the company."""
        records = self.env[model].with_user(self.boss)
        if records._transient or not records.has_access("read"):
            return records
        domain = [("company_id", "in", [False, self.company.id])] if "company_id" in records._fields else []
        return records.search(domain, limit=3, order="id desc" if records._auto else None)

    # === PRESSING === #

    def _try(self, what, method, *args):
        """Do something that is undone afterwards, and note what it raises that people cannot understand."""
        try:
            with mute_logger("odoo.sql_db"), self.cr.savepoint() as savepoint:
                method(*args)
                savepoint.rollback()
        except TOLD:
            pass
        except Exception as error:
            self.wrong.append(f"{what}: {type(error).__name__}: {error}"[:300])
        self.env.invalidate_all()

    def _press(self, records, kind, name):
        """Press a button of a record, and go on with what it opens."""
        self.pressed.add((records._name, name))
        if kind == "action":
            self._open(records, self.env["ir.actions.actions"].with_user(self.boss)._for_xml_id(name) if "." in name
                       else self.env["ir.actions.act_window"].browse(int(name))._get_action_dict())  # fmt: skip
            return
        self._open(records, getattr(records[:1], name)())

    def _open(self, records, action):
        """Open what a button asks for: a dialog is filled in and saved, and its own buttons pressed."""
        if not isinstance(action, dict) or action.get("type") != "ir.actions.act_window":
            return
        if action.get("target") != "new":
            views = action.get("views") or [(False, "list"), (False, "form")]
            self.env[action["res_model"]].with_user(self.boss).get_views(views)
            return
        active = {"active_model": records._name, "active_id": records[:1].id, "active_ids": records[:1].ids}
        record, arch = self._save({**action, "context": {**active, **self._get_context(action)}})
        for button in arch.xpath(".//footer//button[@type='object']"):
            self._try(f"{records._name} > {record._name} {button.get('name')}", getattr(record, button.get("name")))

    def _get_context(self, action):
        context = action.get("context") or {}
        known = {"active_id": False, "active_ids": [], "uid": self.boss.id, "allowed_company_ids": self.company.ids}
        return safe_eval(context, known) if isinstance(context, str) else context

    def _save(self, action):
        """Fill in and save a form as the boss; return the record and the arch of the form."""
        context = {**self._get_context(action), "allowed_company_ids": self.company.ids}
        views = [view for view in action.get("views") or () if view[1] == "form"] or [(False, "form")]
        model = self.env[action["res_model"]].with_user(self.boss).with_context(context)
        form = Form(model.browse(action.get("res_id") or ()), view=self.env["ir.ui.view"].browse(views[0][0] or ()))
        self._fill(form)
        return form.save(), form._view["tree"]

    def _fill(self, form):
        """Enter what the form asks for and lets somebody enter."""
        for name, info in form._view["fields"].items():
            is_wanted = form._get_modifier(name, "required") and not form._values[name]
            if is_wanted and not form._get_modifier(name, "invisible") and not form._get_modifier(name, "readonly"):
                value = self._get_value(form, info)
                if value:
                    form[name] = value

    def _get_value(self, form, info):
        """Return something to enter into a field."""
        day = self.today + timedelta(days=1)
        simple = {"char": "Something", "text": "Something", "html": "Something", "integer": 1, "float": 1.0,
                  "monetary": 1.0, "date": day, "datetime": fields.Datetime.to_datetime(day)}  # fmt: skip
        if info["type"] == "selection":
            return info["selection"][0][0]
        if info["type"] != "many2one":
            return simple.get(info["type"])
        domain = info.get("domain") or []
        if isinstance(domain, str):
            domain = safe_eval(domain, {"company_id": self.company.id, **form._get_eval_context()})
        return self.env[info["relation"]].with_user(self.boss).search(domain, limit=1)
