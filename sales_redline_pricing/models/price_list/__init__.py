from . import price_board
from . import product_pricelist
from . import product_pricelist_item
from . import sale_pricelist_revision
from . import sale_pricelist_revision_category
from . import sale_pricelist_revision_line
from . import sale_pricelist_revision_prices
