from odoo import api, models


class StockMoveLine(models.Model):
    """Done goods that go to a customer after all leave as those of a delivery do."""

    _inherit = "stock.move.line"

    @api.constrains("location_dest_id")
    def _check_order_review(self):
        """Refuse what takes done goods of orders that wait for a decision to a customer."""
        # Superuser: warehouse people move goods of orders that they may not read.
        destinations = self.sudo().location_dest_id.filtered(lambda location: location._takes_to_customers())
        self.sudo().filtered(lambda line: line.location_dest_id in destinations).move_id._check_order_review()
