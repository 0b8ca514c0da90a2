from . import collection_call
from . import res_partner
