from . import dunning_notice_preview
