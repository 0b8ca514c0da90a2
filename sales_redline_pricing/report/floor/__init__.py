from . import sale_price_breach_report
