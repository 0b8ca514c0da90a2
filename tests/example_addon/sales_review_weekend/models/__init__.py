from . import sale_order, sale_order_review, sale_review_rule
