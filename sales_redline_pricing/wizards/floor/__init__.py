from . import sale_price_floor_generate
