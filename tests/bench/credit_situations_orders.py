"""Situations of orders, goods and lines; see credit_situations.py."""

from credit_situation import situation

from odoo.fields import Command

# ---------------------------------------------------------------- worked examples


@situation("1", "confirmed, nothing delivered, invoiced on delivery", 0, 0, 1130)
def confirmed(w, c):
    """q 10, d 0, i 0."""
    w.order(c)


@situation("3", "4 of 10 delivered, their invoice still a draft", 0, 452, 678)
def draft_of_delivered(w, c):
    """q 10, d 4; the draft is no invoice: 4 x 113 and 6 x 113."""
    order = w.order(c)
    w.deliver(order, 4)
    w.invoice(order, post=False)


@situation("5", "4 of 10 delivered and invoiced, 200 of it paid", 252, 0, 678)
def partly_paid(w, c):
    """AR 452 - 200; 6 x 113 open."""
    order = w.order(c)
    w.deliver(order, 4)
    w.pay(w.invoice(order), 200)


@situation("7a", "invoiced on order, undelivered, not invoiced", 0, 0, 1130)
def policy_order(w, c):
    """q 10, d 0, i 0: billable, yet neither goods nor bill have gone out."""
    w.order(c, w.line(product=w.get_product("order")))


@situation("8a", "10 delivered and invoiced, 2 returned, no credit note yet", 1130, 0, 0)
def returned_not_credited(w, c):
    """d 8, i 10: the return lowers no debt before its credit note."""
    order = w.order(c)
    picking = w.deliver(order, 10)
    w.invoice(order)
    w.take_back(picking, 2)


@situation("9b", "6 of 10 delivered, back-order cancelled, invoiced on order", 0, 678, 452)
def refused_backorder(w, c):
    """Invoiced on order: the other 4 are still billable, 6 x 113 and 4 x 113."""
    order = w.order(c, w.line(product=w.get_product("order")))
    w.deliver(order, 6, backorder=False)


@situation("10b", "12 delivered of 10, invoiced on order", 0, 1356, 0)
def over_delivered(w, c):
    """d 12: 12 x 113."""
    w.deliver(w.order(c, w.line(product=w.get_product("order"))), 12)


@situation("11", "price includes VAT, 10 % discount, 2 of 5 delivered", 0, 203.40, 305.10)
def included_and_discount(w, c):
    """5 x 113.00 less 10 % = 508.50: 101.70 each."""
    order = w.order(c, w.line(5, 113.0, vat=w.get_vat(included=True), discount=10))
    w.deliver(order, 2)


@situation("12", "down payment of 30 %, its invoice a draft", 0, 0, 1130)
def down_payment_draft(w, c):
    """A draft is nothing yet."""
    w.down_payment(w.order(c), post=False)


@situation("15", "order of EUR 1,000 gross, half delivered", 0, 625, 625)
def euro_order(w, c):
    """EUR 500 each at 0.80; prices that include VAT make it EUR 1,000 gross."""
    line = w.line(10, 100.0, vat=w.get_vat(included=True))
    w.deliver(w.order(c, line, pricelist_id=w.get_pricelist(w.eur).id), 5)


@situation("19a", "another order of 2,000 in another company", 0, 0, 1130)
def two_companies(w, c):
    """Only this company's own."""
    other = w.create_company("Other Company")
    w.order(c)
    w.order(c, w.line(20, vat=w.get_vat(other)), company=other)


@situation("22", "line one invoiced 12 of 10, line two (5 delivered) not", 1356, 565, 0)
def over_invoiced(w, c):
    """A line never lowers another: AR 12 x 113, DNI 5 x 113."""
    first, second = w.get_product("order"), w.create_product()
    order = w.order(c, w.line(product=first), w.line(5, product=second))
    w.deliver(order, {second: 5})
    w.invoice(order, quantities={first: 12})


@situation("23", "unallocated receipt of 500, open order", -500, 0, 1130)
def unallocated_receipt(w, c):
    """The receipt lowers the receivable below zero."""
    w.order(c)
    w.receipt(c, 500)


@situation("24", "a locked order; a cancelled one and a quotation beside it", 0, 0, 1130)
def locked_cancelled_quotation(w, c):
    """Locked counts in full, cancelled and quotation not at all."""
    w.order(c).action_lock()
    w.order(c)._action_cancel()
    w.order(c, confirm=False)


@situation("27", "global discount line of -10 %", 0, 0, 1017)
def global_discount(w, c):
    """1,130 - 113: the discount line is open as the others are."""
    order = w.order(c, confirm=False)
    wizard = w.of("sale.order.discount").create(
        {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.1}
    )
    wizard.action_apply_discount()
    order.action_confirm()


@situation("32", "invoice credited by the reversal wizard, goods with the customer", 0, 1130, 0)
def fully_credited(w, c):
    """i = 10 - 10: the goods can be billed again."""
    order = w.order(c)
    w.deliver(order, 10)
    w.reverse(w.invoice(order))


