from odoo import fields, models

from ...tools.groups import COST_READERS


class StockLot(models.Model):
    _inherit = "stock.lot"

    standard_price = fields.Float(groups=COST_READERS)
    avg_cost = fields.Monetary(groups=COST_READERS)
    total_value = fields.Monetary(groups=COST_READERS)

    def _update_standard_price(self, *args, **kwargs):
        """See the one of products."""
        return super(StockLot, self.sudo())._update_standard_price(*args, **kwargs)
