"""The groups of this addon that code asks for, by external id."""

# Who sees red lines, shortfalls and margins.
FLOOR_READERS = "sales_redline_pricing.sales_redline_pricing_group_reader"
# Who sets red lines and revises price lists.
FLOOR_MANAGERS = "sales_redline_pricing.sales_redline_pricing_group_manager"
# Odoo shows costs to every internal user; who may see them is a setting here (all internal users until it is changed).
COST_READERS = "sales_redline_pricing.sales_redline_pricing_group_cost"
