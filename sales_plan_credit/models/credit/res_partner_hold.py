from secrets import token_hex

from odoo import fields, models


class ResPartner(models.Model):
    """Holds of customers: each has a name of its own, and what reviewers release is one of them."""

    _name = "res.partner"
    _inherit = "res.partner"

    credit_hold_key = fields.Char(
        company_dependent=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Names the hold: what was released for one covers no later one, nor one for another reason.",
    )
    # === ACTION METHODS === #

    def action_credit_hold(self):
        """Put these customers on hold in the user's company; the reason is entered on the form.

        :raise AccessError: unless the user is a credit manager
        """
        self.commercial_partner_id.credit_on_hold = True

    def action_credit_release(self):
        """Release these customers, and forget why they were on hold.

        :raise AccessError: unless the user is a credit manager
        """
        self.commercial_partner_id.write({"credit_on_hold": False, "credit_hold_reason": False})

    # === BUSINESS METHODS === #

    def _get_holds(self):
        """Return the holds of these customers in the user's company: dict, customer -> reason, none without a hold."""
        # Superuser: whoever writes them reads them.
        return {partner: partner.credit_on_hold and (partner.credit_hold_reason or "") for partner in self.sudo()}

    def _rename_holds(self, before):
        """Give new names to the holds that have begun or changed their reason.

        :param dict before: as of `_get_holds`, before a write
        """
        after = self._get_holds() if before else {}
        changed = [partner for partner, hold in after.items() if hold is not False and hold != before[partner]]
        self.browse().concat(*changed)._name_hold()

    def _name_hold(self):
        """Give the holds of these customers a name that no hold has had; the releases of others end with that."""
        for partner in self.sudo():
            partner.credit_hold_key = token_hex(6)
