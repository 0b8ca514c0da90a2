from . import receivable_ageing
