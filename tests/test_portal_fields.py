"""What customers may read and do on the portal: of our fields and methods, those that are meant for them.

Walked are all our fields and public methods of models that a portal user reads: what is new is closed, or is named here.
"""

import inspect
import pathlib

from review_http import PortalHttpCommon

from odoo.tests import tagged

ADDONS = {path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")}
PARTNER = {"credit_currency_id", "collection_currency_id"}
# What the customer has signed, ordered and owes; and names of currencies.
FOR_CUSTOMERS = {
    "account.move": {
        "next_due_date",
        "next_due_amount",
        "days_overdue",
        "amount_overdue",
        "order_names",
        "contract_number",
    },
    "account.move.line": {"amount_open", "amount_open_currency"},
    "res.partner": PARTNER,
    "res.users": PARTNER,
    "sale.order": {"contract_number", "contract_date", "contract_amount"},
    "sale.order.line": {"contract_qty", "company_currency_id"},
}


@tagged("post_install", "-at_install")
class TestPortalFields(PortalHttpCommon):
    def _get_readable(self):
        """Return the models of others that the customer reads."""
        models = [self.env[name].with_user(self.buyer) for name in self.env.registry]
        others = [model for model in models if not model._abstract and model._original_module not in ADDONS]
        return [model for model in others if model.has_access("read")]

    def test_internal_fields_are_closed(self):
        for model in self._get_readable():
            ours = {field.name for field in model._fields.values() if ADDONS & set(field._modules)}
            readable = {field for field in ours if model._has_field_access(model._fields[field], "read")}
            with self.subTest(model._name):
                self.assertEqual(readable - FOR_CUSTOMERS.get(model._name, set()), set())

    def _get_own_methods(self, model):
        """Return the names of the public methods that only our addons define on a model."""
        names = set()
        for name, method in inspect.getmembers(type(model), inspect.isfunction):
            homes = {cls.__module__.split(".")[:3][-1] for cls in type(model).__mro__ if name in vars(cls)}
            if not name.startswith("_") and homes <= ADDONS and not getattr(method, "_api_private", False):
                names.add(name)
        return names

    def test_methods_tell_customers_nothing(self):
        order = self._create_offer()
        order.action_confirm()
        records = {"sale.order": order, "sale.order.line": order.order_line, "res.partner": self.buyer.partner_id}
        walked = set()
        for model in self._get_readable():
            for name in self._get_own_methods(model):
                walked.add((model._name, name))
                with self.subTest(model=model._name, method=name):
                    response = self._post(self.buyer, records.get(model._name, model.browse(1)), name)
                    told = response.json() if response.status_code == 200 else {}
                    # An action opens a list, which has rights of its own.
                    self.assertIn(told if isinstance(told, bool) else told.get("type"), (None, "ir.actions.act_window"))
        self.assertIn(("sale.order.line", "action_explain_floor"), walked)

    def test_what_the_review_says_is_not_read(self):
        order = self._create_offer()
        order.action_confirm()
        for records, name in (
            (order, "review_state"),
            (order, "on_hold"),
            (order, "credit_confirmation"),
            (order.order_line, "floor_state"),
        ):
            self._assert_refused(self.buyer, records, "read", 403, fields=[name])
            self._assert_refused(self.buyer, records.browse(), "search_count", 403, domain=[[name, "!=", False]])
        self._assert_refused(self.buyer, order.order_line, "action_explain_floor", 403)
