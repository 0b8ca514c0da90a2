from . import receivable_ageing_wizard
from . import receivable_snapshot_wizard
