from . import account_partial_reconcile
from . import account_move_line
from . import sale_order_line
