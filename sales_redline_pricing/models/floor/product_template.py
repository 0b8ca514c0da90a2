from odoo import api, fields, models

from ...tools.groups import COST_READERS, FLOOR_READERS


class ProductTemplate(models.Model):
    _inherit = "product.template"

    standard_price = fields.Float(groups=COST_READERS)
    price_floor_count = fields.Integer(
        "Red Lines",
        compute="_compute_price_floor_count",
        groups=FLOOR_READERS,
        help="Red lines that may apply to this product.",
    )

    @api.depends("categ_id", "product_variant_ids")
    @api.depends_context("company")
    def _compute_price_floor_count(self):
        floors = self.env["sale.price.floor"]._get_compiled(self.env.company.id)
        for template in self:
            targets = template._get_price_floor_targets()
            template.price_floor_count = sum(
                floor.applied_on == "all" or floor.target_id in targets[floor.applied_on] for floor in floors
            )

    def _get_price_floor_targets(self):
        """Return the ids of what a red line may be set on to apply to this product, per level."""
        self.ensure_one()
        return {
            "variant": self.product_variant_ids.ids,
            "template": self.ids,
            "category": self.categ_id._get_path_ids(),
        }

    def action_view_price_floors(self):
        """Open the red lines that may count for this product: its own, of its categories and of all products.

        :return: a window action
        """
        self.ensure_one()
        defaults = {"default_applied_on": "template", "default_product_tmpl_id": self.id}
        return self.env["sale.price.floor"]._get_target_action(self._get_price_floor_targets(), defaults)
