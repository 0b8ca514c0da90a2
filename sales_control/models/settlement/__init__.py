from . import account_move
from . import account_move_line
from . import account_move_line_settled
from . import account_partial_reconcile
from . import res_company
from . import sale_order_line
