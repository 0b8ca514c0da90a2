from . import dunning_notice_preview
from . import collection_rate_wizard
