from . import test_dunning_dispatch
