from . import collection_rate_wizard
from . import receivable_ageing_wizard
from . import receivable_snapshot_wizard
from . import receivable_statement_wizard
from . import receivable_dso_wizard
