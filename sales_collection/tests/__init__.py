from . import test_payment_milestones
from . import test_contract_payments
from . import test_collection_rate
