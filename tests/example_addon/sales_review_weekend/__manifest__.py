{
    "name": "Order Review: Weekend Deliveries",
    "summary": "An example: orders whose delivery is promised for a weekend need a decision",
    "version": "19.0.1.0.0",
    "author": "Sales Control contributors",
    "license": "LGPL-3",
    "depends": ["sales_control"],
}
