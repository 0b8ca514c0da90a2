from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ...tools.groups import FLOOR_READERS


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    # The shortfall and its figures would tell a red line to whoever reads his own review, searches or groups by them.
    measure = fields.Float(groups=FLOOR_READERS)
    stake = fields.Float(groups=FLOOR_READERS)
    facts = fields.Json(groups=FLOOR_READERS)
    price_shortfall = fields.Float(
        "Shortfall per Unit",
        compute="_compute_price_shortfall",
        compute_sudo=True,
        digits="Product Price",
        help="Amount by which the net price is below its red line: per unit of the product, in company currency. Visible to approvers and to users who can see red lines.",
    )
    price_shortfall_total = fields.Monetary(
        "Shortfall in All",
        compute="_compute_price_shortfall",
        compute_sudo=True,
        help="Shortfall times quantity on all lines of the product, in company currency.",
    )

    @api.depends("kind", "price_shortfall_total")
    @api.depends_context("uid")
    def _compute_amount_at_stake(self):
        prices = self.filtered(lambda review: review.kind == "price")
        for review in prices:
            review.amount_at_stake = review.price_shortfall_total
        return super(SaleOrderReview, self - prices)._compute_amount_at_stake()

    # Not stored: neither search nor grouping tells it to anybody else.
    @api.depends("facts", "step_ids.candidate_ids", "step_ids.decided_by", "step_ids.state")
    @api.depends_context("uid")
    def _compute_price_shortfall(self):
        for review in self:
            facts = review.facts or {} if review.kind == "price" and review._may_see_shortfall(self.env.user) else {}
            review.price_shortfall = facts.get("gap", 0)
            review.price_shortfall_total = facts.get("gap_total", 0)

    def _get_fact_rows(self):
        """Leave the figures of prices out for whoever does not see red lines."""
        if self.kind == "price" and not self.env.user.has_group(FLOOR_READERS):
            return []
        return super()._get_fact_rows()

    def _may_see_shortfall(self, user):
        """Tell whether a user may see by how much a price is too low: readers of red lines, and who decides or decided.

        Never who asked, sells or wrote the order, unless he reads red lines anyway.
        """
        self.ensure_one()
        return user.has_group(FLOOR_READERS) or self._is_asked(user)

    # === HOOKS === #

    @api.model
    def _get_fact_labels(self):
        return super()._get_fact_labels() | {
            "net_price": self.env._("Net price (per unit of the product, company currency)"),
            "floor": self.env._("Red line"),
            "gap": self.env._("Shortfall"),
            "quantity": self.env._("Quantity"),
            "gap_total": self.env._("Given away"),
            "passing_price": self.env._("Accepted from (order currency)"),
            "passing_currency_id": self.env._("Order currency"),
        }

    @api.model
    def _get_finding_message(self, kind, key, facts):
        """Say which price is too low: to the salesperson too, so neither cost nor red line."""
        if kind != "price":
            return super()._get_finding_message(kind, key, facts)
        product = self._format_fact(facts["product_id"])
        if key.startswith("nocost:"):
            return self.env._("The cost of %(product)s is missing: its red line cannot be determined", product=product)
        message = self.env._("The price of %(product)s is below its red line", product=product)
        if "passing_price" not in facts:
            return message
        price = formatLang(self.env, facts["passing_price"], dp="Product Price")
        price = f"{price} {self._format_fact(facts['passing_currency_id'])}"
        return self.env._("%(message)s; accepted from %(price)s upwards", message=message, price=price)
