from odoo import models
from odoo.tools import SQL

from ...tools.interest import Principal, get_interest
from ...tools.levels import spread_credits


class DunningRun(models.Model):
    """The interest of proposed notices: on what was open of the items, less what the customer had paid or was granted.

    Each kind of data is read by one statement, whatever the number of customers.
    """

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _charge_interest(self, proposals, rates):
        """Set the interest of the items that reach a level with interest: from the day last charged to the run's."""
        claims = [pair for proposal in proposals for pair in self._get_bearing_claims(proposal)]
        payments = self._get_payments([claim.item.id for claim, _terms in claims]) if claims else {}
        credits = self._get_open_credits(proposals) if claims else {}
        for claim, terms in claims:
            item = claim.item
            claim.interest_from = max(item.interest_date or item.due, item.due)
            claim.interest_to = self.date
            received = credits.get(item.id, [])
            left = claim.interest_base - sum(amount for _day, amount in received)
            principal = Principal(left, payments.get(item.id, []) + received)
            interest = get_interest(principal, claim.interest_from, claim.interest_to, terms)
            claim.interest = rates.round(item.currency_id, interest)
        for proposal in proposals:
            if proposal.charge_level.interest_tax_ids:
                self._tax_interest(proposal)

    def _set_positions(self, proposals):
        """Set the fiscal positions of the customers whose charges are taxed."""
        levels = {p.charge_level.id: p.charge_level for p in proposals}
        taxed = {level.id for level in levels.values() if level.fee_tax_ids or level.interest_tax_ids}
        proposals = [proposal for proposal in proposals if proposal.charge_level.id in taxed]
        partners = self.env["res.partner"].browse({proposal.partner_id for proposal in proposals})
        positions = partners._get_dunning_positions(self.company_id)
        for proposal in proposals:
            proposal.position_id = positions[proposal.partner_id].id

    def _tax_interest(self, proposal):
        """Add the taxes of the interest: what a notice claims is what an invoice for it would say."""
        level = self.env["dunning.level"].browse(proposal.charge_level.id)
        position = self.env["account.fiscal.position"].browse(proposal.position_id)
        taxes = level._get_charge_taxes("interest", position)
        for claim in proposal.claims:
            currency = self.env["res.currency"].browse(claim.item.currency_id)
            claim.interest = level._get_charge_total(claim.interest, taxes, currency)

    def _get_bearing_claims(self, proposal):
        """Return (claim, `InterestTerms`); charges of our own bear no interest."""
        terms = {level.id: level.interest for level in proposal.policy.levels if level.interest}
        return [
            (claim, terms[claim.level_id])
            for claim in proposal.claims
            if claim.is_new and claim.level_id in terms and claim.item.due < self.date
        ]

    def _get_open_credits(self, proposals):
        """Return what the customers have paid or were credited, and nobody has allocated: it lowers the principal from
        its day on, as if it were allocated to what is due first.

        :return: ``{item id: [(day, amount)]}``
        """
        found = {}
        for proposal in proposals:
            if proposal.pool or proposal.credits:
                found |= spread_credits(proposal)
        return found

    def _get_payments(self, item_ids):
        """Return what was paid of items, in their currency.

        The day is that of the counterpart (payment, credit note), but not before the item was due.

        :return: ``{item id: [(day, amount)]}``
        """
        payments = {}
        query = """
            SELECT debit.id, GREATEST(credit.date, COALESCE(debit.date_maturity, debit.date)),
                   SUM(partial.debit_amount_currency)::float
              FROM account_partial_reconcile partial
              JOIN account_move_line debit ON debit.id = partial.debit_move_id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
             WHERE partial.debit_move_id = ANY(%s) AND credit.parent_state = 'posted'
          GROUP BY 1, 2
        """
        for item_id, day, amount in self.env.execute_query(SQL(query, list(item_ids))):
            payments.setdefault(item_id, []).append((day, amount))
        self._drop_granted(payments)
        return payments

    def _drop_granted(self, payments):
        """Take the credit notes for accepted disputes out of what was paid: the customer never owed that."""
        # Superuser: what was granted is the same, whoever computes a run.
        accepted = (
            self.env["dunning.dispute"]
            .sudo()
            ._read_group(
                [("company_id", "=", self.company_id.id), ("state", "=", "accepted")],
                ["move_line_id"],
                ["amount:sum", "settlement_mark:min"],
            )
        )
        left = {item.id: amount for item, amount, _mark in accepted if item.id in payments}
        marks = {item.id: mark for item, _amount, mark in accepted}
        for one in self.env["account.partial.reconcile"]._get_settlements(self.env["account.move.line"].browse(left)):
            if one.kind == "credit_note" and one.id > marks[one.item]:
                taken = min(one.amount, left[one.item])
                left[one.item] -= taken
                payments[one.item].append((one.date, -taken))
