"""The systems of the red-line comparison: how each is told a red line, asked for a yes, and got around.

Every system is set up as well as it can be: where a peer knows no red lines, its rule is the Python that a careful
administrator would write into it, which converts taxes, units and currencies of the line.
"""

import logging
from dataclasses import dataclass

from statements import ADDONS

from odoo.exceptions import UserError
from odoo.fields import Command

_logger = logging.getLogger("odoo.bench.redline")
LIST_PRICE = 100.0


@dataclass(frozen=True)
class RedLine:
    """A red line in no system's words. Without product, variant and category it is for everything.

    :param price: per product unit, in company currency, without taxes
    :param margin: instead of a price: cost / (1 - margin per cent)
    :param discount: instead of a price: list price less so many per cent
    :param nearer: red lines that come first where they apply; systems without precedence are told them by name
    """

    price: float = 0.0
    margin: float = 0.0
    discount: float = 0.0
    template: object = None
    variant: object = None
    category: object = None
    min_quantity: float = 0.0
    date_start: object = None
    date_end: object = None
    active: bool = True
    nearer: tuple = ()


class System:
    """Stock Odoo, and what the others do otherwise."""

    label = "stock Odoo 19"
    packages = ()
    modules = ()

    def __init__(self, env, people):
        self.env = env
        self.seller, self.manager = people["seller"], people["manager"]

    def add_red_line(self, line):
        """Return the record that holds a red line: stock's only minimum is the clamp of a price-list formula."""
        scopes = {"0_product_variant": "variant", "1_product": "template", "2_product_category": "category"}
        scope = next((scope for scope, name in scopes.items() if getattr(line, name)), "3_global")
        product = line.variant or line.template or self.env["product.template"]
        price = product.list_price * (1 - line.discount / 100) if line.discount else line.price
        # The clamp is a distance from the list price: over many products it fits those of one list price only.
        distance = price - (product.list_price or LIST_PRICE)
        values = {"price_min_margin": distance, "price_max_margin": max(distance, 0)}
        margin = {"base": "standard_price", "price_discount": -100 * line.margin / (100 - line.margin)}
        if not line.active:  # the rules of price lists know no archive
            return self.env["product.pricelist.item"]
        return self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.get_pricelist().id,
                "applied_on": scope,
                "product_id": line.variant and line.variant.id,
                "product_tmpl_id": line.template and line.template.id,
                "categ_id": line.category and line.category.id,
                "min_quantity": line.min_quantity,
                "date_start": line.date_start,
                "date_end": line.date_end,
                "compute_price": "formula",
                **(margin if line.margin else values),
            }
        )

    def add_price_cut(self, template, percent):
        """Let the price list give a product away; where it has a minimum, that is kept."""
        values = {"applied_on": "1_product", "product_tmpl_id": template.id, "compute_price": "formula"}
        pricelist = self.get_pricelist()
        item = pricelist.item_ids.filtered(lambda item: item.product_tmpl_id == template)
        item = item or pricelist.item_ids.create({"pricelist_id": pricelist.id, **values})
        item.price_discount = percent

    def get_pricelist(self):
        company = self.env.company
        pricelists = self.env["product.pricelist"]
        found = pricelists.search([("name", "=", "Bench")])
        return found or pricelists.create({"name": "Bench", "company_id": company.id, "sequence": -1})

    def is_sold(self, order):
        """Tell whether an order is confirmed and free to ship and bill."""
        return order.sudo().state == "sale"

    def get_approval(self, order):
        """Return the calls by which the manager says yes to an order that was held, and the seller confirms it."""
        return [order.with_user(self.seller).action_confirm]

    def get_ways_around(self, order):
        """Return lists of calls: ways in which the seller of an order could say yes to himself."""
        return [[order.action_confirm]]

    def read_red_line(self, record):
        """Return what the seller can read of a red line, as text; raises AccessError where he may not."""
        return str(record.with_user(self.seller).read())


def get_line_test(line, name):
    """Return a Python expression that tells whether an order line breaks a red line.

    :param name: what the order line is called in the expression
    """
    quantity = _get_quantity(name)
    company = f"{name}.order_id.company_id"
    net = (
        f"{name}.currency_id._convert({name}.price_subtotal / {quantity}, {company}.currency_id, {company},"
        f" {name}.env.cr.now().date(), round=False)"
    )
    price = str(line.price)
    if line.margin:
        # A missing cost makes no red line of zero but an infinite one.
        cost = f"{name}.product_id.with_company({company}).standard_price"
        price = f"({cost} / (1 - {line.margin} / 100) or 1e9)"
    elif line.discount:
        price = f"{name}.product_id.list_price * (1 - {line.discount} / 100)"
    tests = [f"{name}.product_id and {name}.product_uom_qty > 0", *_get_scope_tests(line, name)]
    tests += [f"not ({' and '.join(_get_scope_tests(nearer, name))})" for nearer in line.nearer]
    return " and ".join([*tests, f"round({net}, 6) < round({price}, 6)"])


def _get_quantity(name):
    return f"{name}.product_uom_id._compute_quantity({name}.product_uom_qty, {name}.product_id.uom_id, round=False)"


