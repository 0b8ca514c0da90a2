"""Prices of products in price lists: the cells of a grid, and the rules that make them, found by product."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class GridCell:
    """The price of one product in one price list, and how it stands to its red line.

    :param price: as the list says it: in its currency, with the taxes that the product's prices include
    :param rule_id: the rule of the list that makes it, False without one (the sales price)
    :param net: tax-excluded, in company currency
    :param state: ``ok``, ``warn``, ``below``, ``none`` (no red line) or ``no_cost`` (it rests on a missing cost)
    :param floor: the red line: tax-excluded, in company currency; None without one
    :param list_floor: the red line as a price of the list (its currency, included taxes), rounded up
    :param warn: yellow band above the red line, in per cent
    """

    product_id: int
    pricelist_id: int
    price: float
    rule_id: int | bool
    net: float = 0.0
    state: str = "none"
    floor: float | None = None
    list_floor: float | None = None
    warn: float = 0.0


class RuleBatch:
    """The rules of several price lists for many products, read at once and found by product."""

    def __init__(self, rules):
        self.rules = rules
        self.found = defaultdict(list)  # (list, kind, target) -> rules with their rank
        for rank, rule in enumerate(rules):
            self.found[(rule.pricelist_id.id, *self._get_target(rule))].append((rank, rule.id))

    @staticmethod
    def _get_target(rule):
        targets = {"0_product_variant": rule.product_id, "1_product": rule.product_tmpl_id}
        targets["2_product_category"] = rule.categ_id
        # Rules for all products, and those of kinds that other addons bring: tried for every product.
        return (rule.applied_on, targets[rule.applied_on].id) if rule.applied_on in targets else ("any", 0)

    def get_rules(self, pricelist, product):
        """Return the rules of a list that may apply to a product, in the order in which they are tried."""
        keys = [("0_product_variant", product.id), ("1_product", product.product_tmpl_id.id), ("any", 0)]
        keys += [("2_product_category", categ_id) for categ_id in product.categ_id._get_path_ids()]
        ranked = sorted(found for key in keys for found in self.found.get((pricelist.id, *key), ()))
        return self.rules.browse([rule_id for _rank, rule_id in ranked]).with_prefetch(self.rules._ids)
