from . import sale_weighted_average_mixin
