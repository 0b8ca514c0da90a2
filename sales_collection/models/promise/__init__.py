from . import payment_promise
from . import dunning_dispute
from . import dunning_dispute_hold
from . import payment_promise_judge
from . import account_partial_reconcile
from . import account_move
from . import res_company
from . import res_config_settings
