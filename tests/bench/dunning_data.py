"""Thousands of open receivable items with a fixed seed: documents made by the ORM, multiplied by SQL; see credit_data.py.

Each copy of a document is one open item, of an invoice in two instalments two, of a paid one none: those are the history
that a search for open items has to pass by. The documents are dealt out to the customers, or to their contacts. Days are
counted from `FIRST_RUN` days ago: the first run is of that day, the next one of today.
"""

from datetime import timedelta

from credit_data import STEP, Generator

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

# Of invoices: days overdue, and the least and the most of the amount in cents.
OVERDUE = [(days, 20000, 900000) for days in (2, 4, 9, 16, 25, 33, 48, 75, 130)]
NOT_DUE = [(-2, 20000, 900000), (-20, 20000, 900000)]
SMALL = [(12, 100, 700)]
EURO = [(11, 20000, 900000), (40, 20000, 900000)]
CONTACT = [(19, 20000, 900000)]
PART_PAID = [(14, 50000, 900000), (38, 50000, 900000)]
PAID = [(30, 20000, 900000), (90, 20000, 900000), (150, 20000, 900000)]
IN_TWO = (25, 50000, 900000)
CREDIT_NOTE = (20, 3000, 20000)
EURO_RATE = 0.8
FIRST_RUN = 15
WIDTH = 4  # journal items of a copy, at most


