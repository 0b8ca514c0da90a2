from . import receivable_movement_report
from . import collection_rate_report
from . import receivable_ageing
from . import receivable_dso
from . import account_invoice_report
from . import report_statement_of_account
