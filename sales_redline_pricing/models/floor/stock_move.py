from odoo import fields, models

from ...tools.groups import COST_READERS


class StockMove(models.Model):
    """The value of a delivery divided by its quantity is the cost: salespeople read deliveries."""

    _inherit = "stock.move"

    standard_price = fields.Float(groups=COST_READERS)
    value = fields.Monetary(groups=COST_READERS)
    value_manual = fields.Monetary(groups=COST_READERS)
    value_justification = fields.Text(groups=COST_READERS)
    value_computed_justification = fields.Text(groups=COST_READERS)
    remaining_value = fields.Monetary(groups=COST_READERS)

    def copy_data(self, default=None):
        """Leave the value out for whoever may not see it: back-orders are split off by copying."""
        if self._has_field_access(self._fields["value"], "read"):
            return super().copy_data(default)
        # Superuser: Odoo reads every field to copy; those that the user has no access to are taken out again.
        self.check_access("read")
        return [
            {name: value for name, value in values.items() if self._has_field_access(self._fields[name], "write")}
            for values in super(StockMove, self.sudo()).copy_data(default)
        ]

    def _action_done(self, *args, **kwargs):
        """What leaves beyond an order, or comes back, changes what is given away."""
        # Superuser: warehouse people move goods of orders that they may not read.
        moves = self.sudo()
        orders = moves.sale_line_id.order_id | moves.picking_id.sale_id
        with orders.order_line._follow_delivery():
            return super()._action_done(*args, **kwargs)

    def _set_value(self, *args, **kwargs):
        """Value moves whoever validates them. Superuser: from stored figures only, nothing is answered."""
        return super(StockMove, self.sudo())._set_value(*args, **kwargs)

    def _get_aml_value(self):
        """Return the value for the entry that Odoo makes as superuser, whoever validates the move."""
        return super(StockMove, self.sudo())._get_aml_value()
