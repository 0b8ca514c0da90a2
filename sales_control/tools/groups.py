"""External ids of groups, one or several of them as fields and `has_groups` take them."""

AUDITOR = "sales_control.sales_control_group_auditor"
ADMINISTRATOR = "sales_control.sales_control_group_administrator"
SALESPEOPLE = "sales_team.group_sale_salesman"
# Who manages sales: classes of customers, departments of documents, handovers
SALES_MANAGERS = f"sales_team.group_sale_manager,{ADMINISTRATOR}"
