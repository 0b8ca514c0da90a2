from . import price_revision
from . import price_revision_apply
from . import price_revision_line
from . import sale_price_floor_generate
