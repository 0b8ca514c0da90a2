"""Groups that credit figures and settings are for."""

READER = "sales_plan_credit.sales_plan_credit_group_reader"
MANAGER = "sales_plan_credit.sales_plan_credit_group_manager"
INVOICING = "account.group_account_invoice"
ACCOUNTANT = "account.group_account_readonly"
# Who see fields of credit figures; salespeople those of their own customers, see `res.partner._filter_credit_visible`.
CREDIT_READERS = f"sales_team.group_sale_salesman,{READER},{INVOICING},{ACCOUNTANT}"
# Who see the figures of every customer.
ALL_CREDIT_READERS = (READER, "sales_team.group_sale_salesman_all_leads", INVOICING, ACCOUNTANT)
