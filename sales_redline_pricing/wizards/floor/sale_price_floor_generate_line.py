from odoo import api, fields, models
from odoo.fields import Domain


class SalePriceFloorGenerateLine(models.TransientModel):
    """The red line of one category in the making."""

    _name = "sale.price.floor.generate.line"
    _description = "Red Line from Margin"

    wizard_id = fields.Many2one("sale.price.floor.generate", required=True, ondelete="cascade")
    categ_id = fields.Many2one("product.category", "Category", required=True, ondelete="cascade")
    percentage = fields.Float("Percentage", digits=(16, 4), compute="_compute_percentage", store=True, readonly=False)
    product_count = fields.Integer("Products", compute="_compute_product_count")
    no_cost_count = fields.Integer("Without Cost", compute="_compute_product_count")
    is_double = fields.Boolean(
        "Already Exists",
        compute="_compute_is_double",
        help="Such a red line already exists for the same customers and dates.",
    )

    @api.depends("wizard_id.percentage")
    def _compute_percentage(self):
        for line in self:
            line.percentage = line.wizard_id.percentage

    @api.depends("categ_id", "wizard_id.line_ids.categ_id", "wizard_id.company_id")
    def _compute_product_count(self):
        (self - self.filtered("wizard_id")).update({"product_count": 0, "no_cost_count": 0})
        for wizard, lines in self.filtered("wizard_id").grouped("wizard_id").items():
            counts = wizard._count_products(Domain.TRUE)
            missing = wizard._count_products(Domain("standard_price", "=", 0))
            for line in lines:
                line.product_count = counts[line.categ_id._origin.id]
                line.no_cost_count = missing[line.categ_id._origin.id]

    @api.depends("categ_id", "wizard_id.date_start", "wizard_id.date_end", "wizard_id.customer_class_ids")
    def _compute_is_double(self):
        (self - self.filtered("wizard_id")).is_double = False
        for wizard, lines in self.filtered("wizard_id").grouped("wizard_id").items():
            doubles = wizard._get_doubles(lines.categ_id._origin)
            for line in lines:
                line.is_double = line.categ_id._origin in doubles
