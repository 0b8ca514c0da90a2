from . import test_receivable_ageing
from . import test_account_move_collection
from . import test_receivable_snapshot
from . import test_receivable_statement
from . import test_receivable_dso
