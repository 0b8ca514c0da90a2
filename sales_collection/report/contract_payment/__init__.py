from . import contract_payment_report
