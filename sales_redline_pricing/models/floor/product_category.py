from odoo import models


class ProductCategory(models.Model):
    _inherit = "product.category"

    def _get_path_ids(self):
        """Return the ids of this category and those above it, nearest first; empty for no category."""
        return tuple(int(node) for node in reversed((self.parent_path or "").split("/")) if node)
