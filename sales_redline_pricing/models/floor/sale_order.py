from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sales_control.tools.finding import Finding
from odoo.addons.sales_control.tools.judgement import Judgement
from odoo.addons.sales_control.tools.protection import DERIVED

from ...tools.floors import Item
from .sale_price_floor import CHANGED_ON

# Of red lines, the strictest first.
SEVERITIES = ("block", "review", "warn")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    has_price_below_floor = fields.Boolean(
        "Below Red Line", compute="_compute_has_price_below_floor", store=True, compute_sudo=True
    )
    has_price_floor = fields.Boolean("Has Red Lines", compute="_compute_has_price_floor")
    price_floor_checked_on = fields.Datetime(
        "Red Lines Checked On",
        default=fields.Datetime.now,
        copy=False,
        readonly=True,
        help="When the marks of the lines were last refreshed, apart from edits. Confirmed orders keep those of their confirmation.",
    )

    @api.depends("order_line.floor_state")
    def _compute_has_price_below_floor(self):
        for order in self:
            order.has_price_below_floor = "below" in order.order_line.mapped("floor_state")

    @api.depends("order_line.floor_state", "order_line.floor_cost_missing")
    def _compute_has_price_floor(self):
        for order in self:
            order.has_price_floor = any(
                line.floor_cost_missing or line.floor_state not in (False, "none") for line in order.order_line
            )

    # === CONSTRAINTS === #

    @api.constrains("state")
    def _check_review(self):
        """Judge and mark the lines by one evaluation: nothing happens in between."""
        with Judgement.of(self.env.cr).during(memo={}):
            # Superuser: the marks are closed to salespeople.
            self.sudo().order_line.mapped("floor_state")
            return super()._check_review()

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), "has_price_below_floor": DERIVED}

    # === HOOKS === #

    def _get_review_findings(self, stage):
        """Add a finding for every product below its red line, and for red lines that rest on a missing cost."""
        findings = super()._get_review_findings(stage)
        if stage == "confirm":
            for order, evaluations in self._get_floor_evaluations().items():
                findings[order] += order._get_price_findings(evaluations)
        return findings

    def _get_price_findings(self, evaluations):
        """Return the findings of this order: one for every product, whatever the red lines that say so.

        What is only warned of is a finding of its own.
        """
        self.ensure_one()
        matters = {}
        for evaluation in evaluations:
            if evaluation.state in ("below", "no_cost"):
                floor = self.env["sale.price.floor"].sudo().browse(evaluation.floor.id)
                matter = (evaluation.line.product_id, evaluation.state, floor.enforcement == "warn")
                matters.setdefault(matter, []).append((evaluation, floor.enforcement))
        return [self._prepare_price_finding(found) for found in matters.values()]

    def _prepare_price_finding(self, found):
        """Return the finding that lines of one product are below their red lines, or that its cost is missing.

        The worst line gives the measure, all of them what is at stake: the key is the product, so that another red line
        with a smaller shortfall is the same matter. The message reaches the salesperson: it says neither cost nor red line.

        :param found: list of (`Evaluation`, how its red line is enforced)
        """
        self.ensure_one()
        evaluations, severities = zip(*found, strict=True)
        evaluation = max(evaluations, key=lambda one: one.gap)
        line = evaluation.line.sudo()
        is_missing = evaluation.state == "no_cost"
        values = {"product": line.product_id.display_name}
        if is_missing:
            message = self.env._("The cost of %(product)s is missing: its red line cannot be determined", **values)
        else:
            message = self.env._("The price of %(product)s is below its red line", **values)
        passing = self._get_passing_price(evaluation)
        if passing:
            message = self.env._("%(message)s; accepted from %(price)s upwards", message=message, price=passing)
        given_away = sum(one.gap * one.quantity for one in evaluations)
        return Finding(
            kind="price",
            key=f"{'nocost:' if is_missing else ''}product:{line.product_id.id}",
            measure=evaluation.gap,
            severity=min(severities, key=SEVERITIES.index),
            message=message,
            facts={
                "net_price": evaluation.net,
                "floor": evaluation.price,
                "quantity": sum(one.quantity for one in evaluations),
                "gap": evaluation.gap,
                "gap_total": given_away,
            },
            # Nobody can tell what is given away where the cost is missing: all of it is at stake.
            stake=sum(one.net * one.quantity for one in evaluations) if is_missing else given_away,
        )

    def _get_passing_price(self, evaluation):
        """Return the lowest unit price of a line that passes, for people, where the company tells it; else False."""
        self.ensure_one()
        if evaluation.state != "below" or not self.company_id.price_floor_tell_passing:
            return False
        return evaluation.line.sudo()._format_unit_price(evaluation.price)

    # === BUSINESS METHODS === #

    def _get_floor_evaluations(self):
        """Return how the lines of these orders stand to their red lines.

        :return: dict, order -> list of `Evaluation`
        """
        floors = self.env["sale.price.floor"]
        # Superuser: see `_get_compiled`. Where a company has no red lines, nothing is computed.
        orders = self.sudo().filtered(lambda order: floors._get_compiled(order.company_id.id))
        known = Judgement.of(self.env.cr).remember("floor_evaluations", dict)
        known.update(orders.filtered(lambda order: order not in known)._evaluate_floors())
        return {order: known[order] for order in orders}

    def _evaluate_floors(self):
        """Return what `_get_floor_evaluations` returns, judged anew."""
        products = self._get_floor_products()
        lines = {order: order._prepare_priced_lines(products[order.company_id]) for order in self}
        documents = [(order.company_id, order._get_review_date(), lines[order]) for order in self]
        evaluations = self.env["sale.price.floor"]._evaluate(documents)
        return {order: [evaluations[line.line] for line in lines[order]] for order in self}

    def _get_floor_products(self):
        """Return what red lines need to know of the products on these orders, read together.

        :return: dict, company -> id -> `tools.floors.Product`
        """
        products = {}
        for company, orders in self.grouped("company_id").items():
            products[company] = orders.order_line.product_id._get_floor_facts(company)
            units = {product.uom_id for product in products[company].values()}
            # Read at once, not order by order: taxes; the units of lines and products; the currencies of orders, red lines and list prices.
            (orders.order_line.product_uom_id | self.env["uom.uom"].browse(units)).mapped("factor")
            orders.order_line.mapped("tax_ids")
            currencies = self.env["sale.price.floor"]._get_floor_currencies(company, products[company])
            (orders.currency_id | currencies).mapped("name")
        return products

    def _prepare_priced_lines(self, products=None):
        """Return the lines of this order as plain `PricedLine` values, as they are now.

        :param products: of this order's company, as of `_get_floor_products`; read if not given
        """
        self.ensure_one()
        if products is None:
            products = self._get_floor_products()[self.company_id]
        lines = self.order_line.filtered(lambda line: not line.display_type)
        base_lines = [line._prepare_base_line_for_taxes_computation() for line in lines]
        self.env["account.tax"]._add_tax_details_in_base_lines(base_lines, self.company_id)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.currency_id, self.company_id.currency_id, self.company_id, self._get_review_date()
        )
        amounts = [base_line["tax_details"]["raw_total_excluded_currency"] for base_line in base_lines]
        return [
            line._prepare_priced_line(line._get_untaxed_amount(amount) * rate, products.get(line.product_id._origin.id))
            for line, amount in zip(lines, amounts, strict=True)
        ]

    def _prepare_floor_item(self, product, quantity):
        """Return what is sold to whom on this order, for the resolution of red lines.

        :param product: a `tools.floors.Product`
        :param quantity: in its unit
        """
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id
        return Item(
            product_id=product.id,
            template_id=product.template_id,
            categ_ids=product.categ_ids,
            partner_id=partner.id,
            class_id=partner.customer_class_id.id or None,
            department_ids=self._get_floor_department_ids(),
            quantity=quantity,
            date=self._get_review_date(),
        )

    def _get_floor_department_ids(self):
        """Return the department of this order and those above it; read only where a red line asks for departments."""
        self.ensure_one()
        if not any(floor.department_ids for floor in self.env["sale.price.floor"]._get_compiled(self.company_id.id)):
            return frozenset()
        return frozenset(int(node) for node in (self.department_id.parent_path or "").split("/") if node)

    # === MARKS === #
    # Those of open quotations are those of today: red lines, costs, list prices and rates change without them.

    def _refresh_price_floors(self):
        """Work out anew how the lines of these orders stand to their red lines, whatever it was when last edited.

        Orders whose marks stay as they are do not count as edited.
        """
        lines = self.order_line
        marks = [field for field in lines._fields.values() if field.compute == "_compute_floor"]
        for field in marks:
            self.env.add_to_compute(field, lines)
        lines.modified([field.name for field in marks])
        self.env.flush_all()
        # Past the ORM: `write_date` is when somebody last changed the order.
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL("UPDATE sale_order SET price_floor_checked_on = %s WHERE id IN %s", now, self._ids or (None,))
        )
        self.invalidate_recordset(["price_floor_checked_on"])

    # === CRON === #

    @api.model
    def _cron_refresh_price_floors(self, batch_size=100):
        """Refresh the marks of quotations not seen today, or not since the last change of a red line, in batches."""
        domain = self._get_stale_price_floor_domain()
        remaining = self.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        last = 0
        while orders := self.search(domain & Domain("id", ">", last), limit=batch_size, order="id"):
            last = orders[-1].id
            orders = orders.try_lock_for_update()
            orders._refresh_price_floors()
            remaining -= len(orders)
            if not self.env["ir.cron"]._commit_progress(len(orders), remaining=max(remaining, 0)):
                break

    @api.model
    def _get_stale_price_floor_domain(self):
        """Return the domain of the quotations whose marks are not those of today."""
        midnight = fields.Datetime.to_string(fields.Datetime.today())
        changed = self.env["ir.config_parameter"].sudo().get_param(CHANGED_ON) or midnight
        # Not later than now: a time that somebody wrote himself does not count.
        checked = Domain("price_floor_checked_on", ">", max(midnight, changed)) & Domain(
            "price_floor_checked_on", "<=", fields.Datetime.now()
        )
        return Domain("state", "in", ("draft", "sent")) & ~checked
