from . import test_payment_milestones
