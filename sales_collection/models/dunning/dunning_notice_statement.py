from odoo import models


class DunningNotice(models.Model):
    """What a notice says: the words and figures that its letter and its e-mail share."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    # === WORDS === #

    def _get_lang(self):
        """Return the language that the addressee is written in."""
        return self._get_addressee().lang or self.company_id.partner_id.lang or self.env.lang

    def _with_addressee(self):
        """Return the notice as its letter is written: in its company and in the language of the addressee."""
        return self.with_company(self.company_id).with_context(lang=self._get_lang())

    def _get_letter_kind(self):
        """Return which default text the level gets: soon_due, reminder, demand, final or legal."""
        if self.level_id.is_legal:
            return "legal"
        if self.level_id.days < 0:
            return "soon_due"
        ladder = self.policy_id.level_ids.filtered(lambda level: level.days >= 0 and not level.is_legal)
        ladder = ladder.sorted("days")
        if self.level_id == ladder[:1]:
            return "reminder"
        return "final" if self.level_id == ladder[-1:] else "demand"

    def _get_signatory(self):
        """Return the user whom the customer may ask."""
        return self.collector_id or self.user_id

    def _get_bank_account(self):
        """Return where to pay: the account that the claimed invoices name, or else the company's first."""
        accounts = self._get_claimed_invoices().partner_bank_id
        return accounts if len(accounts) == 1 else self.company_id.partner_id.bank_ids[:1]

    # === ADDRESSES === #

    def _get_recipient_lines(self):
        """Return the lines of the address window: company, person, address."""
        contact = self._get_addressee()
        names = [contact.commercial_company_name or contact.commercial_partner_id.name, contact.name]
        return [*dict.fromkeys(filter(None, names)), *self._get_address_lines(contact)]

    def _get_address_lines(self, partner):
        """Return the address of a partner, without names, as its country writes it."""
        return [row.strip() for row in partner._display_address(without_company=True).splitlines() if row.strip()]

    def _get_return_line(self):
        """Return the sender in one line, above the address in the window."""
        sender = self.company_id.partner_id
        return " · ".join([self.company_id.name, *self._get_address_lines(sender)])

    # === FIGURES === #

    def _get_statement(self):
        """Return the lines and sums per currency.

        :return: list of dictionaries: ``claims`` and ``credits`` (lines), and what `_get_currency_totals` says
        """
        lines = self.line_ids.sorted(lambda line: (line.date_maturity or line.notice_id.date, line.id))
        by_kind = lines.grouped(lambda line: (line.currency_id, line.kind))
        return [
            {
                **totals,
                "claims": by_kind.get((totals["currency"], "claim"), lines.browse()),
                "credits": by_kind.get((totals["currency"], "credit"), lines.browse()),
            }
            for totals in self._get_currency_totals()
        ]

    def _get_total_rows(self, totals):
        """Return the sums below the lines as (label, amount), without those that are zero; the claim comes last.

        :param totals: one of `_get_currency_totals`
        """
        rows = [
            (self.env._("Open items"), totals["principal"]),
            (self.env._("Open credits"), totals["credit"]),
            (self.env._("Interest"), totals["interest"]),
            (self.env._("Fee"), totals["fee"]),
            (self.env._("Charges of earlier notices"), totals["previous"]),
        ]
        rows = [(label, amount) for label, amount in rows if not totals["currency"].is_zero(amount)]
        claim = (self.env._("Amount claimed"), totals["total"])
        return [*rows, claim] if len(rows) > 1 else [claim]

    def _get_contract_numbers(self):
        """Return ``{invoice: the numbers of its contracts, or else of its orders}``, of all documents of the notice."""
        return {invoice: self._get_contract_number(invoice) for invoice in self.line_ids.move_id}

    def _get_contract_number(self, invoice):
        orders = invoice.line_ids.sale_line_ids.order_id
        numbers = [order.contract_number or order.client_order_ref or order.name for order in orders]
        return ", ".join(dict.fromkeys(numbers)) or invoice.ref or ""
