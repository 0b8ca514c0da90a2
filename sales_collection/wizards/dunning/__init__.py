from . import base_partner_merge
from . import dunning_notice_preview
