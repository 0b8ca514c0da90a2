from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"parent_id", "is_company"}:
            self._forget_price_floors()
        return result

    def _forget_price_floors(self):
        """Compile the red lines anew where one of these customers has some: they hold for its commercial partner."""
        # Superuser: whoever edits a contact may not read red lines.
        if self.env["sale.price.floor"].sudo().search_count([("partner_id", "child_of", self.ids)], limit=1):
            self.env.registry.clear_cache()
