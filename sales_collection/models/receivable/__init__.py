from . import res_config_settings
from . import account_move
from . import receivable_snapshot
from . import receivable_statement
