from . import test_doctests
from . import test_interest_kernel
from . import test_dunning_scenarios
from . import test_dunning_amounts
from . import test_dunning_charges
from . import test_dunning_policy
from . import test_dunning_access
from . import test_dunning_statements
