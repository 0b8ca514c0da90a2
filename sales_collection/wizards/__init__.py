from . import receivable_ageing_wizard
