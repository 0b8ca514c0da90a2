from odoo import models

from ...tools.interest import match_receipts


class ResPartner(models.Model):
    """Open receipts and credit notes of a customer go to what he owes."""

    _name = "res.partner"
    _inherit = "res.partner"

    def action_allocate_receipts(self):
        """Allocate the open receipts of customers in the current company. For collection managers and accountants."""
        self.env["dunning.charge"].browse()._check_bookers()
        self.check_access("read")
        # superuser: collection managers need no accounting rights
        self.sudo()._allocate_receipts(self.env.company)

    def _allocate_receipts(self, company):
        """Reconcile open credits with charges and what is due, in the order that the customer's policy says: the oldest
        first, inside a currency and an account, parts of items too. Claimed charges are booked when it is their turn.
        """
        for partner in self.commercial_partner_id.with_company(company):
            policy = partner.dunning_policy_id or company.dunning_policy_id
            for kind in ("charge", "principal") if policy.allocation == "charges_first" else ("principal", "charge"):
                if kind == "charge" and partner._get_open_receipts(company):
                    partner._get_claimed_charges(company)._book()
                partner._match_receipts(company, kind)

    def _match_receipts(self, company, kind):
        """Reconcile the open credits with the debts of a kind: ``charge`` or ``principal``."""
        debts = self._get_open_debts(company, kind)
        for key, receipts in self._get_open_receipts(company).grouped(self._get_match_key).items():
            same = debts.filtered(lambda line, key=key: self._get_match_key(line) == key)
            pairs = match_receipts(
                [(line, -line.amount_residual_currency) for line in receipts],
                [(line, line.amount_residual_currency) for line in same],
            )
            for receipt, debt in pairs:
                (receipt + debt).reconcile()

    def _get_match_key(self, line):
        return (line.account_id, line.currency_id)

    def _get_open_receipts(self, company):
        """Return the open credits of a customer, the oldest first: receipts and credit notes."""
        self.ensure_one()
        lines = self.env["account.move.line"].search(self._get_open_domain(company), order="date, id")
        return lines.filtered(lambda line: line.amount_residual_currency < 0)

    def _get_open_debts(self, company, kind):
        """Return what a customer owes and is due, the oldest first: invoices for charges, or all others."""
        self.ensure_one()
        domain = [*self._get_open_domain(company), ("date_maturity", "<=", company._get_today())]
        lines = self.env["account.move.line"].search(domain, order="date_maturity, id")
        lines = lines.filtered(lambda line: line.amount_residual_currency > 0)
        invoices = self.env["dunning.charge"].search([("move_id", "in", lines.move_id.ids)]).move_id
        return lines.filtered(lambda line: (line.move_id in invoices) == (kind == "charge"))

    def _get_open_domain(self, company):
        return [
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("no_followup", "=", False),
            ("account_type", "=", "asset_receivable"),
            ("partner_id.commercial_partner_id", "=", self.id),
            ("date", "<=", company._get_today()),
        ]

    def _get_claimed_charges(self, company):
        """Return the charges of a customer that are claimed and not booked."""
        self.ensure_one()
        return self.env["dunning.charge"].search(
            [
                ("company_id", "=", company.id),
                ("partner_id.commercial_partner_id", "=", self.id),
                ("state", "=", "claimed"),
            ]
        )
