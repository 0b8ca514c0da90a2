from . import test_payment_milestones
from . import test_contract_payments
from . import test_collection_rate
from . import test_contract_payment_report
from . import test_retention
from . import test_contract_sums