@situation("OB1", "opening delivery of 50", 0, 5650, 0)
def opening(w, c):
    """50 x 113."""
    w.opening_delivery(c)


@situation("OB2", "opening delivery of 50, 20 invoiced", 2260, 3390, 0)
def opening_partly_billed(w, c):
    """20 x 113 and 30 x 113."""
    w.bill_opening(c, w.opening_delivery(c), 20)


@situation("OB5", "opening delivery of 50, 52 invoiced", 5876, 0, 0)
def opening_over_billed(w, c):
    """52 x 113; over-invoicing frees nothing else."""
    w.bill_opening(c, w.opening_delivery(c), 52)


@situation("OB6", "opening delivery of 50, 20 invoiced, 5 of them credited", 1695, 3955, 0)
def opening_credited(w, c):
    """AR 15 x 113; the credit note brings 5 back: 35 x 113."""
    opening = w.opening_delivery(c)
    w.bill_opening(c, opening, 20)
    w.bill_opening(c, opening, 5, kind="out_refund")


# ---------------------------------------------------------------- goods


@situation("33", "invoiced on order, 4 of 10 delivered, none invoiced", 0, 452, 678)
def policy_order_partly(w, c):
    """4 x 113 and 6 x 113."""
    w.deliver(w.order(c, w.line(product=w.get_product("order"))), 4)


@situation("34", "10 delivered, 2 returned before the invoice", 0, 904, 0)
def returned_before_invoice(w, c):
    """d 8: 8 x 113; all moves are done and deliveries are billed, so nothing is open."""
    order = w.order(c)
    w.take_back(w.deliver(order, 10), 2)


@situation("35", "10 delivered and invoiced, 2 returned and credited", 904, 0, 0)
def returned_and_credited(w, c):
    """AR 1,130 - 226, d 8, i 8."""
    order = w.order(c)
    picking = w.deliver(order, 10)
    w.invoice(order)
    w.take_back(picking, 2)
    w.invoice(order)


@situation("36", "12 delivered of 10, invoiced on delivery, 10 invoiced", 1130, 226, 0)
def over_delivered_partly_billed(w, c):
    """AR 10 x 113, DNI 2 x 113."""
    order = w.order(c)
    w.deliver(order, 12)
    w.invoice(order, quantities={w.get_product(): 10})


@situation("37", "line added by the warehouse beside an order of 10 delivered", 0, 1469, 0)
def warehouse_line(w, c):
    """10 x 113 and 3 x 113 of a line with q 0, priced by its list price."""
    order = w.order(c)
    added = w.create_product()
    picking = order.picking_ids
    picking.move_ids = [
        Command.create(
            {
                "product_id": added.id,
                "product_uom_qty": 3,
                "product_uom": added.uom_id.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
                "picking_id": picking.id,
            }
        )
    ]
    w.deliver(order, {w.get_product(): 10, added: 3})


@situation("38", "6 of 10 delivered, back-order refused, invoiced on delivery", 0, 678, 0)
def short_closed(w, c):
    """6 x 113; a refused back-order is no debt."""
    w.deliver(w.order(c), 6, backorder=False)


@situation("39", "service and consumable, 4 of 10 delivered each", 0, 904, 1356)
def service_and_consumable(w, c):
    """Twice 4 x 113 and 6 x 113: the service by hand, the consumable by the warehouse."""
    service = w.get_product(kind="service")
    order = w.order(c, w.line(product=service), w.line(product=w.get_product(storable=False)))
    w.deliver(order, 4)
    order.order_line.filtered(lambda line: line.product_id == service).qty_delivered = 4


@situation("40", "kit, 4 of 10 delivered", 0, 452, 678, needs="mrp.bom")
def kit(w, c):
    """4 kits of two parts each: 4 x 113 and 6 x 113."""
    product, part = w.create_product(), w.create_product()
    w.of("mrp.bom").create(
        {
            "product_tmpl_id": product.product_tmpl_id.id,
            "type": "phantom",
            "bom_line_ids": [Command.create({"product_id": part.id, "product_qty": 2})],
        }
    )
    w.deliver(w.order(c, w.line(product=product)), 8)


# ---------------------------------------------------------------- lines


@situation("41", "section, note, and a line set to 0 after confirmation", 0, 0, 1130)
def sections_and_zero(w, c):
    """Only the line of 10 x 113 is left."""
    section = Command.create({"display_type": "line_section", "name": "Section"})
    note = Command.create({"display_type": "line_note", "name": "Note"})
    order = w.order(c, section, w.line(), note, w.line(5, product=w.create_product()))
    order.order_line[-1].product_uom_qty = 0


@situation("42", "discount line larger than the rest", 0, 0, 0)
def large_discount(w, c):
    """1,130 - 5,650 frees no limit."""
    discount = w.line(1, -5000.0, product=w.get_product("order", "service"))
    w.order(c, w.line(), discount)
