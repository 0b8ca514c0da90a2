"""Situations of a customer who is late, and what he is asked for in each, by hand: for test_dunning_situations.py and
dunning_compare.py.

Each builds real documents in a `DunningWorld` (USD, 1 USD = 0.80 EUR = 150 JPY, no taxes) for the customer ``c``, and has
runs of given days propose and send; "at 14" is 14 days ago. Expected is what the letters of the last run ask for.
Levels: 3 days before the due date (where a system knows that), 3 days after it, then 17 and 31, one at a time with 14 days
between them; from 10.00 on. `CHARGING`: from the second level 9 % a year (act/365) and a fee of 5.00, of the last 15.00.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dunning_systems import CHARGING, Step


@dataclass(frozen=True)
class Situation:
    """One situation: ``build(world, customer)`` may return another customer to look at."""

    title: str
    expected: dict
    build: Callable
    lacks: str = ""  # what a system needs that only ours has


SITUATIONS = []


def situation(title, expected, lacks=""):
    """Make a situation of the function: what it expects in USD, or ``{name of a currency: amount}``."""

    def mark(build):
        amounts = expected if isinstance(expected, dict) else {"USD": expected}
        SITUATIONS.append(
            Situation(title, {key: float(value) for key, value in amounts.items() if value}, build, lacks)
        )
        return build

    return mark


# ---------------------------------------------------------------- between proposal and letter


@situation("overdue", 1000)
def overdue(w, c):
    """The plain case."""
    w.debt(c, 1000, 5)
    w.dun()


@situation("paid after the proposal", 0)
def paid_meanwhile(w, c):
    """No letter at all."""
    move = w.debt(c, 1000, 5)
    run = w.propose()
    w.pay(move)
    w.send(run)


@situation("400 of 1,000 paid after the proposal", 600)
def part_paid_meanwhile(w, c):
    """What is still open."""
    move = w.debt(c, 1000, 5)
    run = w.propose()
    w.pay(move, 400)
    w.send(run)


@situation("credited by the reversal wizard after the proposal", 0)
def reversed_meanwhile(w, c):
    """Nothing is open any more."""
    move = w.debt(c, 1000, 5)
    run = w.propose()
    w.reverse(move)
    w.send(run)


@situation("reset to draft after the proposal", 0)
def draft_meanwhile(w, c):
    """A draft is no claim."""
    move = w.debt(c, 1000, 5)
    run = w.propose()
    move.button_draft()
    w.send(run)


@situation("credit note of 300, not allocated, after the proposal", 700)
def credited_meanwhile(w, c):
    """It is netted as one from before the proposal is."""
    w.debt(c, 1000, 5)
    run = w.propose()
    w.debt(c, 300, 0, move_type="out_refund")
    w.send(run)


# ---------------------------------------------------------------- what is open


@situation("400 of 1,000 paid before", 600)
def part_paid(w, c):
    """The residual, not the total."""
    w.pay(w.debt(c, 1000, 5), 400)
    w.dun()


@situation("1,000 and 500 overdue, credit note 300, receipt 250, 700 not due", 950)
def netted(w, c):
    """1,500 - 300 - 250."""
    w.debt(c, 1000, 10)
    w.debt(c, 500, 5)
    w.debt(c, 300, 4, move_type="out_refund")
    w.receipt(c, 250)
    w.debt(c, 700, -20)
    w.dun()


@situation("500 overdue, an open credit note of 600", 0)
def covered(w, c):
    """We owe him."""
    w.debt(c, 500, 5)
    w.debt(c, 600, 4, move_type="out_refund")
    w.dun()


@situation("credit note to the customer, invoice to his contact", 700)
def netted_across(w, c):
    """One customer, whichever address: 1,000 - 300."""
    w.debt(w.contact(c), 1000, 5)
    w.debt(c, 300, 4, move_type="out_refund")
    w.dun()


@situation("invoices to the customer and to two of his contacts", 1750)
def contacts(w, c):
    """1,000 + 500 + 250."""
    w.debt(c, 1000, 5)
    w.debt(w.contact(c), 500, 6)
    w.debt(w.contact(c, type="invoice"), 250, 7)
    w.dun()


@situation("1,200 in three instalments, due 17 days ago, in 14 and in 44 days", 400)
def instalments(w, c):
    """The first alone."""
    term = w.get_instalments(0, 31, 61)
    w.debt(c, 1200, 17, invoice_payment_term_id=term.id)
    w.dun()


@situation("opening balance of 500 in a general journal, no follow-up as Odoo sets it", 0)
def opening_excluded(w, c):
    """The field says that it is not followed up."""
    w.opening(c, 500, 20)
    w.dun()


@situation("opening balance of 500, follow-up switched on", 500)
def opening_included(w, c):
    """The accountant wants it."""
    w.opening(c, 500, 20).line_ids.no_followup = False
    w.dun()


@situation("invoice marked for no follow-up beside another of 400", 400)
def no_followup(w, c):
    """Odoo's own field says so."""
    w.receivable(w.debt(c, 1000, 5)).no_followup = True
    w.debt(c, 400, 5)
    w.dun()


# ---------------------------------------------------------------- minimum and currencies


@situation("USD 1,000 and EUR 500", {"USD": 1000, "EUR": 500})
def two_currencies(w, c):
    """Each in its own currency."""
    w.debt(c, 1000, 5)
    w.debt(c, 500, 5, currency_id=w.eur.id)
    w.dun()


@situation("EUR 1,000, of it USD 500 paid", {"EUR": 600})
def paid_in_dollars(w, c):
    """500 x 0.80 = EUR 400 are settled."""
    w.pay(w.debt(c, 1000, 5, currency_id=w.eur.id), 500, currency_id=w.company.currency_id.id)
    w.dun()


