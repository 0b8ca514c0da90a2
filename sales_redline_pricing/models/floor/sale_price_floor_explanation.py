from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

from ...tools.floors import get_rank

TARGETS = {"variant": "product_id", "template": "product_tmpl_id", "category": "categ_id"}


class SalePriceFloor(models.Model):
    """What people see of red lines: formula, example, and why one wins or not."""

    _inherit = "sale.price.floor"

    formula = fields.Char(compute="_compute_formula")
    company_currency_id = fields.Many2one("res.currency", compute="_compute_example")
    example_product_id = fields.Many2one("product.product", "Example", compute="_compute_example")
    example_price = fields.Float(
        "Red Line Today",
        compute="_compute_example",
        digits="Product Price",
        help="Excluding taxes, per unit of the product, at today's cost, sales price and exchange rates.",
    )
    example_is_missing = fields.Boolean(
        string="Example Cost Missing",
        compute="_compute_example",
        help="The red line depends on a cost that is missing.",
    )

    @api.depends("compute_price", "fixed_price", "percentage", "surcharge", "rounding", "currency_id")
    @api.depends_context("lang")
    def _compute_formula(self):
        for floor in self:
            floor.formula = floor._get_formula()

    @api.depends(
        "applied_on",
        "product_id",
        "product_tmpl_id",
        "company_id",
        "compute_price",
        "fixed_price",
        "percentage",
        "surcharge",
        "rounding",
        "currency_id",
    )
    @api.depends_context("company")
    def _compute_example(self):
        examples = {floor: floor._get_example_product() for floor in self}
        for company, floors in self.grouped(lambda floor: floor.company_id or self.env.company).items():
            products = self.env["product.product"].concat(*(examples[floor] for floor in floors))
            facts, today = products._get_floor_facts(company), company._get_today()
            for floor in floors:
                product = facts.get(examples[floor]._origin.id)
                is_sound = product and floor._has_sound_figures()
                price = floor._get_prices(product, company, today)[floor] if is_sound else 0
                floor.company_currency_id = company.currency_id
                floor.example_product_id = examples[floor]
                floor.example_price = price
                floor.example_is_missing = price is None

    @api.onchange("applied_on")
    def _onchange_applied_on(self):
        for applied_on, name in TARGETS.items():
            if applied_on != self.applied_on:
                self[name] = False

    @api.onchange("company_id")
    def _onchange_company_id(self):
        if self.company_id and not self.fixed_price:
            self.currency_id = self.company_id.currency_id

    # === BUSINESS METHODS === #

    @api.model
    def get_import_templates(self):
        """Return the template that the import screen offers."""
        return [
            {
                "label": self.env._("Import Template for Red Lines"),
                "template": "/sales_redline_pricing/static/xls/sale_price_floor.xlsx",
            }
        ]

    @api.model
    def _get_target_action(self, targets, defaults):
        """Return the action that lists the red lines set on ``targets`` (ids per level) or on all products."""
        domain = Domain("applied_on", "=", "all") | Domain.OR(
            Domain("applied_on", "=", level) & Domain(TARGETS[level], "in", ids) for level, ids in targets.items()
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_redline_pricing.sale_price_floor_action")
        return action | {"domain": list(domain), "context": defaults}

    def _get_example_product(self):
        """Return the product whose price is shown as an example, empty where there is no single one."""
        self.ensure_one()
        if self.applied_on == "variant":
            return self.product_id
        return self.product_tmpl_id.product_variant_id if self.applied_on == "template" else self.product_id.browse()

    def _has_sound_figures(self):
        """Tell whether the formula can be worked out: half-filled forms may hold a margin of 100 %."""
        self.ensure_one()
        return bool(self.currency_id) and (self.compute_price != "cost_margin" or self.percentage < 100)

    def _get_formula(self):
        """Return how the red line is worked out, as a sentence."""
        self.ensure_one()
        percentage = formatLang(self.env, self.percentage, digits=2)
        formula = {
            "fixed": lambda: self._format_price(self.fixed_price),
            "cost_markup": lambda: self.env._("Cost + %s %%", percentage),
            "cost_margin": lambda: self.env._("Cost ÷ (1 − %s %%)", percentage),
            "list_discount": lambda: self.env._("Sales price − %s %%", percentage),
        }.get(self.compute_price, str)()
        if self.surcharge:
            formula = f"{formula} {'+' if self.surcharge > 0 else '−'} {self._format_price(abs(self.surcharge))}"
        if self.rounding:
            rounding = formatLang(self.env, self.rounding, dp="Product Price")
            formula = self.env._(
                "%(formula)s, rounded up to a multiple of %(rounding)s", formula=formula, rounding=rounding
            )
        return formula

    def _format_price(self, price):
        return formatLang(self.env, price, dp="Product Price", currency_obj=self.currency_id)

    # === WHY THIS RED LINE? === #

    @api.model
    def _get_reason_label(self, reason):
        """Return what became of a candidate, in a word or two; see `tools.floors.resolve` for the reasons."""
        return {
            "wins": self.env._("Applies"),
            "outranked": self.env._("Outranked"),
            "product": self.env._("Different product"),
            "customer": self.env._("Different customer"),
            "class": self.env._("Different customer class"),
            "department": self.env._("Different department"),
            "quantity": self.env._("Quantity too small"),
            "date": self.env._("Not in force"),
        }[reason]

    def _get_reason_detail(self, reason, item, winner):
        """Return why this red line wins or not for an item, with the figures compared.

        :param item: an `Item`
        :param winner: the `sale.price.floor` that counts, None without one
        """
        self.ensure_one()
        return {
            "wins": lambda: self.env._("The most specific red line that applies"),
            "outranked": lambda: self._get_outranked_detail(item, winner),
            "product": str,
            "customer": lambda: self.env._("Only for %s", self.partner_id.display_name),
            "class": lambda: self.env._("Only for %s", ", ".join(self.customer_class_ids.mapped("display_name"))),
            "department": lambda: self.env._("Only for %s", ", ".join(self.department_ids.mapped("display_name"))),
            "quantity": lambda: self._get_quantity_detail(item),
            "date": lambda: self._get_period_label(),
        }[reason]()

    def _get_quantity_detail(self, item):
        return self.env._(
            "From %(minimum)s upwards; this line has %(quantity)s",
            minimum=formatLang(self.env, self.min_quantity, dp="Product Unit"),
            quantity=formatLang(self.env, item.quantity, dp="Product Unit"),
        )

    def _get_period_label(self):
        start = self.date_start and self.env._("from %s", format_date(self.env, self.date_start))
        end = self.date_end and self.env._("until %s", format_date(self.env, self.date_end))
        return self.env._("In force %s", " ".join(part for part in (start, end) if part))

    def _get_outranked_detail(self, item, winner):
        """Return in what the red line that counts goes before this one: the first difference of their ranks."""
        ranks = [get_rank(floor._prepare_compiled(), item) for floor in (winner, self)]
        differences = (
            self.env._("The one that applies is more specific to the product"),
            self.env._("The one that applies is on a closer category"),
            self.env._("The one that applies is more specific to the customer"),
            self.env._("The one that applies is for a larger quantity"),
            self.env._("The one that applies comes first in the sequence"),
            self.env._("The one that applies is more recent"),
        )
        return next(text for text, own, other in zip(differences, *ranks, strict=True) if own != other)
