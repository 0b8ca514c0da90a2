from . import base_partner_merge
from . import sale_price_floor_generate
from . import sale_price_floor_generate_line
