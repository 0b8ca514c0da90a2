"""External ids of groups, one or several of them as fields and `has_groups` take them."""

from odoo.addons.sales_control.tools.groups import AUDITOR

COLLECTOR = "sales_collection.sales_collection_group_user"
MANAGER = "sales_collection.sales_collection_group_manager"
# Who sees how customers are dunned; rules say which customers.
READERS = (
    f"sales_team.group_sale_salesman,account.group_account_invoice,account.group_account_readonly,{COLLECTOR},{AUDITOR}"
)
