from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.judgement import Judgement
from odoo.addons.sales_control.tools.sql import flush

from ...tools.floors import Product
from ...tools.groups import COST_READERS, FLOOR_READERS

# What the facts of products are read from.
FLUSHED = {
    "product.product": ["product_tmpl_id", "standard_price", "product_template_attribute_value_ids"],
    "product.template": ["uom_id", "type", "categ_id", "list_price", "company_id"],
    "product.category": ["parent_path"],
    "product.template.attribute.value": ["price_extra"],
}


class ProductProduct(models.Model):
    _inherit = "product.product"

    standard_price = fields.Float(groups=COST_READERS)
    avg_cost = fields.Monetary(groups=COST_READERS)
    total_value = fields.Monetary(groups=COST_READERS)
    variant_price_floor_count = fields.Integer(
        "Red Lines of Variant",
        compute="_compute_variant_price_floor_count",
        groups=FLOOR_READERS,
        help="Red lines that may apply to this variant.",
    )

    @api.depends("product_tmpl_id.categ_id")
    @api.depends_context("company")
    def _compute_variant_price_floor_count(self):
        floors = self.env["sale.price.floor"]._get_compiled(self.env.company.id)
        for product in self:
            targets = product._get_price_floor_targets()
            product.variant_price_floor_count = sum(
                floor.applied_on == "all" or floor.target_id in targets[floor.applied_on] for floor in floors
            )

    def _get_floor_facts(self, company):
        """Return what red lines need to know of these products, with the costs of ``company``, in one statement.

        As superuser: whoever sells is judged by costs that he may not read.

        :return: dict, id -> `tools.floors.Product`
        """
        ids = self._origin.ids
        if not ids:
            return {}
        key = ("floor_facts", company.id, tuple(ids))
        return Judgement.of(self.env.cr).remember(key, lambda: self._read_floor_facts(ids, company))

    @api.model
    def _read_floor_facts(self, ids, company):
        """Read the facts behind `_get_floor_facts` from the database."""
        flush(self.env, FLUSHED)
        rows = self.env.execute_query(self._get_floor_facts_query(ids, company))
        # Superuser: customers who choose options are judged too.
        discount_id = company.sudo().sale_discount_product_id.id
        return {
            row[0]: Product(
                *row[:4],
                tuple(int(node) for node in reversed((row[4] or "").split("/")) if node),
                *row[5:],
                is_discount=row[0] == discount_id,
            )
            for row in rows
        }

    @api.model
    def _get_floor_facts_query(self, ids, company):
        """Return the statement behind `_get_floor_facts`; its columns are those of `tools.floors.Product`."""
        # Superuser: see `_get_floor_facts`.
        cost = self.sudo().with_company(company)._field_to_sql("product", "standard_price")
        main = self.env["ir.model.data"]._xmlid_to_res_id("base.main_company") or company.id
        return SQL(
            """
            SELECT product.id, template.id, template.uom_id, template.type, category.parent_path, %(cost)s,
                   template.list_price + COALESCE(extra.price, 0), owner.currency_id
              FROM product_product product
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN res_company owner ON owner.id = COALESCE(template.company_id, %(main)s)
              LEFT JOIN product_category category ON category.id = template.categ_id
              LEFT JOIN LATERAL (
                  SELECT SUM(value.price_extra) AS price
                    FROM product_variant_combination combination
                    JOIN product_template_attribute_value value
                      ON value.id = combination.product_template_attribute_value_id
                   WHERE combination.product_product_id = product.id
              ) extra ON TRUE
             WHERE product.id IN %(ids)s
            """,
            cost=SQL("COALESCE(%s, 0)", cost),
            main=main,
            ids=tuple(ids),
        )

    def _get_price_floor_targets(self):
        """Return the ids of what a red line may be set on to apply to this variant, per level."""
        self.ensure_one()
        return self.product_tmpl_id._get_price_floor_targets() | {"variant": self.ids}

    def action_view_price_floors(self):
        """Open the red lines that may count for this variant: see the one of products.

        :return: a window action
        """
        self.ensure_one()
        defaults = {"default_applied_on": "variant", "default_product_id": self.id}
        return self.env["sale.price.floor"]._get_target_action(self._get_price_floor_targets(), defaults)

    # === COSTS === #

    def _update_standard_price(self, *args, **kwargs):
        """Work costs out whoever moves the goods. Superuser: from stored moves only, nothing is answered."""
        return super(ProductProduct, self.sudo())._update_standard_price(*args, **kwargs)
