from . import collection_worklist
from . import collection_worklist_screens
from . import receivable_movement_report
from . import collection_rate_report
from . import contract_payment_report
from . import receivable_ageing
from . import report_dunning_letter
from . import account_invoice_report
