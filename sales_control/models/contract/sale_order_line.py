from odoo import fields, models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = "sale.order.line"

    contract_qty = fields.Float(
        string="Contract Quantity",
        digits="Product Unit",
        copy=False,
        help="Quantity in the signed contract, in the unit of the line. Leave it at 0 if the contract states none: "
        "then the quantity is not compared. Lines of the same product are added up.",
    )

    def _get_product_quantity(self, quantity):
        """Convert a quantity of the line's unit into the product's own unit, unrounded."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False)
