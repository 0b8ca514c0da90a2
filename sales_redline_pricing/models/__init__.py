from . import floor
from . import price_list