class DunningGenerator(Generator):
    """Fills the database of ``env`` with ``items`` open receivable items of ``customers``, each with a contact."""

    def __init__(self, env, customers, items):
        super().__init__(env, customers, 0, 0)
        self.items = items
        self.day = fields.Date.today() - timedelta(days=FIRST_RUN)

    def run(self):
        """Make everything; return the ids of the customers."""
        self._prepare_company()
        values = {"name": "Bench", "is_company": True, "email": "bench@example.com"}
        partner = self.env["res.partner"].create(values)
        contact = self.env["res.partner"].create({"name": "Bench Site", "parent_id": partner.id})
        kinds = self._create_documents(partner, contact)
        self.env.flush_all()
        self.copies = self._count_copies(kinds)
        self._skip_reference_checks()
        self._multiply_partners(partner)
        self._multiply_contacts(contact)
        for kind, entries in enumerate(kinds):
            self._multiply(kind, entries, SQL("generate_series(%s, %s, %s)", kind, self.copies - 1, len(kinds)))
        self.env.invalidate_all()
        return range(self.first_customer, self.first_customer + self.customers)

    # ---------------------------------------------------------------- documents to multiply

    def _prepare_company(self):
        super()._prepare_company()
        self.euro = self.env.ref("base.EUR")
        self.euro.active = True
        self.euro.rate_ids.unlink()
        rate = {"currency_id": self.euro.id, "company_id": self.company.id, "name": "2000-01-01", "rate": EURO_RATE}
        self.env["res.currency.rate"].create(rate)
        halves = [{"value": "percent", "value_amount": 50, "nb_days": days} for days in (0, 15)]
        term = {"name": "In two", "line_ids": [Command.create(half) for half in halves]}
        self.in_two = self.env["account.payment.term"].create(term)

    def _create_documents(self, partner, contact):
        """Return the kinds: of each its document, and the entry of its receipt where there is one."""
        kinds = [[self._create_invoice(partner, *spec)] for spec in OVERDUE + NOT_DUE + SMALL]
        kinds += [[self._create_invoice(partner, *spec, currency_id=self.euro.id)] for spec in EURO]
        kinds += [[self._create_invoice(contact, *spec)] for spec in CONTACT]
        kinds += [self._create_paid(partner, spec, 0.4) for spec in PART_PAID]
        kinds += [self._create_paid(partner, spec, 1) for spec in PAID]
        kinds.append([self._create_invoice(partner, *IN_TWO, invoice_payment_term_id=self.in_two.id)])
        kinds.append([self._create_invoice(partner, *CREDIT_NOTE, move_type="out_refund")])
        kinds.append([self._create_receipt(partner, self.random.randint(3000, 20000) / 100, 5)])
        return kinds

    def _create_invoice(self, partner, days, least, most, **values):
        """Return a posted document due ``days`` before the first run; with a payment term, its first instalment is."""
        due = self.day - timedelta(days=days)
        line = {"product_id": self.product.id, "quantity": 1, "price_unit": self.random.randint(least, most) / 113}
        values = {"move_type": "out_invoice", "invoice_payment_term_id": False, **values}
        if not values["invoice_payment_term_id"]:
            values["invoice_date_due"] = due
        values["invoice_date"] = min(due, self.day - timedelta(days=1))
        move = self.env["account.move"].create(
            {"partner_id": partner.id, "invoice_line_ids": [Command.create(line)], **values}
        )
        move.action_post()
        return move

    def _create_receipt(self, partner, amount, days):
        """Return the entry of a receipt of ``days`` before the first run that settles nothing."""
        journals = self.env["account.journal"]
        bank = journals.search([("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1)
        values = {"payment_type": "inbound", "partner_type": "customer", "partner_id": partner.id, "amount": amount}
        values |= {"journal_id": bank.id, "date": self.day - timedelta(days=days)}
        payment = self.env["account.payment"].create(values)
        payment.action_post()
        return payment.move_id

    def _create_paid(self, partner, spec, share):
        """Return an invoice, and the entry of the receipt that settles a share of it."""
        move = self._create_invoice(partner, *spec)
        receipt = self._create_receipt(partner, round(move.amount_total * share, 2), spec[0] // 2)
        self._get_receivable(move | receipt).reconcile()
        return [move, receipt]

    def _get_receivable(self, moves):
        return moves.line_ids.filtered(lambda item: item.account_type == "asset_receivable")

    def _count_copies(self, kinds):
        """Return how many copies have the open items that are wanted."""
        open_items = sum(
            len(self._get_receivable(move).filtered(lambda item: not item.reconciled))
            for entries in kinds
            for move in entries
        )
        return -(-self.items * len(kinds) // open_items)

    # ---------------------------------------------------------------- copies

    def _multiply_contacts(self, contact):
        self.first_contact = self._reserve("res_partner", self.customers)
        customer = SQL("%s + n", self.first_customer)
        series = SQL("generate_series(0, %s)", self.customers - 1)
        overrides = {"commercial_partner_id": customer, "parent_id": customer}
        self._copy(contact, series, self.first_contact, 1, overrides)

    def _multiply(self, kind, entries, series):
        """Copy the entries of a kind, and what settles the one with the other."""
        fulls = self._reserve("account_full_reconcile", self.copies)
        first = [
            self._copy_entry(move, series, SQL("%s || n", f"BENCH/{kind}/{number}/"), fulls)
            for number, move in enumerate(entries)
        ]
        full = entries[0].line_ids.full_reconcile_id
        if full:
            self._copy(full, series, fulls, 1, {})
        if len(entries) > 1:
            self._copy_settlement(entries, series, first, SQL("%s + n", fulls) if full else SQL("NULL"))

    def _copy_entry(self, move, series, name, fulls):
        """Copy an entry, its items and its payment; return the id of the first copy of the first item."""
        moves = self._reserve("account_move", self.copies)
        items = self._reserve("account_move_line", self.copies * WIDTH)
        entry = SQL("%s + n", moves)
        values = {"name": name, "sequence_number": SQL("n"), "access_token": SQL("NULL")}
        item_values = {"move_id": entry, "move_name": name, **self._get_matching(fulls)}
        if move.origin_payment_id:
            payments = self._reserve("account_payment", self.copies)
            values["origin_payment_id"] = item_values["payment_id"] = SQL("%s + n", payments)
            self._copy(move.origin_payment_id, series, payments, 1, {"name": name, "move_id": entry})
        if move.partner_id.parent_id:
            customer = SQL("(n::bigint * %s + n / %s) %% %s", STEP, self.customers, self.customers)
            values["partner_id"] = item_values["partner_id"] = SQL("%s + %s", self.first_contact, customer)
        self._copy(move, series, moves, 1, values)
        self._copy(move.line_ids, series, items, WIDTH, item_values)
        return items

    def _get_matching(self, fulls):
        """Return the columns that say which items settle each other, of copies."""
        number = SQL("CASE WHEN source.matching_number LIKE 'P%%' THEN 'P' ELSE '' END || %s + n", fulls)
        return {
            "full_reconcile_id": SQL("CASE WHEN source.full_reconcile_id IS NOT NULL THEN %s + n END", fulls),
            "matching_number": SQL("CASE WHEN source.matching_number IS NOT NULL THEN %s END", number),
        }

    def _copy_settlement(self, entries, series, first, full):
        """Copy the settlement of the first entry with the second."""
        partial = entries[0].line_ids.matched_credit_ids
        base = self._reserve("account_partial_reconcile", self.copies)
        offsets = [
            entries[0].line_ids.ids.index(partial.debit_move_id.id),
            entries[1].line_ids.ids.index(partial.credit_move_id.id),
        ]
        debit, credit = (SQL("%s + n * %s", item + at, WIDTH) for item, at in zip(first, offsets, strict=True))
        overrides = {"debit_move_id": debit, "credit_move_id": credit, "full_reconcile_id": full}
        self._copy(partial, series, base, 1, overrides)
