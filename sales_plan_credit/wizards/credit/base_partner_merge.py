from markupsafe import Markup

from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let what is kept of the merged customers name the one that stays; what was granted to them ends."""
        self._revoke_adjustments(src_partners, dst_partner)
        self.env.flush_all()
        # Core moves them past the ORM: two claims of one payer would meet.
        self.env.cr.execute(SQL("DELETE FROM credit_claim WHERE partner_id IN %s", tuple(src_partners.ids)))
        self._rename_confirmations(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["sale.order"]._queue_credit_recheck(dst_partner.commercial_partner_id)
        return result

    @api.model
    def _revoke_adjustments(self, src_partners, dst_partner):
        """Revoke what is granted to the merged customers, and say so: the one that stays was granted its own."""
        # Superuser: who may not set it does not get so far where there is any.
        granted = self.env["credit.limit.adjustment"].sudo()
        granted = granted.search([("partner_id", "in", src_partners.ids), ("state", "=", "granted")])
        if granted:
            granted.state = "revoked"
            text = self.env._("Limit adjustments revoked with the merged customers; grant those that shall hold again:")
            items = Markup().join(Markup("<li>%s</li>") % adjustment.reason for adjustment in granted)
            body = Markup("<p>%s</p><ul>%s</ul>") % (text, items)
            dst_partner.sudo().message_post(body=body, author_id=self.env.user.partner_id.id)

    @api.model
    def _rename_confirmations(self, src_partners, dst_partner):
        """Let what orders keep of their last judgement name the payer that stays."""
        for path in ("{payer}", "{accepted,0}"):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE sale_order SET credit_confirmation = jsonb_set(credit_confirmation, %(path)s, %(kept)s::jsonb)
                    WHERE credit_confirmation #>> %(path)s IN %(merged)s
                    """,
                    path=path,
                    kept=str(dst_partner.id),
                    merged=tuple(str(partner.id) for partner in src_partners),
                )
            )