def _get_scope_tests(line, name):
    """Return the Python expressions that together tell whether a red line is about an order line."""
    today = f"{name}.env.cr.now().date().isoformat()"
    tests = {
        f"{name}.product_id.id == {line.variant and line.variant.id}": line.variant,
        f"{name}.product_id.product_tmpl_id.id == {line.template and line.template.id}": line.template,
        f"'{line.category and line.category.id}' in ({name}.product_id.categ_id.parent_path or '').split('/')": line.category,
        f"{today} >= '{line.date_start}'": line.date_start,
        f"{today} <= '{line.date_end}'": line.date_end,
        f"{_get_quantity(name)} >= {line.min_quantity}": line.min_quantity,
    }
    return [test for test, applies in tests.items() if applies]


class Exceptions(System):
    """OCA sale_exception: a rule in Python per red line. Its exceptions may be ignored, else nobody could approve."""

    label = "OCA sale_exception"
    packages = ("odoo-addon-base-exception", "odoo-addon-sale-exception")
    modules = ("sale_exception",)
    blocking = False

    def add_red_line(self, line):
        values = {"name": "Red line", "model": "sale.order.line", "exception_type": "by_py_code"}
        code = f"failed = bool({get_line_test(line, 'obj')})"
        flags = {"active": line.active, "is_blocking": self.blocking}
        return self.env["exception.rule"].create({**values, "code": code, **flags})

    def get_approval(self, order):
        return [order.with_user(self.manager).action_ignore_exceptions, *super().get_approval(order)]

    def get_ways_around(self, order):
        return [
            [order.action_ignore_exceptions, order.action_confirm],
            [lambda: order.write({"ignore_exception": True}), order.action_confirm],
        ]


class Blocking(Exceptions):
    """OCA sale_exception with the flag that no one may ignore the exception."""

    label = "OCA sale_exception, blocking"
    blocking = True


class Tiers(System):
    """OCA sale_tier_validation: a tier with a Python formula per red line, decided by the manager."""

    label = "OCA sale_tier_validation"
    packages = (
        "odoo-addon-base-tier-validation",
        "odoo-addon-base-tier-validation-formula",
        "odoo-addon-sale-tier-validation",
    )
    modules = ("sale_tier_validation", "base_tier_validation_formula")

    def add_red_line(self, line):
        return self.env["tier.definition"].create(
            {
                "name": "Red line",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "review_type": "individual",
                "reviewer_id": self.manager.id,
                "definition_type": "formula",
                "python_code": f"any({get_line_test(line, 'line')} for line in rec.order_line)",
                "active": line.active,
            }
        )

    def get_approval(self, order):
        request, decide = order.with_user(self.seller).request_validation, order.with_user(self.manager).validate_tier
        return [request, decide, *super().get_approval(order)]

    def get_ways_around(self, order):
        return [
            [order.request_validation, order.validate_tier, order.action_confirm],
            [order.request_validation, lambda: order.review_ids.write({"status": "approved"}), order.action_confirm],
        ]


class Ours(System):
    """This project: red lines that ask the department manager."""

    label = "Sales Control"
    modules = tuple(ADDONS)
    enforcement = "review"

    def __init__(self, env, people):
        super().__init__(env, people)
        step = Command.create({"approver_type": "user", "user_id": self.manager.id})
        env["sale.review.rule"].create({"name": "Red lines", "kind": "price", "step_ids": [step]})

    def add_red_line(self, line):
        scopes = {"variant": "variant", "template": "template", "category": "category"}
        kinds = {"cost_margin": line.margin, "list_discount": line.discount}
        return self.env["sale.price.floor"].create(
            {
                "applied_on": next((scope for scope in scopes if getattr(line, scope)), "all"),
                "product_id": line.variant and line.variant.id,
                "product_tmpl_id": line.template and line.template.id,
                "categ_id": line.category and line.category.id,
                "compute_price": next((kind for kind, percentage in kinds.items() if percentage), "fixed"),
                "percentage": line.margin or line.discount,
                "fixed_price": line.price,
                "min_quantity": line.min_quantity,
                "date_start": line.date_start,
                "date_end": line.date_end,
                "active": line.active,
                "enforcement": self.enforcement,
            }
        )

    def is_sold(self, order):
        return super().is_sold(order) and not order.sudo().on_hold

    def get_approval(self, order):
        return [order.sudo().order_review_ids.with_user(self.manager).action_approve]

    def get_ways_around(self, order):
        flags = {"review_state": "approved", "on_hold": False}
        return [
            [order.action_request_review, lambda: order.order_review_ids.action_approve()],
            [lambda: order.order_review_ids.write({"state": "approved"}), order.action_confirm],
            [lambda: order.write(flags), order.action_confirm],
        ]


SYSTEMS = {"stock": System, "exception": Exceptions, "blocking": Blocking, "tier": Tiers, "ours": Ours}


def attempt(env, *actions):
    """Try something as its user would, one request after the other; a refused one leaves no trace and ends it."""
    try:
        for action in actions:
            with env.cr.savepoint():
                action()
                env.flush_all()
            env.invalidate_all()
    except UserError as error:
        _logger.debug("refused: %s", error)
        env.invalidate_all()
