from . import dunning
from . import receivable
