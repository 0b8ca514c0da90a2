from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class SalePriceFloorGenerate(models.TransientModel):
    """Red lines from a margin or markup per product category, made in one go."""

    _name = "sale.price.floor.generate"
    _description = "Red Lines from Margin"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    categ_ids = fields.Many2many("product.category", string="Categories")
    include_children = fields.Boolean(
        "Separate Red Line per Child Category",
        help="Child categories inherit the red line anyway; with this option, each gets one of its own, with its own figure.",
    )
    compute_price = fields.Selection(
        [("cost_margin", "Margin: cost / (1 - p)"), ("cost_markup", "Markup: cost x (1 + p)")],
        "From",
        required=True,
        default="cost_margin",
    )
    percentage = fields.Float("Percentage", digits=(16, 4), default=10.0)
    rounding = fields.Float(
        digits="Product Price", help="Red lines are rounded up to a multiple of this value. 0 means no rounding."
    )
    enforcement = fields.Selection(
        selection=lambda self: self.env["sale.price.floor"]._fields["enforcement"]._description_selection(self.env),
        required=True,
        default="review",
    )
    warn_price_percentage = fields.Float("Yellow Band (%)", digits=(16, 2))
    date_start = fields.Date("From Date", help="Leave empty for no start date.")
    date_end = fields.Date("Until", help="Leave empty for no end date.")
    customer_class_ids = fields.Many2many(
        "sale.customer.class", string="Customer Classes", check_company=True, help="Leave empty for all classes."
    )
    line_ids = fields.One2many(
        "sale.price.floor.generate.line",
        "wizard_id",
        string="Red Lines",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    product_count = fields.Integer("Products", compute="_compute_counts")
    no_cost_count = fields.Integer("Products Without Cost", compute="_compute_counts")
    double_count = fields.Integer("Existing", compute="_compute_counts")

    @api.depends("categ_ids", "include_children")
    def _compute_line_ids(self):
        for wizard in self:
            wanted = wizard._get_categories()
            known = wizard.line_ids.categ_id
            gone = wizard.line_ids.filtered(lambda line, wanted=wanted: line.categ_id._origin not in wanted)
            commands = [Command.delete(line.id) for line in gone]
            commands += [Command.create({"categ_id": categ.id}) for categ in wanted if categ not in known._origin]
            wizard.line_ids = commands

    def _get_categories(self):
        """Return the categories that get a red line."""
        self.ensure_one()
        chosen = self.categ_ids._origin
        if not (chosen and self.include_children):
            return chosen
        return self.env["product.category"].search([("id", "child_of", chosen.ids)])

    @api.depends("line_ids.product_count", "line_ids.no_cost_count", "line_ids.is_double")
    def _compute_counts(self):
        for wizard in self:
            wizard.product_count = sum(wizard.line_ids.mapped("product_count"))
            wizard.no_cost_count = sum(wizard.line_ids.mapped("no_cost_count"))
            wizard.double_count = sum(wizard.line_ids.mapped("is_double"))

    # === ACTION METHODS === #

    def action_generate(self):
        """Create one red line per category.

        :return: a window action that lists them
        :raise AccessError: the user may not set red lines
        :raise UserError: no category is chosen, or one has such a red line already
        """
        self.ensure_one()
        self.env["sale.price.floor"].check_access("create")
        if not self.line_ids:
            raise UserError(self.env._("Red lines from margin: choose at least one category."))
        self._check_doubles()
        floors = self.env["sale.price.floor"].create([self._prepare_floor(line) for line in self.line_ids])
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_redline_pricing.sale_price_floor_action")
        return action | {"domain": [("id", "in", floors.ids)], "context": {}, "target": "main"}

    def action_view_products_without_cost(self):
        """Open the products of these categories whose cost is missing: orders for them will not pass.

        :return: a window action
        """
        self.ensure_one()
        domain = self._get_product_domain(self.line_ids.categ_id) & Domain("standard_price", "=", 0)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Products Without Cost"),
            "res_model": "product.product",
            "view_mode": "list,form",
            "domain": list(domain),
        }

    # === BUSINESS METHODS === #

    def _check_doubles(self):
        doubles = self._get_doubles(self.line_ids.categ_id)
        if doubles:
            raise UserError(
                self.env._(
                    "There is already a red line in force for: %(categories)s.\n"
                    "Change or archive it, choose other dates or customer classes, or leave the category out.",
                    categories=", ".join(sorted(doubles.mapped("display_name"))),
                )
            )

    def _get_doubles(self, categories):
        """Return those of ``categories`` that have a red line for the same customers and days already."""
        self.ensure_one()
        domain = (
            Domain("applied_on", "=", "category")
            & Domain("categ_id", "in", categories.ids)
            & Domain("company_id", "in", [False, self.company_id.id])
            & Domain("partner_id", "=", False)
            & Domain("department_ids", "=", False)
            & Domain("min_quantity", "=", 0)
        )
        if self.date_end:
            domain &= Domain("date_start", "=", False) | Domain("date_start", "<=", self.date_end)
        if self.date_start:
            domain &= Domain("date_end", "=", False) | Domain("date_end", ">=", self.date_start)
        classes = self.customer_class_ids._origin
        floors = self.env["sale.price.floor"].search(domain)
        if classes:
            return floors.filtered(lambda floor: floor.customer_class_ids & classes).categ_id
        return floors.filtered(lambda floor: not floor.customer_class_ids).categ_id

    def _prepare_floor(self, line):
        """Return the values of the red line of a category."""
        self.ensure_one()
        return {
            "applied_on": "category",
            "categ_id": line.categ_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.company_id.currency_id.id,
            "compute_price": self.compute_price,
            "percentage": line.percentage,
            "rounding": self.rounding,
            "enforcement": self.enforcement,
            "warn_price_percentage": self.warn_price_percentage,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "customer_class_ids": [Command.set(self.customer_class_ids.ids)],
        }

    def _get_product_domain(self, categories):
        """Return the domain of the products that red lines on ``categories`` are about."""
        return (
            Domain("categ_id", "child_of", categories.ids)
            & Domain("sale_ok", "=", True)
            & Domain("type", "!=", "combo")
            & Domain("company_id", "in", [False, self.company_id.id])
        )

    def _count_products(self, domain):
        """Return how many products the red line of each line is about: those with no nearer one among the lines.

        :return: Counter, category id -> number
        """
        self.ensure_one()
        categories = self.line_ids.categ_id._origin
        products = self.env["product.product"].with_company(self.company_id)
        domain = self._get_product_domain(categories) & domain
        counts = Counter()
        for category, count in products._read_group(domain, ["categ_id"], ["__count"]):
            nearest = next(node for node in category._get_path_ids() if node in categories.ids)
            counts[nearest] += count
        return counts
