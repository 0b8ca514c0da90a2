from . import protected_fields_mixin
from . import sale_weighted_average_mixin
