from itertools import groupby
from operator import attrgetter

from odoo import models

from ...tools.levels import Claim, Proposal, ReachedLevels, deduct, drop_settled, get_pool
from ...tools.rates import DIGITS, Rates


class DunningRun(models.Model):
    """From open items to proposed notices: who is asked for what, in the currencies of the items."""

    _name = "dunning.run"
    _inherit = "dunning.run"

    # === WHO IS ASKED FOR WHAT === #

    def _get_proposals(self, items, policies):
        """Return the notices that the items call for.

        :param items: `OpenItem`, sorted by customer
        :param policies: of the run
        :return: list of `levels.Proposal`, complete but for fees and totals
        """
        terms = policies._get_terms()
        levels = {policy.id: ReachedLevels(policy.levels, self.date) for policy in terms.values()}
        proposals = []
        for partner_id, group in groupby(items, key=attrgetter("partner_id")):
            group = list(group)
            policy = terms[group[0].policy_id]
            claims = self._select_claims(group, levels[policy.id])
            if claims:
                proposal = Proposal(partner_id, policy, claims, get_pool(group))
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
        if item.residual <= 0 or item.is_refund:
            return None
        if item.is_charge:
            return Claim(item, None, None, False, item.residual) if item.due <= levels.date else None
        level = levels.get_next(item)
        if level:
            return Claim(item, level.id, level.days, True, item.residual)
        if item.level_id and item.due < levels.date:
            return Claim(item, item.level_id, item.level_days, False, item.residual)
        return None

    def _set_position(self, proposal, items):
        """Note what the customer owes beside the claim, per currency."""
        claimed = {claim.item.id for claim in proposal.claims}
        balance, not_due, day = proposal.balance, proposal.not_due, self.date
        for item in items:
            currency, residual = item.currency_id, item.residual
            balance[currency] = balance.get(currency, 0.0) + residual
            if residual > 0 and not item.is_refund and item.due >= day and item.id not in claimed:
                not_due[currency] = not_due.get(currency, 0.0) + residual

    def _complete(self, proposals):
        """Leave out what is promised and disputed, deduct credits, charge interest; return the notices that remain."""
        rates = self._get_rates()
        self._leave_out_held(proposals, rates)
        remaining = [proposal for proposal in proposals if self._is_worth_asking(proposal, rates)]
        self._set_positions(remaining)
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
        promised = self.env["payment.promise"]._get_held_amounts(items, self.date, self.company_id)
        disputed = self.env["dunning.dispute"]._get_disputed_amounts(items, self.date, self.company_id)
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
        if proposal.policy.is_netting:
            deduct(proposal)
        if not drop_settled(proposal, rates.is_zero):
            return False
        total = rates.get_sum(proposal.get_sums().items(), proposal.policy.currency_id)
        return round(total - proposal.level.min_amount, DIGITS) >= 0

    # === COMPUTED AGAIN === #

    def _refresh_notices(self, notices):
        """Compute notices of the run again from what is open now; return those that remain."""
        self.ensure_one()
        proposals = self._complete(self._get_current_proposals(notices))
        if proposals:
            self._update_notices(proposals)
        return notices.browse([proposal.notice_id for proposal in proposals])

    def _get_current_proposals(self, notices):
        """Return the notices as `Proposal`, of the lines that are still open and still the customer's."""
        terms = notices.policy_id._get_terms()
        day = max(self.date, self.company_id._get_today())
        partners = notices.partner_id.commercial_partner_id
        items = {}
        for item in self._get_open_items(day, partner_ids=partners.ids, notice_ids=notices.ids):
            items.setdefault(item.partner_id, {})[item.id] = item
        pools = {}
        proposals = []
        for notice in notices:
            own = items.get(notice.partner_id.commercial_partner_id.id, {})
            policy = terms[notice.policy_id.id]
            pool = pools.setdefault((notice.partner_id.id, policy.id), get_pool(own.values()))
            claims = [claim for line in notice.line_ids if (claim := line._get_current_claim(own))]
            proposal = Proposal(notice.partner_id.commercial_partner_id.id, policy, claims, pool, notice_id=notice.id)
            self._set_position(proposal, own.values())
            proposals.append(proposal)
        return proposals
