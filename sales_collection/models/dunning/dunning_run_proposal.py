from itertools import groupby
from operator import attrgetter

from odoo import models

from ...tools.interest import Principal, get_interest
from ...tools.levels import Claim, Proposal, ReachedLevels, deduct, drop_settled
from ...tools.rates import DIGITS, Rates


class DunningRun(models.Model):
    """From open items to proposed notices: who is asked for what, in the currencies of the items."""

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _get_proposals(self, items):
        """Return the notices that the items call for.

        :param items: `OpenItem`, sorted by customer
        :return: list of `levels.Proposal`, complete but for fees and totals
        """
        terms = self._get_policies()._get_terms()
        levels = {policy.id: ReachedLevels(policy.levels, self.date) for policy in terms.values()}
        proposals = []
        for partner_id, group in groupby(items, key=attrgetter("partner_id")):
            group = list(group)
            policy = terms[group[0].policy_id]
            claims = self._select_claims(group, levels[policy.id])
            if claims:
                proposal = Proposal(partner_id, policy, claims, self._get_pool(group, policy))
                self._set_position(proposal, group)
                proposals.append(proposal)
        return self._complete(proposals)

    def _select_claims(self, items, levels):
        """Return the claims of a customer; none where no item reaches a new level.

        :param levels: `ReachedLevels` of his policy
        """
        claims = [claim for item in items if (claim := self._get_claim(item, levels))]
        return claims if any(claim.is_new for claim in claims) else []

    def _get_claim(self, item, levels):
        """Return what is asked for of an item: at a new level, or once more when it is overdue and has been before."""
        if item.residual <= 0:
            return None
        level = levels.get_next(item)
        if level:
            return Claim(item, level.id, level.days, True, item.residual)
        if item.level_id and item.due < levels.date:
            return Claim(item, item.level_id, item.level_days, False, item.residual)
        return None

    def _get_pool(self, items, policy):
        """Return the open credits of a customer: ``{item id: [item, what is left, negative]}``."""
        return {item.id: [item, item.residual] for item in items if item.residual < 0} if policy.is_netting else {}

    def _set_position(self, proposal, items):
        """Note what the customer owes beside the claim, per currency."""
        claimed = {claim.item.id for claim in proposal.claims}
        balance, not_due, day = proposal.balance, proposal.not_due, self.date
        for item in items:
            currency, residual = item.currency_id, item.residual
            balance[currency] = balance.get(currency, 0.0) + residual
            if residual > 0 and item.due >= day and item.id not in claimed:
                not_due[currency] = not_due.get(currency, 0.0) + residual

    def _complete(self, proposals):
        """Leave out what is promised and disputed, deduct credits, charge interest; return the notices that remain."""
        rates = self._get_rates()
        self._leave_out_held(proposals, rates)
        remaining = [proposal for proposal in proposals if self._is_worth_asking(proposal, rates)]
        self._charge_interest(remaining, rates)
        return remaining

    def _get_rates(self):
        """Return the `Rates` of the run: those of its company on its day."""
        return Rates(self.company_id, self.date)

    def _leave_out_held(self, proposals, rates):
        """Take promised and disputed parts out of the claims; what is disputed bears no interest meanwhile."""
        items = self.env["account.move.line"].browse(
            [claim.item.id for proposal in proposals for claim in proposal.claims]
        )
        promised = self.env["payment.promise"]._get_held_amounts(items, self.date)
        disputed = self.env["dunning.dispute"]._get_disputed_amounts(items, self.date)
        for proposal in proposals:
            for claim in proposal.claims:
                item = claim.item
                claim.interest_base = item.residual
                if item.id not in promised and item.id not in disputed:
                    continue
                claim.interest_base = max(item.residual - disputed.get(item.id, 0.0), 0.0)
                claim.held = min(promised.get(item.id, 0.0) + disputed.get(item.id, 0.0), item.residual)
                claim.amount = rates.round(item.currency_id, item.residual - claim.held)
            proposal.claims = [claim for claim in proposal.claims if claim.amount > 0]

    def _is_worth_asking(self, proposal, rates):
        """Deduct the credits and tell whether what is left reaches the minimum of the notice's level."""
        deduct(proposal)
        if not drop_settled(proposal, rates.is_zero):
            return False
        total = rates.get_sum(proposal.get_sums().items(), proposal.policy.currency_id)
        return round(total - proposal.level.min_amount, DIGITS) >= 0

    def _charge_interest(self, proposals, rates):
        """Set the interest of the items that reach a level with interest: from the day last charged to the run's."""
        claims = [pair for proposal in proposals for pair in self._get_bearing_claims(proposal)]
        payments = self._get_payments([claim.item.id for claim, _terms in claims]) if claims else {}
        for claim, terms in claims:
            item = claim.item
            claim.interest_from = max(item.interest_date or item.due, item.due)
            claim.interest_to = self.date
            principal = Principal(claim.interest_base, payments.get(item.id, []))
            interest = get_interest(principal, claim.interest_from, claim.interest_to, terms)
            claim.interest = rates.round(item.currency_id, interest)
        for proposal in proposals:
            if proposal.level.interest_tax_ids:
                self._tax_interest(proposal)

    def _tax_interest(self, proposal):
        """Add the taxes of the interest: what a notice claims is what an invoice for it would say."""
        level = self.env["dunning.level"].browse(proposal.level.id)
        for claim in proposal.claims:
            currency = self.env["res.currency"].browse(claim.item.currency_id)
            claim.interest = level._get_interest_total(claim.interest, currency)

    def _get_bearing_claims(self, proposal):
        """Return (claim, `InterestTerms`); charges of our own bear no interest."""
        terms = {level.id: level.interest for level in proposal.policy.levels if level.interest}
        return [
            (claim, terms[claim.level_id])
            for claim in proposal.claims
            if claim.is_new and claim.level_id in terms and not claim.item.is_charge and claim.item.due < self.date
        ]
