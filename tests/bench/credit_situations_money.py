"""Situations of invoices, payers and money; see credit_situations.py."""

from datetime import timedelta

from credit_situation import situation

from odoo.fields import Command

# ---------------------------------------------------------------- invoices


@situation("43", "draft invoice without an order, drafts not counted", 0, 0, 0)
def draft_not_counted(w, c):
    """A company setting, off by default."""
    w.counts_drafts = False
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
