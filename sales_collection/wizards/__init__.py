from . import collection_rate_wizard
