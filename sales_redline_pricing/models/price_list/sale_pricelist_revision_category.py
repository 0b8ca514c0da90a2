from odoo import api, fields, models


class SalePricelistRevisionCategory(models.Model):
    """How much the prices of one product category change, other than the rest of the revision."""

    _name = "sale.pricelist.revision.category"
    _description = "Price Revision Category Change"
    _order = "revision_id, id"

    revision_id = fields.Many2one("sale.pricelist.revision", required=True, index=True, ondelete="cascade")
    categ_id = fields.Many2one(
        "product.category", "Category", required=True, ondelete="cascade", help="Includes its child categories."
    )
    change = fields.Float(min_display_digits=2, help="Replaces the change of the revision; of the same type.")

    _categ_unique = models.Constraint(
        "UNIQUE(revision_id, categ_id)",
        "A category can have only one change in a price revision; edit that line instead.",
    )

    @api.constrains("change", "revision_id")
    def _check_change(self):
        self.revision_id._check_base()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.revision_id._reset_preview()
        return lines

    def write(self, vals):
        self.revision_id._reset_preview()
        result = super().write(vals)
        self.revision_id._reset_preview()  # also that into which a line was moved
        return result

    def unlink(self):
        self.revision_id._reset_preview()
        return super().unlink()
