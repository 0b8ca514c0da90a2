from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

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
        for charge in self:
            charge.amount_open = charge.amount if charge.state == "claimed" else 0.0
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
        charges._reverse_invoices(self.env._("Waived"))
        charges.state = "waived"
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
                charges._follow_invoice(invoice)
            invoices._post(soft=False)

    def _group_companies(self, groups):
        companies = {}
        for charges in groups:
            companies.setdefault(charges.company_id, []).append(charges)
        return companies.items()

    def _follow_invoice(self, invoice):
        """Take over what the invoice says: an interest product with taxes adds them."""
        for charge, line in zip(self, invoice.invoice_line_ids.sorted("sequence"), strict=True):
            charge.amount = line.price_total

    def _prepare_invoice(self):
        """Return the values of the invoice of charges of one notice and currency: due at once."""
        notice = self.notice_id
        return {
            "move_type": "out_invoice",
            "partner_id": notice.partner_id.id,
            "currency_id": self.currency_id.id,
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
        level = self.notice_id.level_id
        product = level.fee_product_id if self.kind == "fee" else level._get_interest_product()
        if not product:
            raise UserError(
                self.env._(
                    "The charge cannot be booked: set the fee product and the interest product of the level %s.",
                    level.display_name,
                )
            )
        taxes = level._get_fee_taxes() if self.kind == "fee" else level._get_interest_taxes()
        return {
            "sequence": sequence,
            "product_id": product.id,
            "name": self._get_invoice_text(product),
            "quantity": 1,
            "price_unit": self._get_untaxed_amount(),
            "tax_ids": [fields.Command.set(taxes.ids)],
        }

    def _get_invoice_text(self, product):
        """Return what the invoice says of the charge, in the customer's language."""
        product = product.with_context(lang=self.partner_id.lang)
        if self.kind == "fee":
            return f"{product.name}: {self.notice_id.name or ''}"
        return f"{product.name}: {self.name or ''}"

    def _release_invoices(self):
        """Take the booking of charges back, whose invoices are deleted: they are claimed again, as before it."""
        charges = self.filtered(lambda charge: charge.state == "booked")
        for (notice, invoice), group in charges.grouped(lambda charge: (charge.notice_id, charge.move_id)).items():
            total = group.currency_id.format(sum(group.mapped("amount")))
            body = self.env._(
                "%(invoice)s deleted: %(total)s claimed again.", invoice=invoice.display_name, total=total
            )
            notice._message_log(body=body)
        charges.write({"state": "claimed", "move_id": False})

    def _get_untaxed_amount(self):
        """Return what the invoice line is made of: the fee or the interest without its taxes."""
        notice = self.notice_id
        if self.kind == "interest":
            return notice.level_id._get_interest_without_taxes(self.amount, self.currency_id)
        source = notice.policy_id.currency_id
        return source._convert(notice.level_id.fee_amount, self.currency_id, self.company_id, notice.date)

    def _cancel(self):
        """Take charges back with their notice: claimed ones are cancelled, booked ones reversed."""
        charges = self.filtered(lambda charge: charge.state in ("claimed", "booked"))
        charges._reverse_invoices(self.env._("Notice cancelled"))
        charges.state = "cancelled"

    def _reverse_invoices(self, reason):
        """Reverse the invoices of booked charges by credit notes: whole ones, drafts are cancelled."""
        moves = self.filtered(lambda charge: charge.state == "booked").move_id
        self._check_whole(moves)
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
