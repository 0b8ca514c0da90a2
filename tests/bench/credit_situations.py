"""Fifty situations of a customer, and what he owes in each, by hand: test_credit_situations.py and credit_compare.py.

Each builds real documents in a `World` (USD, 1 USD = 0.80 EUR, VAT 13 %) for the customer ``c`` and expects, as seen
from the company: AR (receivable), DNI (delivered not invoiced), OPEN (undelivered) and draft invoices; the exposure is
their sum. An order is 10 x 100 + 13 % = 1,130.00 (113.00 each), invoiced on delivery, unless said. Of a line with q
ordered, d delivered, i invoiced on posted invoices: DNI = u x max(0, d - i), OPEN = u x max(0, q - max(d, i)).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from odoo.fields import Command


class Figures(NamedTuple):
    """What a customer owes, in company currency."""

    receivable: float
    uninvoiced: float
    undelivered: float
    draft_invoiced: float = 0.0

    @property
    def exposure(self):
        """The sum, to the cent."""
        return round(sum(self), 2)


@dataclass(frozen=True)
class Situation:
    """One situation: ``build(world, customer)`` may return (customer, company) to look at others than those given."""

    number: str
    title: str
    expected: Figures
    build: Callable
    needs: str = ""  # a model that not every database has


SITUATIONS = []


def situation(number, title, receivable, uninvoiced, undelivered, draft_invoiced=0.0, needs=""):
    """Add the function to the list, with the figures that it expects."""

    def add(build):
        expected = Figures(receivable, uninvoiced, undelivered, draft_invoiced)
        SITUATIONS.append(Situation(number, title, expected, build, needs))
        return build

    return add


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


# ---------------------------------------------------------------- invoices


@situation("43", "draft invoice without an order, drafts not counted", 0, 0, 0)
def draft_not_counted(w, c):
    """A company setting, off by default."""
    w.plain_invoice(c, post=False)


@situation("44", "draft invoice without an order, drafts counted", 0, 0, 0, draft_invoiced=1130)
def draft_counted(w, c):
    """The setting on: 10 x 113."""
    if "credit_count_draft_invoices" in w.company._fields:
        w.company.credit_count_draft_invoices = True
    w.plain_invoice(c, post=False)


@situation("45", "invoice of 1,130 and an open credit note of 226", 904, 0, 0)
def credit_note_open(w, c):
    """The open credit note is negative: 1,130 - 226."""
    w.plain_invoice(c)
    w.plain_invoice(c, 2, kind="out_refund")


@situation("46", "credit note of 565, partly used for an invoice of 226", -339, 0, 0)
def credit_note_partly_used(w, c):
    """226 - 565."""
    w.reconcile(w.plain_invoice(c, 2), w.plain_invoice(c, 5, kind="out_refund"))


@situation("47", "invoice paid, credit note of 226 paid back", 0, 0, 0)
def credit_note_refunded(w, c):
    """Nothing is open on either side."""
    w.pay(w.plain_invoice(c))
    w.pay(w.plain_invoice(c, 2, kind="out_refund"))


@situation("48", "delivered, invoice posted and then cancelled", 0, 1130, 0)
def invoice_cancelled(w, c):
    """A cancelled invoice bills nothing."""
    order = w.order(c)
    w.deliver(order, 10)
    move = w.invoice(order)
    move.button_draft()
    move.button_cancel()


@situation("49", "EUR order, 4 of 10 invoiced at 0.80, the rate is 0.50 today", 565, 0, 1356)
def euro_moved(w, c):
    """AR EUR 452 / 0.80 as booked; OPEN EUR 678 / 0.50, today's rate."""
    order = w.order(c, pricelist_id=w.get_pricelist(w.eur).id)
    w.deliver(order, 4)
    w.invoice(order, date=w.today - timedelta(days=5))
    w.set_rate(0.50, w.today)


# ---------------------------------------------------------------- down payments


@situation("50", "down payment of 30 % posted, not paid", 339, 0, 791)
def down_payment_posted(w, c):
    """AR 339; OPEN 1,130 - 339."""
    w.down_payment(w.order(c))


