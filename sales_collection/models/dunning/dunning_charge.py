from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools.groups import MANAGER
from ...tools.interest import allocate

KINDS = ("fee", "interest")
BOOKERS = (MANAGER, "account.group_account_invoice")


class DunningCharge(models.Model):
    """A fee or interest that a notice charges: claimed only, or booked as an invoice. It outlives the principal."""

    _name = "dunning.charge"
    _description = "Dunning Charge"
    _order = "date desc, id desc"

    notice_id = fields.Many2one(
        "dunning.notice", "Notice", required=True, readonly=True, ondelete="restrict", index=True
    )
    level_id = fields.Many2one(related="notice_id.level_id")
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", "Company", required=True, readonly=True, index=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        "Journal Item",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="For interest: the item on which it is charged.",
    )
    name = fields.Char("On Document", readonly=True)
    kind = fields.Selection([("fee", "Fee"), ("interest", "Interest")], string="Type", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", "Currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="Taxes included.")
    taxes = fields.Json(readonly=True, help="Of the amount, when it was claimed: it is booked as it was claimed.")
    state = fields.Selection(
        [("claimed", "Claimed"), ("booked", "Booked"), ("waived", "Waived"), ("cancelled", "Cancelled")],
        string="Status",
        required=True,
        readonly=True,
        default="claimed",
        index=True,
    )
    move_id = fields.Many2one("account.move", "Invoice", readonly=True, index="btree_not_null")
    amount_open = fields.Monetary("Open", compute="_compute_amount_open", help="Not paid, waived or cancelled.")
    is_paid = fields.Boolean("Paid", compute="_compute_amount_open")

    @api.depends("state", "amount", "move_id.amount_residual", "move_id.payment_state")
    def _compute_amount_open(self):
        claimed = self._get_claimed()
        for charge in self:
            charge.amount_open = charge.amount if charge in claimed else 0.0
            charge.is_paid = False
        for move, charges in self.filtered(lambda charge: charge.state == "booked").grouped("move_id").items():
            charges._set_booked_amounts(move)

    def _set_booked_amounts(self, move):
        """Set what is open of charges of one invoice: what was paid of it went to costs first, then to interest."""
        # superuser: collectors need not read invoices to see what is paid
        move = move.sudo()
        siblings = self.sudo().search([("move_id", "=", move.id), ("state", "=", "booked")], order="id")
        booked = {kind: sum(siblings.filtered(lambda c, k=kind: c.kind == k).mapped("amount")) for kind in KINDS}
        paid = allocate(move.amount_total - move.amount_residual, booked)
        for kind in KINDS:
            left = paid[kind]
            for charge in siblings.filtered(lambda c, k=kind: c.kind == k):
                taken = min(left, charge.amount)
                left -= taken
                if charge in self:
                    own = self.browse(charge.id)
                    own.amount_open = charge.currency_id.round(charge.amount - taken)
                    own.is_paid = not own.amount_open and move.payment_state != "reversed"

    # Actions

    def action_waive(self):
        """Give up charges: claimed ones are asked for no more, booked ones are reversed by a credit note. For managers."""
        self.env["dunning.run"]._check_rights(MANAGER)
        self.check_access("read")
        # superuser: charges are history that nobody writes by hand
        charges = self.sudo()
        charges._check_open()
        charges._take_back("waived", self.env._("Waived"))
        for notice, records in charges.grouped("notice_id").items():
            total = ", ".join(f"{charge.currency_id.format(charge.amount)}" for charge in records)
            notice._message_log(body=self.env._("%(user)s waived %(total)s.", user=self.env.user.name, total=total))

    def action_book(self):
        """Invoice claimed charges. For managers, and for accountants who may make invoices.

        :raises UserError: where a level has no product for the fee or the interest
        """
        self._check_bookers()
        # superuser: charges are history that nobody writes by hand
        charges = self.sudo()
        if charges.filtered(lambda charge: charge.state != "claimed"):
            raise UserError(self.env._("Only claimed charges can be booked: remove the others from the selection."))
        charges._book()

    def action_view_invoice(self):
        """Open the invoice of a charge."""
        self.ensure_one()
        return self.move_id._get_records_action()

    def _check_bookers(self):
        self.check_access("read")
        if not self.env.su and not any(self.env.user.has_group(group) for group in BOOKERS):
            raise AccessError(self.env._("Only collection managers and accountants can book charges."))

    def _check_open(self):
        if self.filtered(lambda charge: charge.state not in ("claimed", "booked") or charge.is_paid):
            raise UserError(self.env._("Only charges that are claimed or booked, and not paid, can be waived."))

    # Business methods

    def _book(self):
        """Make and post one invoice per notice and currency; the charges become booked."""
        groups = list(self.grouped(lambda charge: (charge.notice_id, charge.currency_id)).values())
        for company, parts in self._group_companies(groups):
            moves = self.env["account.move"].with_company(company)
            invoices = moves.create([charges._prepare_invoice() for charges in parts])
            for charges, invoice in zip(parts, invoices, strict=True):
                charges.write({"state": "booked", "move_id": invoice.id})
                charges._match_total(invoice)
            invoices._post(soft=False)

    def _group_companies(self, groups):
        companies = {}
        for charges in groups:
            companies.setdefault(charges.company_id, []).append(charges)
        return companies.items()

    def _match_total(self, invoice):
        """Make the total of an invoice what was claimed: its taxes may be rounded in another way than the notice's."""
        difference = self.currency_id.round(sum(self.mapped("amount")) - invoice.amount_total)
        if not difference:
            return
        taxes = invoice.line_ids.filtered("tax_line_id").sorted(lambda line: abs(line.amount_currency))[-1:]
        if taxes:
            changed = {"amount_currency": taxes.amount_currency - difference}
            invoice.write({"line_ids": [fields.Command.update(taxes.id, changed)]})
        else:
            invoice.invoice_line_ids[-1:].price_unit += difference

    @api.model
    def _get_claimed_condition(self):
        """Return the condition on a ``charge`` that is still claimed.

        Nothing is claimed of what was taken back as a whole: interest on an invoice that is fully reversed, and the fee
        of a notice all of whose items are.
        """
        self.env["account.move"].flush_model(["payment_state"])
        return SQL(
            """
            charge.state = 'claimed' AND EXISTS (
                SELECT FROM dunning_notice_line line
             LEFT JOIN account_move_line item ON item.id = line.move_line_id
             LEFT JOIN account_move move ON move.id = item.move_id
                 WHERE line.notice_id = charge.notice_id AND line.is_new_level
                   AND (charge.move_line_id IS NULL OR line.move_line_id = charge.move_line_id)
                   AND move.payment_state IS DISTINCT FROM 'reversed'
            )
            """
        )

    def _get_claimed(self):
        """Return those of these charges that are still claimed."""
        self.flush_model(["state", "notice_id", "move_line_id"])
        query = SQL(
            "SELECT id FROM dunning_charge charge WHERE id = ANY(%s) AND %s", self.ids, self._get_claimed_condition()
        )
        return self.browse(row[0] for row in self.env.execute_query(query))

    def _prepare_invoice(self):
        """Return the values of the invoice of charges of one notice and currency: due at once."""
        notice = self.notice_id
        return {
            "move_type": "out_invoice",
            "partner_id": notice.partner_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": notice.partner_id._get_dunning_positions(self.company_id)[notice.partner_id.id].id,
            "invoice_date": notice.date,
            "invoice_date_due": notice.date,
            "invoice_payment_term_id": False,
            "invoice_origin": notice.name,
            "invoice_line_ids": [
                fields.Command.create(charge._prepare_invoice_line(sequence)) for sequence, charge in enumerate(self)
            ],
        }

    def _prepare_invoice_line(self, sequence):
        """Return the values of the invoice line of a charge; its taxes are those that the notice showed."""
        self.ensure_one()
        level = self.notice_id._get_charge_level()
        product = level._get_charge_product(self.kind)
        if not product:
            raise UserError(
                self.env._(
                    "The charge cannot be booked: set the fee product and the interest product of the level %s.",
                    level.display_name,
                )
            )
        taxes = self._get_taxes()
        return {
            "sequence": sequence,
            "product_id": product.id,
            "name": self._get_invoice_text(product),
            "quantity": 1,
            "price_unit": level._get_charge_base(self.amount, taxes, self.currency_id),
            "tax_ids": [fields.Command.set(taxes.ids)],
        }

    def _get_taxes(self):
        """Return the taxes that the amount was claimed with."""
        if self.taxes:
            return self.env["account.tax"].browse(self.taxes["ids"]).exists()
        # Claimed before they were kept: as the level says.
        return self.notice_id._get_charge_taxes()[self.notice_id, self.kind]

    def _get_invoice_text(self, product):
        """Return what the invoice says of the charge, in the customer's language."""
        product = product.with_context(lang=self.partner_id.lang)
        if self.kind == "fee":
            return f"{product.name}: {self.notice_id.name or ''}"
        return f"{product.name}: {self.name or ''}"

    def _release_invoices(self, message):
        """Take the booking of charges back, whose invoices are no more: they are claimed again, as before it.

        :param message: what became of the ``%(invoice)s`` and of the ``%(total)s``
        """
        charges = self.filtered(lambda charge: charge.state == "booked")
        for (notice, invoice), group in charges.grouped(lambda charge: (charge.notice_id, charge.move_id)).items():
            total = group.currency_id.format(sum(group.mapped("amount")))
            notice._message_log(body=message % {"invoice": invoice.display_name, "total": total})
        charges.state = "claimed"

    def _book_again(self):
        """Have charges follow their cancelled invoices that come to life again: they are booked, unless decided otherwise."""
        self.filtered(lambda charge: charge.state == "claimed").state = "booked"

    def _cancel(self):
        """Take charges back with their notice: claimed ones are cancelled, booked ones reversed."""
        charges = self.filtered(lambda charge: charge.state in ("claimed", "booked"))
        charges._take_back("cancelled", self.env._("Notice cancelled"))

    def _take_back(self, state, reason):
        """Set the state of charges that are asked for no more, and reverse the invoices of booked ones.

        Invoices are reversed as a whole, by credit notes; drafts are cancelled.
        """
        moves = self.filtered(lambda charge: charge.state == "booked").move_id
        self._check_whole(moves)
        # before the invoices go: what they book is decided
        self.state = state
        moves.filtered(lambda move: move.state == "draft").button_cancel()
        for company, posted in moves.filtered(lambda move: move.state == "posted").grouped("company_id").items():
            open_moves = posted.filtered(lambda move: move.payment_state != "reversed").with_company(company)
            today = company._get_today()
            values = [{"ref": reason, "date": today, "invoice_date": today} for _move in open_moves]
            open_moves._reverse_moves(values, cancel=True)

    def _check_whole(self, moves):
        """Raise where an invoice has charges beside these: a credit note takes all of it back."""
        others = moves and self.search(
            [("move_id", "in", moves.ids), ("state", "=", "booked"), ("id", "not in", self.ids)]
        )
        if others:
            raise UserError(
                self.env._(
                    "%s has other charges as well. Select all charges of the invoice, or create a credit note manually.",
                    ", ".join(others.move_id.mapped("name")),
                )
            )
