from . import sale_price_floor_generate
from . import sale_price_floor_generate_line
