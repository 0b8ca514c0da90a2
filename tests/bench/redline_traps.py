"""The traps: ways in which a price below its red line gets sold, and fine prices that a naive check refuses.

Each trap is a function of a `World` that returns (sold below the red line, sold at it): what the system really did, so
(False, True) is right. The second is None where there is no right counterpart, the first where nothing must be refused.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

TRAPS = {}


def trap(name):
    """Register a trap under the name that the table shows."""

    def register(function):
        TRAPS[name] = function
        return function

    return register


def both(world, price, bad, good, **values):
    """Set a red line on the product and confirm one order below and one at it."""
    world.red_line(price)
    return world.sells(world.order(bad, **values)), world.sells(world.order(good, **values))


# ---------------------------------------------------------------- units, taxes


@trap("a price below, typed")
def plain(world):
    return both(world, 80, 79.99, 80)


@trap("red line per piece, sold by the dozen")
def dozen(world):
    unit = world.env.ref("uom.product_uom_dozen").id
    line = {"product_uom_id": unit, "product_uom_qty": 2}
    return both(world, 80, {**line, "price_unit": 950}, {**line, "price_unit": 960})


@trap("a unit of 7 pieces")
def box(world):
    unit = {"product_uom_id": world.create_unit(7).id}
    return both(world, 80, {**unit, "price_unit": 559.99}, {**unit, "price_unit": 560})


@trap("tax included in the price")
def included_tax(world):
    world.product.taxes_id = world.create_tax()
    return both(world, 100, 112.99, 113)


@trap("fiscal position takes the included tax off")
def fiscal_position(world):
    world.product.taxes_id = world.create_tax()
    position = world.env["account.fiscal.position"].create({"name": "Export", "company_id": world.company.id})
    free = world.env["account.tax"].create(
        {
            "name": "Export 0",
            "amount": 0,
            "fiscal_position_ids": [Command.set(position.ids)],
            "original_tax_ids": [Command.set(world.product.taxes_id.ids)],
        }
    )
    result = both(world, 100, 99.99, 100, fiscal_position_id=position.id)
    assert world.order(100, fiscal_position_id=position.id).order_line.tax_ids == free
    return result


# ---------------------------------------------------------------- currencies


@trap("the rate moves between quotation and confirmation")
def moving_rate(world):
    world.red_line(700)
    pricelist = world.create_pricelist(0.14)
    good = world.sells(world.order(100, pricelist_id=pricelist.id))
    order = world.order(100, pricelist_id=pricelist.id)
    world.set_rate(pricelist.currency_id, 0.15, fields.Date.today())
    return world.sells(order), good


@trap("the seller writes the order's rate and date")
def written_rate(world):
    world.red_line(800)
    pricelist = world.create_pricelist(0.14)
    orders = [world.order(price, pricelist_id=pricelist.id) for price in (100, 112)]
    for order in orders:
        order.write({"date_order": "2019-06-01 00:00:00", "currency_rate": 0.001})
    return tuple(map(world.sells, orders))


@trap("price list switched to another currency, figure kept")
def switched_currency(world):
    world.red_line(80)
    bad, good = world.order(80), world.order(80)
    bad.pricelist_id = world.create_pricelist(20)
    assert bad.order_line.price_unit == 80
    return world.sells(bad), world.sells(good)


# ---------------------------------------------------------------- discounts, rewards, free goods


def discount(world, **values):
    """Confirm two orders of 100.00 after the discount wizard: red line 95.00, 10 and 5 off."""
    discount_product = world.create_product("Discount", list_price=0)
    world.company.sale_discount_product_id = discount_product
    world.red_line(95)
    results = []
    for off in (10, 5):
        order = world.order(100)
        figures = {name: off * share for name, share in values.items() if name != "discount_type"}
        wizard = world.env["sale.order.discount"].with_user(world.seller)
        wizard.create(
            {"sale_order_id": order.id, "discount_type": values["discount_type"], **figures}
        ).action_apply_discount()
        assert round(order.amount_untaxed, 2) == 100 - off
        results.append(world.sells(order))
    return tuple(results)


@trap("discount wizard: on all lines")
def discount_on_lines(world):
    return discount(world, discount_type="sol_discount", discount_percentage=0.01)


@trap("discount wizard: global discount line")
def discount_global(world):
    return discount(world, discount_type="so_discount", discount_percentage=0.01)


@trap("discount wizard: fixed amount")
def discount_amount(world):
    return discount(world, discount_type="amount", discount_amount=1)


@trap("a negative line typed by hand")
def negative_line(world):
    other = world.create_product("Goodwill")
    goodwill = {"product_id": other.id, "price_unit": -10}
    world.red_line(95)
    return world.sells(world.order(100, goodwill)), world.sells(world.order(100, {**goodwill, "price_unit": -5}))


@trap("promotion of the loyalty programme")
def promotion(world):
    world.red_line(95)
    results = []
    for percent in (10, 5):
        program = world.env["loyalty.program"].create(
            {
                "name": f"{percent} % off",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"minimum_amount": 0, "minimum_qty": 0})],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": percent})],
            }
        )
        order = world.order(100)
        order._update_programs_and_rewards()
        for coupon, rewards in order._get_claimable_rewards().items():
            order._apply_program_reward(rewards[0], coupon)
        assert round(order.amount_untaxed, 2) == 100 - percent
        results.append(world.sells(order))
        program.active = False
    return tuple(results)


@trap("free goods beside paid ones")
def free_goods(world):
    world.red_line(75)
    paid = {"product_uom_qty": 3, "price_unit": 100}
    orders = [world.order(paid, {"product_uom_qty": free, "price_unit": 0}) for free in (2, 1)]
    return tuple(map(world.sells, orders))


@trap("a combo, judged as one")
def combo(world):
    cheap = world.create_product("Cheap", list_price=50)
    items = [Command.create({"product_id": product.id}) for product in (world.product, cheap)]
    choice = world.env["product.combo"].create({"name": "Choice", "combo_item_ids": items})
    bundle = world.create_product("Bundle", type="combo", combo_ids=[Command.set(choice.ids)], list_price=150)
    world.red_line(90)
    world.red_line(40, template=cheap.product_tmpl_id)
    return tuple(world.sells(_order_combo(world, bundle, choice, prices)) for prices in ((80, 45), (80, 50)))


def _order_combo(world, bundle, choice, prices):
    order = world.order({"product_id": bundle.id})
    parent = order.order_line
    for item, price in zip(choice.combo_item_ids, prices, strict=True):
        values = {"product_id": item.product_id.id, "linked_line_id": parent.id, "combo_item_id": item.id}
        order.order_line.create({"order_id": order.id, "product_uom_qty": 1, **values}).price_unit = price
    assert order.amount_untaxed == sum(prices)
    return order


# ---------------------------------------------------------------- rounding, quantities


@trap("prices of 6 digits in a currency of 2")
def digits(world):
    world.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 6
    line = {"product_uom_qty": 1000}
    return both(world, 0.123456, {**line, "price_unit": 0.123455}, {**line, "price_unit": 0.123456})


@trap("discount rounded by its field")
def rounded_discount(world):
    world.template.list_price = 200
    world.red_line(discount=15)
    orders = [world.order({"price_unit": 200, "discount": percent}) for percent in (15.01, 15.004)]
    return tuple(map(world.sells, orders))


@trap("quantity step lost by splitting the line")
def split_quantity(world):
    _set_steps(world)
    halves = [{"product_uom_qty": quantity, "price_unit": 70} for quantity in (60, 40)]
    return world.sells(world.order(*halves)), world.sells(world.order({"product_uom_qty": 100, "price_unit": 70}))


@trap("quantity cut after confirmation")
def cut_quantity(world):
    _set_steps(world)
    results = []
    for quantity in (10, 110):
        order = world.order({"product_uom_qty": 100, "price_unit": 70})
        world.sells(order)
        world.attempt(lambda: order.order_line.write({"product_uom_qty": quantity, "price_unit": 70}))
        world.env.invalidate_all()
        kept = order.order_line.product_uom_qty == quantity and order.order_line.price_unit == 70
        results.append(kept and world.is_sold(order))
    return tuple(results)


def _set_steps(world):
    """80.00 a piece, from 100 pieces 70.00."""
    world.red_line(80, nearer=(world.red_line(70, min_quantity=100),))


# ---------------------------------------------------------------- other makers of lines


@trap("price list too low, through a quotation template")
def quotation_template(world):
    results = []
    world.red_line(80)
    line = Command.create({"product_id": world.product.id, "product_uom_qty": 1})
    template = world.env["sale.order.template"].create({"name": "Offer", "sale_order_template_line_ids": [line]})
    for percent in (50, 20):
        world.system.add_price_cut(world.template, percent)
        order = world.order(sale_order_template_id=template.id)
        order._onchange_sale_order_template_id()
        # A price list that keeps its minimum has done its work: nothing is sold below it then.
        results.append((world.sells(order), order.order_line.price_unit >= 80))
    (bad, bad_kept), (good, good_kept) = results
    assert good_kept
    return bad and not bad_kept, good


@trap("optional line taken in the portal, then signed")
def portal_option(world):
    world.red_line(80)
    results = []
    for price in (60, 80):
        section = {"display_type": "line_section", "name": "Options", "is_optional": True, "product_id": False}
        order = world.order(90, section, {"price_unit": price})
        option = order.order_line[-1]
        order.action_quotation_sent()
        assert option.sudo()._can_be_edited_on_portal()
        option.sudo().product_uom_qty = 2
        assert option.price_unit == price
        world.attempt(order.with_user(world.env.ref("base.public_user")).sudo()._validate_order)
        results.append(world.is_sold(order))
    return tuple(results)


@trap("order received as an electronic document")
def edi(world):
    world.red_line(80)
    world.product.default_code = "BENCH-EDI"
    world.seller.group_ids |= world.env.ref("base.group_partner_manager")  # the import writes on the contact
    results = []
    for price in (70, 80):
        # Odoo books the price of its own list, whatever the document says: that is what has to be too low.
        world.template.list_price = price
        xml = world.env["sale.edi.xml.ubl_bis3"]._export_order(world.order(price))
        values = {"name": "order.xml", "raw": xml, "mimetype": "application/xml"}
        attachment = world.env["ir.attachment"].with_user(world.seller).create(values)
        orders = world.env["sale.order"].with_user(world.seller)
        action = orders.create_document_from_attachment(attachment.ids)
        order = orders.browse(action["res_id"])
        line = order.order_line.filtered("product_id")
        assert (line.product_id, line.price_unit) == (world.product, price)
        results.append(world.sells(order))
    return tuple(results)


@trap("line moved in from another order")
def moved_line(world):
    world.red_line(80)
    results = []
    for price in (10, 80):
        order = world.confirmed(90)
        line = world.order(price).order_line
        world.attempt(lambda: line.write({"order_id": order.id}))
        world.env.invalidate_all()
        results.append(line.order_id == order and world.is_sold(order))
    return tuple(results)


# ---------------------------------------------------------------- costs, scopes, dates


@trap("cost missing (0.00) under a cost rule")
def zero_cost(world):
    world.red_line(margin=20)
    bad = world.sells(world.order(1))
    world.product.standard_price = 80
    return bad, world.sells(world.order(100))


@trap("cost of the order's company, not of the user's")
def company_cost(world):
    other = world.env["res.company"].create({"name": "Sister", "currency_id": world.company.currency_id.id})
    world.seller.company_ids |= other
    world.product.standard_price = 80
    world.product.with_company(other).standard_price = 8
    world.red_line(margin=20)
    orders = [
        world.order(price).with_context(allowed_company_ids=(other | world.company).ids) for price in (99.99, 100)
    ]
    return tuple(map(world.sells, orders))


@trap("category of the red line two levels up")
def child_category(world):
    categories = world.env["product.category"]
    for name in ("Top", "Middle", "Leaf"):
        categories += categories.create({"name": name, "parent_id": categories[-1:].id})
    world.template.categ_id = categories[-1]
    world.red_line(80, category=categories[0])
    return world.sells(world.order(79.99)), world.sells(world.order(80))


@trap("product without category, red line for everything")
def no_category(world):
    world.template.categ_id = False
    world.red_line(80, everything=True)
    return world.sells(world.order(79.99)), world.sells(world.order(80))


@trap("variant's own red line under the product's")
def variant(world):
    world.red_line(80, nearer=(world.red_line(60, variant=world.product),))
    return world.sells(world.order(59.99)), world.sells(world.order(60))


@trap("archived red line counts no more")
def archived(world):
    world.red_line(80, active=False)
    return None, world.sells(world.order(1))


@trap("expired and future red lines do not count")
def dates(world):
    today = fields.Date.today()
    world.red_line(80, date_end=today - timedelta(days=2))
    world.red_line(80, date_start=today + timedelta(days=2))
    return None, world.sells(world.order(1))


@trap("goods taken back are not judged")
def returns(world):
    world.red_line(80)
    return None, world.sells(world.order(90, {"price_unit": 1, "product_uom_qty": -1}))