@situation("51", "down payment of 30 % paid, 4 of 10 delivered", 0, 452, 339)
def down_payment_paid(w, c):
    """The down payment reduces the undelivered part first: 678 - 339."""
    order = w.order(c)
    w.pay(w.down_payment(order))
    w.deliver(order, 4)


@situation("52", "down payment paid, all delivered, final invoice deducts it", 791, 0, 0)
def down_payment_deducted(w, c):
    """AR 1,130 - 339."""
    order = w.order(c)
    w.pay(w.down_payment(order))
    w.deliver(order, 10)
    w.invoice(order)


@situation("53", "down payment posted and credited", 0, 0, 1130)
def down_payment_credited(w, c):
    """As if there had been none."""
    w.reverse(w.down_payment(w.order(c)))


# ---------------------------------------------------------------- who owes


@situation("54", "a branch: its order of 2,260, an invoice of the company above", 0, 0, 2260)
def branch(w, c):
    """Per company: the branch sees its own documents."""
    branch = w.create_company("Branch", parent_id=w.company.id)
    w.env.invalidate_all()
    w.plain_invoice(c)
    w.order(c, w.line(20), company=branch)
    return c, branch


@situation("55", "delivery and invoice addresses of the customer", 565, 0, 565)
def addresses(w, c):
    """Contacts owe nothing of their own: AR 5 x 113, OPEN 5 x 113."""
    delivery = w.create_customer("Plant", parent_id=c.id, type="delivery", is_company=False)
    billing = w.create_customer("Accounts", parent_id=c.id, type="invoice", is_company=False)
    order = w.order(delivery, partner_shipping_id=delivery.id, partner_invoice_id=billing.id)
    w.deliver(order, 5)
    w.invoice(order)


@situation("56", "order of another customer, invoiced to this one", 0, 0, 1130)
def other_payer(w, c):
    """Who is billed owes; his own order that somebody else pays is not his debt."""
    other = w.create_customer("Orderer")
    w.order(other, partner_invoice_id=c.id)
    w.order(c, w.line(2), partner_invoice_id=other.id)


@situation("57", "contact put under the customer later, 5 of 10 invoiced before", 565, 0, 565)
def parent_changed(w, c):
    """What the contact owed, its parent owes now."""
    contact = w.create_customer("Site", is_company=False)
    order = w.order(contact)
    w.deliver(order, 5)
    w.invoice(order)
    contact.parent_id = c


@situation("58", "archived customer with an open order", 0, 0, 1130)
def archived(w, c):
    """Archiving settles nothing."""
    w.order(c)
    c.active = False


# ---------------------------------------------------------------- money and entries


@situation("59", "payment of 500 in process, not on a bank statement yet", 630, 0, 0)
def payment_in_process(w, c):
    """Its entry has settled 500 of 1,130 already."""
    assert w.pay(w.plain_invoice(c), 500).state == "in_process"


@situation("60", "journal entry of 500 on the receivable of a contact", 500, 0, 0)
def entry_on_contact(w, c):
    """What a contact owes, the customer owes, whatever booked it."""
    w.entry(w.create_customer("Child", parent_id=c.id, is_company=False), 500)


@situation("61", "overpayment of 170 paid back", 0, 0, 0)
def overpayment_refunded(w, c):
    """1,130 - 1,300 + 170."""
    move = w.plain_invoice(c)
    w.reconcile(move, w.receipt(c, 1300), w.receipt(c, 170, kind="outbound"))


@situation("62", "two invoices with 2 % early discount, one paid less the discount", 1130, 0, 0)
def early_discount(w, c):
    """The discount settles the first; the second owes in full until it is taken."""
    term = w.of("account.payment.term").create(
        {
            "name": "2 % within 10 days",
            "early_discount": True,
            "discount_percentage": 2,
            "discount_days": 10,
            "early_pay_discount_computation": "included",
            "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
        }
    )
    for number in range(2):
        move = w.plain_invoice(c, post=False)
        move.invoice_payment_term_id = term
        move.action_post()
        if not number:
            w.pay(move)
