from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...tools.evaluation import evaluate
from ...tools.floors import Floor, Formula, get_candidates, get_product_price, index_floors, resolve

# System parameter: when a red line was last set, changed or removed.
CHANGED_ON = "sales_redline_pricing.price_floor_changed_on"


class SalePriceFloor(models.Model):
    """A red line: the price below which nothing is sold without the right person's yes."""

    _name = "sale.price.floor"
    _description = "Red Line"
    _inherit = ["sale.rule.mixin", "mail.thread"]
    _order = "sequence, id desc"
    _check_company_auto = True

    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    applied_on = fields.Selection(
        [("variant", "Variant"), ("template", "Product"), ("category", "Category"), ("all", "All products")],
        required=True,
        default="template",
        tracking=True,
    )
    # Restrict, here and below: what a red line is for may not vanish, it would be one for everybody and everything.
    product_id = fields.Many2one("product.product", "Variant", check_company=True, index=True, ondelete="restrict")
    product_tmpl_id = fields.Many2one(
        "product.template", "Product", check_company=True, index=True, ondelete="restrict"
    )
    categ_id = fields.Many2one(
        "product.category",
        "Category",
        index=True,
        ondelete="restrict",
        help="Its child categories inherit the red line.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Leave empty for all customers.",
    )
    customer_class_ids = fields.Many2many(
        "sale.customer.class",
        string="Customer Classes",
        check_company=True,
        ondelete="restrict",
        help="Leave empty for all classes.",
    )
    department_ids = fields.Many2many(
        "hr.department",
        string="Departments",
        check_company=True,
        ondelete="restrict",
        help="Leave empty for all. Sub-departments are included.",
    )
    min_quantity = fields.Float(
        string="Min. Quantity",
        digits="Product Unit",
        help="Applies to lines with at least this quantity, in the unit of the product. 0 means any quantity.",
    )
    date_start = fields.Date("From", help="First day. Leave empty for no start date.")
    date_end = fields.Date("Until", help="Last day. Leave empty for no end date.")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True, ondelete="restrict")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the fixed price.",
    )
    compute_price = fields.Selection(
        [
            ("fixed", "Fixed price"),
            ("cost_markup", "Cost plus markup"),
            ("cost_margin", "Cost and margin"),
            ("list_discount", "Sales price less discount"),
        ],
        required=True,
        default="fixed",
        tracking=True,
        help="Fixed price: as entered.\n"
        "Cost plus markup: cost x (1 + p).\n"
        "Cost and margin: cost / (1 - p).\n"
        "Sales price less discount: sales price x (1 - p).",
    )
    fixed_price = fields.Float(digits="Product Price", tracking=True, help="Excluding taxes, per unit of the product.")
    percentage = fields.Float("Percentage", digits=(16, 4), tracking=True)
    surcharge = fields.Float(digits="Product Price", tracking=True, help="Added to the result, in the same currency.")
    rounding = fields.Float(
        digits="Product Price", help="The red line is rounded up to a multiple of this value. 0 means no rounding."
    )
    enforcement = fields.Selection(
        [("warn", "Warn"), ("review", "Ask for approval"), ("block", "Refuse")],
        required=True,
        default="review",
        tracking=True,
        help="Warn: the line is marked.\n"
        "Ask for approval: the order waits for the approvers of reviews of type “Price below red line”.\n"
        "Refuse: neither the order nor the invoice goes through.",
    )
    warn_price_percentage = fields.Float(
        "Yellow Band (%)", digits=(16, 2), help="Lines up to this percentage above the red line are marked yellow."
    )

    _check_dates = models.Constraint(
        "CHECK(date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "Red line: “Until” must not be before “From”; correct one of the dates.",
    )
    _check_figures = models.Constraint(
        "CHECK(min_quantity >= 0 AND rounding >= 0 AND warn_price_percentage >= 0 AND fixed_price >= 0)",
        "Red line: quantity, price, rounding and yellow band must not be negative.",
    )
    _check_percentage = models.Constraint(
        "CHECK(compute_price NOT IN ('cost_margin', 'list_discount') OR (percentage >= 0 AND percentage < 100))",
        "Percentage of a red line: a margin or discount must be at least 0 and less than 100.",
    )

    @api.constrains("applied_on", "product_id", "product_tmpl_id", "categ_id")
    def _check_target(self):
        names = {"variant": "product_id", "template": "product_tmpl_id", "category": "categ_id"}
        for floor in self:
            name = names.get(floor.applied_on)
            if name and not floor[name]:
                label = self._fields[name]._description_string(self.env)
                raise ValidationError(self.env._("Red line: choose the %s it applies to.", label.lower()))

    @api.depends("applied_on", "product_id", "product_tmpl_id", "categ_id", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for floor in self:
            target = floor.product_id or floor.product_tmpl_id or floor.categ_id
            name = target.display_name or self.env._("All products")
            floor.display_name = f"{name} ({floor.partner_id.name})" if floor.partner_id else name

    # === CRUD METHODS === #

    @api.model
    def _follow_change(self):
        """Have the marks of open quotations worked out anew, besides."""
        result = super()._follow_change()
        cron = self.env.ref("sales_redline_pricing.ir_cron_refresh_price_floors", raise_if_not_found=False)
        if cron:
            # Superuser: whoever sets red lines neither sets parameters nor runs crons; both values are fixed here.
            self.env["ir.config_parameter"].sudo().set_param(
                CHANGED_ON, fields.Datetime.to_string(fields.Datetime.now())
            )
            cron.sudo()._trigger()
        return result

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache("company_id")
    def _get_compiled(self, company_id):
        """Return the red lines of a company as plain values, ready for resolution.

        :return: tuple of `Floor`
        """
        # Superuser: salespeople are judged by red lines that they may not read.
        # A branch obeys the red lines of its company.
        company_ids = self.env["res.company"].sudo().browse(company_id).parent_ids.ids
        floors = self.sudo().with_context(active_test=True).search([("company_id", "in", [False, *company_ids])])
        # An archived class or department still limits: without it the red line would be one for everybody.
        return tuple(floor._prepare_compiled() for floor in floors.with_context(active_test=False))

    def _prepare_compiled(self):
        """Return this red line as a plain `Floor`."""
        self.ensure_one()
        target = {"variant": self.product_id, "template": self.product_tmpl_id, "category": self.categ_id}
        return Floor(
            id=self.id,
            applied_on=self.applied_on,
            target_id=target[self.applied_on].id if self.applied_on in target else None,
            partner_id=self.partner_id.commercial_partner_id.id or None,
            class_ids=frozenset(self.customer_class_ids.ids),
            department_ids=frozenset(self.department_ids.ids),
            min_quantity=self.min_quantity,
            date_start=self.date_start or None,
            date_end=self.date_end or None,
            sequence=self.sequence,
            formula=self._prepare_formula(),
            warn_percentage=self.warn_price_percentage,
            enforcement=self.enforcement,
        )

    def _prepare_formula(self):
        """Return how the price of this red line is worked out, as a plain `Formula`."""
        self.ensure_one()
        return Formula(
            compute=self.compute_price,
            percentage=self.percentage,
            fixed=self.fixed_price,
            surcharge=self.surcharge,
            rounding=self.rounding,
            currency_id=self.currency_id.id,
        )

    @api.model
    def _evaluate(self, documents):
        """Compare the lines of documents with their red lines: the one function of screens and gates.

        It writes nothing and recomputes every price from quantity, price, discount and taxes of the lines.

        :param list documents: (company, date, list of `PricedLine`) for every document
        :return: dict, line -> `Evaluation`
        """
        evaluations = {}
        lines_by_company = defaultdict(list)
        for company, _date, lines in documents:
            lines_by_company[company] += lines
        # Read together, not document by document.
        products = {company: self._get_floor_products(company, lines) for company, lines in lines_by_company.items()}
        for company, date, lines in documents:
            get_floor = self._get_floor_finder(company, date, lines, products[company])
            evaluations |= {result.line: result for result in evaluate(lines, get_floor)}
        return evaluations

    @api.model
    def _get_floor_products(self, company, lines):
        """Return what red lines need to know of the products of `PricedLine` values: id -> `tools.floors.Product`."""
        known = {line.product.id: line.product for line in lines if line.product}
        missing = {line.item.product_id for line in lines if line.item} - known.keys()
        return known | self.env["product.product"].browse(missing)._get_floor_facts(company)

    @api.model
    def _get_floor_currencies(self, company, products):
        """Return the currencies of a company's red lines and of the list prices of ``products``.

        :param products: dict, as of `_get_floor_products`
        """
        ids = {floor.formula.currency_id for floor in self._get_compiled(company.id)}
        ids |= {product.currency_id for product in products.values()}
        return company.currency_id | self.env["res.currency"].browse(ids)

    @api.model
    def _get_floor_rates(self, company, date, products):
        """Return the rates that prices of red lines and of ``products`` need: currency id -> rate to the company's.

        :param products: dict, as of `_get_floor_products`
        """
        convert = self.env["res.currency"]._get_conversion_rate
        currencies = self._get_floor_currencies(company, products)
        return {one.id: convert(one, company.currency_id, company, date) for one in currencies}

    @api.model
    def _get_floor_finder(self, company, date, lines, products=None):
        """Return the function that finds the red line of an `Item`: (floor, price, warn percentage).

        :param lines: `PricedLine` values, those whose items it will be asked about
        :param products: what `_get_floor_products` returned for them, if it did
        """
        compiled = self._get_compiled(company.id)
        index = index_floors(compiled)

        def get_floor(item):
            candidates = resolve(get_candidates(index, item), item)
            winner = next((floor for floor, reason in candidates if reason == "wins"), None)
            if not winner:
                return None, None, 0
            price = get_product_price(winner.formula, products[item.product_id], rates)
            return winner, price, winner.warn_percentage

        if not compiled:
            return lambda item: (None, None, 0)
        products = products or self._get_floor_products(company, lines)
        rates = self._get_floor_rates(company, date, products)
        return get_floor

    def _get_prices(self, product, company, date):
        """Return what these red lines come to for a product: per unit, in the currency of ``company``, without taxes.

        :param product: a `tools.floors.Product`
        :param date: whose rate converts prices in other currencies
        :return: dict, red line -> price, None when it rests on a cost that is missing
        """
        currencies = self.currency_id | self.env["res.currency"].browse(product.currency_id)
        convert = self.env["res.currency"]._get_conversion_rate
        rates = {one.id: convert(one, company.currency_id, company, date) for one in currencies}
        return {floor: get_product_price(floor._prepare_formula(), product, rates) for floor in self}

    @api.model
    def _explain(self, company, date, item):
        """Return every red line that could count for an `Item`, and why it wins or not.

        :return: list of (sale.price.floor, reason, price)
        """
        product = self.env["product.product"].browse(item.product_id)._get_floor_facts(company)[item.product_id]
        candidates = resolve(self._get_compiled(company.id), item)
        reasons = {floor.id: reason for floor, reason in candidates if reason != "product"}
        prices = self.sudo().browse(reasons)._get_prices(product, company, date)
        return [(floor, reasons[floor.id], price) for floor, price in prices.items()]
