from odoo import models

from ...tools.levels import Proposal


class DunningRun(models.Model):
    """Notices computed again, from what is open now."""

    _name = "dunning.run"
    _inherit = "dunning.run"

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
        for item in self._get_open_items(day, partners.ids, notices.ids):
            items.setdefault(item.partner_id, {})[item.id] = item
        pools = {}
        proposals = []
        for notice in notices:
            own = items.get(notice.partner_id.commercial_partner_id.id, {})
            policy = terms[notice.policy_id.id]
            pool = pools.setdefault((notice.partner_id.id, policy.id), self._get_pool(own.values(), policy))
            claims = [claim for line in notice.line_ids if (claim := line._get_current_claim(own))]
            proposal = Proposal(notice.partner_id.commercial_partner_id.id, policy, claims, pool, notice_id=notice.id)
            self._set_position(proposal, own.values())
            proposals.append(proposal)
        return proposals
