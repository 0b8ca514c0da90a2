from . import test_credit_banner
from . import test_credit_check
from . import test_credit_exposure
from . import test_credit_kernel
from . import test_credit_opening
from . import test_credit_opening_import
from . import test_credit_screens
from . import test_payment_behaviour
