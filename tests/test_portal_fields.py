"""What customers may read of their documents on the portal: of our fields, those that are meant for them."""

import pathlib

from odoo.tests import tagged

from odoo.addons.sales_control.tests.common import ReviewCommon

ADDONS = {path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")}
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
    "res.partner": {"credit_currency_id", "collection_currency_id"},
    "sale.order": {"contract_number", "contract_date", "contract_amount"},
    "sale.order.line": {"contract_qty", "company_currency_id"},
}


@tagged("post_install", "-at_install")
class TestPortalFields(ReviewCommon):
    def test_internal_fields_are_closed(self):
        portal = self._create_salesperson("portal", "Jade Buyer", "base.group_portal")
        for name in self.env.registry:
            model = self.env[name].with_user(portal)
            if model._abstract or model._original_module in ADDONS or not model.has_access("read"):
                continue
            ours = {field.name for field in model._fields.values() if ADDONS & set(field._modules)}
            readable = {field for field in ours if model._has_field_access(model._fields[field], "read")}
            with self.subTest(name):
                self.assertEqual(readable - FOR_CUSTOMERS.get(name, set()), set())
