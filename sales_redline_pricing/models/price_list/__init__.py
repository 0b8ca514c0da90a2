from . import price_board
from . import product_pricelist
from . import sale_pricelist_revision
from . import sale_pricelist_revision_prices
from . import sale_pricelist_revision_line
