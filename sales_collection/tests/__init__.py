from . import test_promise
from . import test_collection_kernels
from . import test_dispute
from . import test_worklist
from . import test_dunning_partner
from . import test_stop_supply
