from . import test_doctests
from . import test_dunning_scenarios
from . import test_dunning_dispatch
from . import test_dunning_letter
