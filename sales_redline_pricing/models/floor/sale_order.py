from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sales_control.tools.finding import refer
from odoo.addons.sales_control.tools.judgement import Judgement
from odoo.addons.sales_control.tools.protection import DERIVED

from .sale_price_floor import CHANGED_ON

# Of red lines, the strictest first.
SEVERITIES = ("block", "review", "warn")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    has_price_below_floor = fields.Boolean(
        "Below Red Line",
        compute="_compute_has_price_below_floor",
        store=True,
        compute_sudo=True,
        groups="base.group_user",
    )
    has_price_floor = fields.Boolean("Has Red Lines", compute="_compute_has_price_floor", groups="base.group_user")
    price_floor_checked_on = fields.Datetime(
        "Red Lines Checked On",
        default=fields.Datetime.now,
        copy=False,
        readonly=True,
        help="When the marks of the lines were last refreshed, apart from edits. Confirmed orders keep those of their confirmation.",
        groups="base.group_user",
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
        # For the sentences, all at once.
        self.browse().order_line.product_id.concat(*(product for product, _state, _warns in matters)).mapped(
            "display_name"
        )
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
        product = evaluation.line.sudo().product_id
        is_missing = evaluation.state == "no_cost"
        given_away = sum(one.gap * one.quantity for one in evaluations)
        measure, stake = evaluation.gap, given_away
        if is_missing:
            # Nobody can tell what is given away: a lower price is worse, and all that is sold is at stake.
            measure, stake = -min(one.net for one in evaluations), self._get_value_without_cost(evaluations)
        facts = {
            "net_price": evaluation.net,
            "floor": evaluation.price,
            "quantity": sum(one.quantity for one in evaluations),
            "gap": evaluation.gap,
            "gap_total": given_away,
            "product_id": refer(product),
        }
        return self._make_finding(
            "price",
            f"{'nocost:' if is_missing else ''}product:{product.id}",
            measure,
            min(severities, key=SEVERITIES.index),
            facts | self._get_passing_facts(evaluation),
            stake=stake,
        )

    def _get_value_without_cost(self, evaluations):
        """Return what goods without a cost are worth, in company currency: at their sales price, so that a better price
        puts no more at stake; where they have none, at what they are sold for."""
        self.ensure_one()
        product, company = evaluations[0].line.sudo().product_id.with_company(self.company_id), self.company_id
        price = product.currency_id._convert(
            product.lst_price, company.currency_id, company, self._get_review_date(), round=False
        )
        return sum((price or one.net) * one.quantity for one in evaluations)

    def _get_passing_facts(self, evaluation):
        """Return from which price a line passes, where the company tells it."""
        if not self._is_passing_price_told(evaluation):
            return {}
        price = evaluation.line.sudo()._convert_floor(evaluation.price)
        return {"passing_price": price, "passing_currency_id": refer(self.currency_id)}

    def _is_passing_price_told(self, evaluation):
        return evaluation.state == "below" and self.company_id.price_floor_tell_passing

    def _get_passing_price(self, evaluation):
        """Return the lowest unit price of a line that passes, for people, where the company tells it; else False."""
        self.ensure_one()
        if not self._is_passing_price_told(evaluation):
            return False
        return evaluation.line.sudo()._format_unit_price(evaluation.price)

    # === MARKS === #
    # Those of open quotations are those of today: red lines, costs, list prices and rates change without them.

    def _refresh_price_floors(self):
        """Work out anew how the lines of these orders stand to their red lines, whatever it was when last edited.

        Orders whose marks stay as they are do not count as edited.
        """
        self._recompute_floor_marks()
        self.env.flush_all()
        # Past the ORM: `write_date` is when somebody last changed the order.
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL("UPDATE sale_order SET price_floor_checked_on = %s WHERE id IN %s", now, self._ids or (None,))
        )
        self.invalidate_recordset(["price_floor_checked_on"])

    def _recompute_floor_marks(self):
        """Have the marks of these orders worked out anew."""
        lines = self.order_line
        marks = [field for field in lines._fields.values() if field.compute == "_compute_floor"]
        for field in marks:
            self.env.add_to_compute(field, lines)
        lines.modified([field.name for field in marks])

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
        """Return the domain of the quotations whose marks are not those of today, as it is where their company is."""
        changed = self.env["ir.config_parameter"].sudo().get_param(CHANGED_ON) or ""
        # Not later than now: a time that somebody wrote himself does not count.
        known = Domain("price_floor_checked_on", "<=", fields.Datetime.now())
        # Superuser: the day of every company, whoever looks.
        companies = (
            self.env["res.company"].sudo().search([("active", "=", True)]).grouped(lambda company: company._get_tz())
        )
        fresh = Domain.OR(
            Domain("company_id", "in", of.ids)
            & Domain("price_floor_checked_on", ">", max(of[0]._get_midnight(), changed))
            for of in companies.values()
        )
        return Domain("state", "in", ("draft", "sent")) & ~(known & fresh)
