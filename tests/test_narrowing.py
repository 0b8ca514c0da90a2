"""What narrows a rule may not vanish: whoever deletes a customer, department or class frees nobody from a rule.

Walked are all references of our rules, and those by which core's records choose one of our rules. What is new is
walked by itself; what needs no care is named below, with the reason.
"""

import pathlib

from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.sales_control.tests.common import ReviewCommon

ADDONS = {path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")}
# They say what happened, or what was agreed with one customer; no rule is read from them.
RECORDS = {
    "collection.call",
    "credit.opening.delivery",
    "dunning.charge",
    "dunning.dispute",
    "dunning.item",
    "dunning.notice",
    "dunning.notice.line",
    "payment.promise",
    "sale.order.review",
    "sale.order.review.step",
    "sale.payment.milestone",
    "sale.pricelist.revision.line",
}
EXCEPTIONS = {
    "credit.limit.adjustment.document_ids": "papers beside a limit, no condition of it",
    "sale.customer.class.pricelist_id": "what new customers of the class get, no condition",
    "sale.order.payment_milestone_template_id": "proposes payments when it is chosen; those stay",
}


@tagged("post_install", "-at_install")
class TestNarrowing(ReviewCommon):
    def _get_models(self):
        """Return the stored models of everybody, and the names of our rules."""
        models = [self.env[name] for name in self.env.registry]
        models = [model for model in models if model._auto and not model._abstract and not model._transient]
        return models, {model._name for model in models if model._original_module in ADDONS} - RECORDS

    def _get_narrowing_fields(self):
        """Return the references that may be empty: of our rules, and those to our rules that we give to other models.

        Figures that the addons work out themselves are not meant: they are worked out again.
        """
        models, rules = self._get_models()
        return [
            field
            for model in models
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.store
            and not (field.related or (field.compute and field.readonly))
            and field.name not in ("create_uid", "write_uid")
            and (
                model._name in rules
                or (field.comodel_name in rules and field._module in ADDONS and model._name not in RECORDS)
            )
        ]

    def test_references_of_rules_stay(self):
        fields = self._get_narrowing_fields()
        self.assertGreater(len(fields), 40)
        loose = {str(field) for field in fields if field.ondelete not in self._get_firm_answers(field)}
        self.assertEqual(loose, set(EXCEPTIONS))

    def _get_firm_answers(self, field):
        """Return what may happen when what a field refers to is deleted; "cascade" takes a link off a Many2many."""
        return ("restrict",) if field.type == "many2many" else ("restrict", "cascade")

    def test_every_model_named_here_exists(self):
        self.assertLessEqual(RECORDS, set(self.env.registry))

    def test_the_database_refuses(self):
        """As core does it, whatever road the deletion takes."""
        team = self.env["crm.team"].create({"name": "Fair", "company_id": self.company.id})
        department = self.env["hr.department"].create({"name": "Outlet", "company_id": self.company.id})
        customer_class = self.env["sale.customer.class"].create({"name": "Class A", "code": "TA"})
        self.rule.write(
            {
                "department_ids": [Command.set(department.ids)],
                "team_ids": [Command.set(team.ids)],
                "customer_class_ids": [Command.set(customer_class.ids)],
            }
        )
        group = self.env["res.groups"].create({"name": "Controllers"})
        self.step_m.write({"approver_type": "group", "group_id": group.id})
        for record in (team, department, customer_class, group):
            with (
                self.subTest(model=record._name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                record.unlink()

    def test_archiving_widens_no_review_rule(self):
        """The rule for a department that is archived does not become one for all."""
        department = self.env["hr.department"].create({"name": "Outlet", "company_id": self.company.id})
        customer_class = self.env["sale.customer.class"].create({"name": "Class A", "code": "TA"})
        team = self.env["crm.team"].create({"name": "Fair", "company_id": self.company.id})
        for name, record in (
            ("department_ids", department),
            ("customer_class_ids", customer_class),
            ("team_ids", team),
        ):
            with self.subTest(field=name):
                self.rule.write({"department_ids": False, "customer_class_ids": False, "team_ids": False})
                self.rule[name] = record
                record.active = False
                self.env.invalidate_all()
                self.env.registry.clear_cache()
                order = self._create_order(60000)
                order.action_confirm()
                self.assertEqual(order.state, "sale")
