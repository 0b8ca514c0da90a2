from odoo import models

from ...tools.floors import PRICE_DIGITS


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    def _get_revision_key(self):
        """Return for what this rule is: (list id, template id, variant id or False, quantity)."""
        self.ensure_one()
        of_variant = self.applied_on == "0_product_variant"
        return (
            self.pricelist_id.id,
            self.product_tmpl_id.id,
            of_variant and self.product_id.id,
            round(self.min_quantity, PRICE_DIGITS),
        )
