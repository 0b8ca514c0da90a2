{
    "name": "Sales Collection",
    "summary": "Contract payments, dunning with interest and fees, promises and disputes, ageing and statements",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Sales Control contributors",
    "license": "LGPL-3",
    "depends": ["sales_control"],
    "data": [
        "security/sales_collection_groups.xml",
        "security/ir.model.access.csv",
        "security/dunning_rules.xml",
        "security/receivable_rules.xml",
        "views/sales_collection_menus.xml",
        "views/res_config_settings_ageing_views.xml",
        "report/receivable_ageing_views.xml",
    ],
    "assets": {"web.assets_tests": ["sales_collection/static/tests/tours/*.js"]},
}
