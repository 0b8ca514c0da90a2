from datetime import timedelta

from odoo import api, fields, models

from ...tools.floors import PRICE_DIGITS


class SalePricelistRevisionLine(models.Model):
    """One price that changes. Written by the methods of the revision only."""

    _name = "sale.pricelist.revision.line"
    _description = "Price Revision Line"
    _order = "revision_id desc, pricelist_id, product_id, id"
    _rec_name = "product_id"

    revision_id = fields.Many2one("sale.pricelist.revision", "Revision", required=True, index=True, ondelete="cascade")
    state = fields.Selection(related="revision_id.state", string="Status", store=True)
    company_id = fields.Many2one(related="revision_id.company_id", store=True, index=True)
    applied_date = fields.Datetime(related="revision_id.applied_date", store=True)
    applied_by_id = fields.Many2one(related="revision_id.applied_by_id", store=True)
    product_id = fields.Many2one("product.product", "Product", required=True, index=True, ondelete="restrict")
    # As they were then: later changes of product and list leave the history alone.
    categ_id = fields.Many2one("product.category", "Category", ondelete="set null")
    pricelist_id = fields.Many2one("product.pricelist", "Pricelist", required=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", "Currency", required=True)
    old_price = fields.Float(digits="Product Price", aggregator=None)
    new_price = fields.Float(digits="Product Price", aggregator=None)
    change = fields.Float("Change (%)", digits=(16, 2), aggregator="avg")
    price_floor = fields.Float(
        "Red Line",
        digits="Product Price",
        aggregator=None,
        help="As a price of the pricelist: in its currency, including any taxes its prices include, rounded up.",
    )
    floor_state = fields.Selection(
        [
            ("ok", "At or above"),
            ("warn", "Close to"),
            ("below", "Below"),
            ("none", "None"),
            ("no_cost", "Cost missing"),
        ],
        "Red Line Status",
        help="How the new price compares with its red line.",
    )
    is_raised = fields.Boolean("Held at Red Line", help="The change would have brought the price below its red line.")
    replaced_item_id = fields.Many2one(
        "product.pricelist.item",
        "Old Rule",
        index="btree_not_null",
        ondelete="set null",
        help="The rule that produced the old price.",
    )
    item_id = fields.Many2one(
        "product.pricelist.item",
        "Rule",
        index="btree_not_null",
        ondelete="set null",
        help="The rule that was written: updated or new.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        self.revision_id._check_not_applied()

    # === RULES === #

    def _get_item_to_update(self):
        """Return the rule whose fixed price is replaced, none if a new rule is needed.

        It must be for this product only and begin with the new price: an older rule goes on until then.
        """
        self.ensure_one()
        item, revision = self.replaced_item_id, self.revision_id
        quantity = revision._get_min_quantity()
        fits = (
            item.pricelist_id == self.pricelist_id
            and item.compute_price == "fixed"
            and self._is_own_item(item)
            and (not revision.valid_from or item.date_start == revision.valid_from)
            and (not quantity or round(item.min_quantity - quantity, PRICE_DIGITS) == 0)
        )
        return item if fits else item.browse()

    def _is_own_item(self, item):
        """Tell whether a rule is for the product of this line and no other."""
        if item.applied_on == "0_product_variant":
            return item.product_id == self.product_id
        return item.applied_on == "1_product" and self.product_id.product_tmpl_id.product_variant_count == 1

    def _prepare_item_values(self, planned):
        """Return the values of a new rule with the new price.

        :param planned: see `sale.pricelist.revision._get_planned_starts`
        """
        self.ensure_one()
        product, revision, old = self.product_id, self.revision_id, self.replaced_item_id
        of_variant = old.applied_on == "0_product_variant" or product.product_tmpl_id.product_variant_count > 1
        # A rule of the same kind with a minimum quantity would come before one without.
        level = "0_product_variant" if of_variant else "1_product"
        quantity = max(revision._get_min_quantity(), old.min_quantity if old.applied_on == level else 0)
        key = (
            self.pricelist_id.id,
            product.product_tmpl_id.id,
            of_variant and product.id,
            round(quantity, PRICE_DIGITS),
        )
        start = planned.get(key)
        return {
            "pricelist_id": self.pricelist_id.id,
            "applied_on": level,
            "display_applied_on": "1_product",
            "product_tmpl_id": product.product_tmpl_id.id,
            "product_id": of_variant and product.id,
            "compute_price": "fixed",
            "fixed_price": self.new_price,
            "min_quantity": quantity,
            "date_start": revision.valid_from,
            "date_end": start and start - timedelta(seconds=1),
        }
