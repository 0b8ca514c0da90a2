from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Compile the red lines anew: core moves those of the duplicates past the ORM."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.registry.clear_cache()
        return result
