"""More traps, of the same kind as in `redline_traps`: roads around the check, invoices, and what people may do and see."""

from redline_traps import trap

from odoo.exceptions import AccessError
from odoo.fields import Command

# ---------------------------------------------------------------- roads


@trap("confirmed by write({'state': 'sale'})")
def by_write(world):
    world.red_line(80)
    orders = [world.order(price) for price in (70, 80)]
    for order in orders:
        world.attempt(lambda: order.write({"state": "sale"}))
    return tuple(map(world.is_sold, orders))


@trap("made confirmed: create({'state': 'sale'})")
def by_create(world):
    world.red_line(80)
    return tuple(_create_confirmed(world, price) for price in (70, 80))


def _create_confirmed(world, price):
    orders = world.env["sale.order"].with_user(world.seller)
    reference = f"BENCH-{price}"
    line = {"product_id": world.product.id, "product_uom_qty": 1, "price_unit": price}
    values = {"partner_id": world.partner.id, "state": "sale", "order_line": [Command.create(line)]}
    world.attempt(lambda: orders.create({**values, "client_order_ref": reference}))
    order = orders.search([("client_order_ref", "=", reference)])
    return bool(order) and world.is_sold(order)


@trap("signed in the portal")
def portal(world):
    world.red_line(80)
    orders = [world.order(price) for price in (70, 80)]
    for order in orders:
        world.attempt(order.with_user(world.env.ref("base.public_user")).sudo()._validate_order)
    return tuple(map(world.is_sold, orders))


@trap("price lowered after confirmation")
def lowered(world):
    world.red_line(80)
    results = []
    for price in (70, 80):
        order = world.confirmed(90)
        world.attempt(lambda: order.order_line.write({"price_unit": price}))
        world.env.invalidate_all()
        results.append(order.order_line.price_unit == price and world.is_sold(order))
    return tuple(results)


@trap("line added after confirmation")
def added(world):
    world.red_line(80)
    results = []
    for price in (70, 80):
        order = world.confirmed(90)
        values = {"order_id": order.id, "product_id": world.product.id, "price_unit": price}
        world.attempt(lambda: order.order_line.create(values))
        world.env.invalidate_all()
        results.append(len(order.order_line) == 2 and world.is_sold(order))
    return tuple(results)


@trap("invoice without an order")
def direct_invoice(world):
    world.red_line(80)
    return world.posts(world.invoice(70)), world.posts(world.invoice(80))


@trap("invoice of an order, price lowered on it")
def lowered_invoice(world):
    world.red_line(80)
    results = []
    for price in (70, 90):
        invoice = world.confirmed(90).sudo()._create_invoices()
        invoice.invoice_line_ids.price_unit = price
        results.append(world.posts(invoice))
    return tuple(results)


# ---------------------------------------------------------------- people


@trap("a second person can approve")
def approval(world):
    """Held before the manager's yes, sold after it."""
    world.red_line(80)
    order = world.order(70)
    before = world.sells(order)
    world.attempt(*world.system.get_approval(order))
    return before, world.is_sold(order)


@trap("the seller approves himself")
def self_approval(world):
    world.red_line(80)
    sold = False
    for number in range(len(world.system.get_ways_around(world.order(70)))):
        order = world.order(70)
        world.sells(order)
        world.attempt(*world.system.get_ways_around(order)[number])
        sold = sold or world.is_sold(order)
    return sold, None


@trap("approved at 75, sold at 70")
def stale_approval(world):
    """The approval is for one price; the seller lowers it before the order goes out."""
    world.red_line(80)
    order = world.order(75)
    world.sells(order)
    world.attempt(*world.system.get_approval(order))
    if not world.is_sold(order):
        return None, None
    world.attempt(lambda: order.order_line.write({"price_unit": 70}))
    world.env.invalidate_all()
    return order.order_line.price_unit == 70 and world.is_sold(order), None


@trap("the seller reads the red line")
def visible_red_line(world):
    world.red_line(83.17)
    try:
        return any(figure in world.system.read_red_line(world.record) for figure in ("83.17", "-16.83")), None
    except AccessError:
        return False, None


@trap("the seller reads the product's cost")
def visible_cost(world):
    world.product.standard_price = 83.17
    world.red_line(margin=20)
    try:
        return world.product.with_user(world.seller).read(["standard_price"])[0]["standard_price"] == 83.17, None
    except AccessError:
        return False, None