@situation("minimum USD 10: EUR 9 is USD 11.25", {"EUR": 9})
def minimum_euro(w, c):
    """9 / 0.80 = 11.25."""
    w.debt(c, 9, 5, currency_id=w.eur.id)
    w.dun()


@situation("minimum USD 10: JPY 1,000 is USD 6.67", 0)
def minimum_yen(w, c):
    """1,000 / 150."""
    w.debt(c, 1000, 5, currency_id=w.get_yen().id)
    w.dun()


@situation("minimum USD 10: three invoices of 6", 18)
def minimum_of_sum(w, c):
    """The letter asks for enough."""
    for days in (5, 6, 7):
        w.debt(c, 6, days)
    w.dun()


@situation("minimum USD 10: 100 overdue, a receipt of 95", 0)
def minimum_netted(w, c):
    """5.00 is not worth a letter."""
    w.debt(c, 100, 5)
    w.receipt(c, 95)
    w.dun()


# ---------------------------------------------------------------- levels


@situation("second run of the same day", 0)
def same_day(w, c):
    """He has been asked today."""
    w.debt(c, 1000, 5)
    w.dun()
    w.dun()


@situation("reminded at 7; another invoice of 500 is late now", 1500)
def late_again(w, c):
    """A letter that asks for the one and not for the other would say that the other is settled."""
    w.debt(c, 1000, 10)
    w.dun(7)
    w.debt(c, 500, 3)
    w.dun()


@situation("soon due, in 2 days", 1000, lacks="reminders before the due date")
def soon_due(w, c):
    """A reminder 3 days before."""
    w.debt(c, 1000, -2)
    w.dun()


@situation("paid after the first letter, the payment fails: second letter", 1000)
def reopened(w, c):
    """The invoice is open again."""
    move = w.debt(c, 1000, 20)
    w.dun(15)
    payment = w.pay(move)
    payment.action_draft()
    payment.action_cancel()
    w.dun()


@situation("40 days late, the last level may be jumped to: fee 15 and interest", 1024.86, lacks="fees and interest")
def jump(w, c):
    """1,000 x 9 % x 40 / 365 = 9.86, and 15.00."""
    w.set_ladder([*CHARGING[:-1], Step("Last", 31, 14, 15, 9, allow_jump=True)])
    w.debt(c, 1000, 40)
    w.dun()


@situation("two customers merged after their first letters", 1500)
def merged(w, c):
    """One customer, one letter: 1,000 + 500."""
    other = w.create_customer("Other")
    w.debt(c, 1000, 20)
    w.debt(other, 500, 20)
    w.dun(15)
    w.merge(other, c)
    w.dun()


@situation("another company has run for a later day", 1000)
def two_companies(w, c):
    """Each company by itself."""
    w.debt(c, 2000, 10, company=w.other_company)
    w.debt(c, 1000, 10)
    w.dun(0, w.other_company)
    w.dun(1)


# ---------------------------------------------------------------- interest and fees


@situation("second letter at 17 days: interest and fee", 1009.19, lacks="fees and interest")
def second_letter(w, c):
    """1,000 x 9 % x 17 / 365 = 4.19, and 5.00."""
    w.set_ladder(CHARGING)
    w.debt(c, 1000, 17)
    w.dun(14)
    w.dun()


@situation("third letter at 31 days: with what the second charged", 1027.64, lacks="fees and interest")
def third_letter(w, c):
    """4.19 + 5.00, then 14 days more 3.45 and 15.00."""
    w.set_ladder(CHARGING)
    w.debt(c, 1000, 31)
    w.dun(28)
    w.dun(14)
    w.dun()


@situation("10,000 due 30 days ago, 4,000 paid 10 days ago: interest", 6069.11, lacks="fees and interest")
def interest_between_payments(w, c):
    """20 days on 10,000 and 10 on 6,000 at 9 %: 64.11; fee 5.00."""
    w.set_ladder(CHARGING)
    move = w.debt(c, 10000, 30)
    w.dun(27)
    w.pay(move, 4000, 10)
    w.dun()


@situation("three invoices at the second level: one fee", 306.26, lacks="fees and interest")
def fee_once(w, c):
    """3 x 100, of each 17 days 0.42, and 5.00 once."""
    w.set_ladder(CHARGING)
    for _number in range(3):
        w.debt(c, 100, 17)
    w.dun(14)
    w.dun()


@situation("principal paid after the second letter, a new invoice of 500 is late", 509.19, lacks="fees and interest")
def charges_survive(w, c):
    """500, and the 4.19 and 5.00 that he still owes."""
    w.set_ladder(CHARGING)
    move = w.debt(c, 1000, 22)
    w.dun(19)
    w.dun(5)
    w.pay(move)
    w.debt(c, 500, 3)
    w.dun()


# ---------------------------------------------------------------- what is left out


@situation("promised for tomorrow, all of it", 0, lacks="promises")
def promised(w, c):
    """Wait for it."""
    w.promise(w.debt(c, 1000, 5), 1000, -1)
    w.dun()


@situation("300 of 1,000 disputed", 700, lacks="disputes")
def disputed(w, c):
    """The rest is not in doubt."""
    w.dispute(w.debt(c, 1000, 5), 300)
    w.dun()


@situation("blocked until today", 0, lacks="blocks with an end")
def blocked(w, c):
    """The last day of the block counts."""
    w.debt(c, 1000, 5)
    w.block(c, 0)
    w.dun()


@situation("blocked until yesterday", 1000)
def block_over(w, c):
    """Nobody has to remember to lift it."""
    w.debt(c, 1000, 5)
    w.block(c, 1)
    w.dun()
