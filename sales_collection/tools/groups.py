"""The groups of this addon that code asks for, by external id."""

from odoo.addons.sales_control.tools.groups import AUDITOR

# Who duns and keeps promises and disputes.
COLLECTOR = "sales_collection.sales_collection_group_user"
# Who decides how customers are dunned, and approves notices.
MANAGER = "sales_collection.sales_collection_group_manager"
_ACCOUNTING = "account.group_account_invoice,account.group_account_readonly"
# Who see how a customer is dunned.
DUNNING_READERS = f"sales_team.group_sale_salesman,{_ACCOUNTING},{COLLECTOR},{AUDITOR}"
# Who see what every customer owes.
RECEIVABLE_READERS = f"{COLLECTOR},sales_team.group_sale_salesman_all_leads,{_ACCOUNTING},{AUDITOR}"
