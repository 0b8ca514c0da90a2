from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _takes_to_customers(self):
        """Tell whether Odoo counts what arrives here as delivered to a customer: the transit between companies too, and for
        the components of kits any transit of no company."""
        self.ensure_one()
        return self._is_outgoing() or (self.usage == "transit" and not self.company_id)
