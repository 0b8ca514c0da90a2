from itertools import groupby

from odoo import models
from odoo.tools import float_round

from .dunning_kernel import Claim, Proposal, deduct, drop_settled, get_next_level
from .interest_kernel import Principal, get_interest


class DunningRun(models.Model):
    """From open items to proposed notices: who is asked for what, in the currencies of the items."""

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _get_proposals(self, items):
        """Return the notices that the items call for.

        :param items: `OpenItem`, sorted by customer
        :return: list of `dunning_kernel.Proposal`, complete but for fees and totals
        """
        terms = self._get_policies()._get_terms()
        proposals = []
        for partner_id, group in groupby(items, key=lambda item: item.partner_id):
            group = list(group)
            policy = terms[group[0].policy_id]
            claims = self._select_claims(group, policy.levels, self.date)
            if claims:
                proposal = Proposal(partner_id, policy, claims, self._get_pool(group, policy))
                self._set_position(proposal, group)
                proposals.append(proposal)
        return self._complete(proposals)

    def _select_claims(self, items, levels, day):
        """Return the claims of a customer; none where no item reaches a new level."""
        claims = [claim for item in items if (claim := self._get_claim(item, levels, day))]
        return claims if any(claim.is_new for claim in claims) else []

    def _get_claim(self, item, levels, day):
        """Return what is asked for of an item: at a new level, or once more when it is overdue and has been before."""
        if item.residual <= 0:
            return None
        days_late = (day - item.due).days
        elapsed = (day - item.last_date).days if item.last_date else None
        level = get_next_level(levels, days_late, item.level_days, elapsed)
        if level:
            return Claim(item, level.id, level.days, True, item.residual)
        if item.level_id and days_late > 0:
            return Claim(item, item.level_id, item.level_days, False, item.residual)
        return None

    def _get_pool(self, items, policy):
        """Return the open credits of a customer: ``{item id: [item, what is left, negative]}``."""
        return {item.id: [item, item.residual] for item in items if item.residual < 0} if policy.is_netting else {}

    def _set_position(self, proposal, items):
        """Note what the customer owes beside the claim, per currency."""
        claimed = {claim.item.id for claim in proposal.claims}
        for item in items:
            currency = item.currency_id
            proposal.balance[currency] = proposal.balance.get(currency, 0.0) + item.residual
            if item.residual > 0 and item.due >= self.date and item.id not in claimed:
                proposal.not_due[currency] = proposal.not_due.get(currency, 0.0) + item.residual

    def _complete(self, proposals):
        """Leave out what is promised and disputed, deduct credits, charge interest; return the notices that remain."""
        self._leave_out_held(proposals)
        remaining = [proposal for proposal in proposals if self._is_worth_asking(proposal)]
        self._charge_interest(remaining)
        return remaining

    def _leave_out_held(self, proposals):
        """Take promised and disputed parts out of the claims; what is disputed bears no interest meanwhile."""
        items = self.env["account.move.line"].browse(
            [claim.item.id for proposal in proposals for claim in proposal.claims]
        )
        promised = self.env["payment.promise"]._get_held_amounts(items, self.date)
        disputed = self.env["dunning.dispute"]._get_disputed_amounts(items, self.date)
        rounding = self._get_currency_rounding()
        for proposal in proposals:
            for claim in proposal.claims:
                item = claim.item
                claim.interest_base = item.residual
                if item.id not in promised and item.id not in disputed:
                    continue
                claim.interest_base = max(item.residual - disputed.get(item.id, 0.0), 0.0)
                claim.held = min(promised.get(item.id, 0.0) + disputed.get(item.id, 0.0), item.residual)
                claim.amount = rounding(item.currency_id, item.residual - claim.held)
            proposal.claims = [claim for claim in proposal.claims if claim.amount > 0]

    def _is_worth_asking(self, proposal):
        """Deduct the credits and tell whether what is left reaches the minimum of the notice's level."""
        rounding = self._get_currency_rounding()
        deduct(proposal)
        if not drop_settled(proposal, lambda currency, amount: not rounding(currency, amount)):
            return False
        currency = self.env["res.currency"].browse(proposal.policy.currency_id)
        total = sum(self._convert_amount(amount, key, currency) for key, amount in proposal.get_sums().items())
        return currency.compare_amounts(total, proposal.level.min_amount) >= 0

    def _charge_interest(self, proposals):
        """Set the interest of the items that reach a level with interest: from the day last charged to the run's."""
        claims = [pair for proposal in proposals for pair in self._get_bearing_claims(proposal)]
        payments = self._get_payments([claim.item.id for claim, _terms in claims]) if claims else {}
        rounding = self._get_currency_rounding()
        for claim, terms in claims:
            item = claim.item
            claim.interest_from = max(item.interest_date or item.due, item.due)
            claim.interest_to = self.date
            principal = Principal(claim.interest_base, payments.get(item.id, []))
            interest = get_interest(principal, claim.interest_from, claim.interest_to, terms)
            claim.interest = rounding(item.currency_id, interest)

    def _get_bearing_claims(self, proposal):
        """Return (claim, `InterestTerms`); charges of our own bear no interest."""
        terms = {level.id: level.interest for level in proposal.policy.levels if level.interest}
        return [
            (claim, terms[claim.level_id])
            for claim in proposal.claims
            if claim.is_new and claim.level_id in terms and not claim.item.is_charge and claim.item.due < self.date
        ]

    def _get_currency_rounding(self):
        """Return a function (currency id, amount) that rounds."""
        digits = {}

        def rounding(currency_id, amount):
            if currency_id not in digits:
                digits[currency_id] = self.env["res.currency"].browse(currency_id).rounding
            return float_round(amount, precision_rounding=digits[currency_id])

        return rounding

    def _convert_amount(self, amount, currency_id, currency):
        """Return an amount of a currency (by id) in another one, at the rate of the run's date, rounded; what needs no
        conversion is returned as it is."""
        if currency_id == currency.id:
            return amount
        source = self.env["res.currency"].browse(currency_id)
        return source._convert(amount, currency, self.company_id, self.date)
