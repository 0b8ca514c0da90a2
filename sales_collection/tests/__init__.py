from . import test_doctests
from . import test_dunning_scenarios
