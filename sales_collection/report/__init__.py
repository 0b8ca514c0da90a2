from . import receivable_ageing
from . import account_invoice_report
