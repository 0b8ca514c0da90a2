from . import test_receivable_ageing
