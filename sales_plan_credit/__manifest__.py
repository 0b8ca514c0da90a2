{
    "name": "Sales Plan and Credit",
    "summary": "Credit grades and limits on what is really owed, checked at order, delivery and invoice",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Sales Control contributors",
    "license": "LGPL-3",
    "depends": ["sales_control"],
    "data": [
        "security/sales_plan_credit_groups.xml",
        "security/ir.model.access.csv",
        "security/sales_plan_credit_rules.xml",
        "data/ir_cron_data.xml",
    ],
}
