from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _name = "base.partner.merge.automatic.wizard"
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Core would delete the whole history of the duplicates, as two of them may not be open at once."""
        assignments = self.env["sale.customer.assignment"]
        assignments._merge_histories(src_partners, dst_partner)
        self.env.flush_all()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # merging does not take a duplicate's salesperson over: his assignment ends
        assignments._follow_salespeople(dst_partner)
        return result
