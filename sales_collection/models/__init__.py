from . import dunning
from . import promise
from . import worklist
from . import contract_payment
from . import receivable
