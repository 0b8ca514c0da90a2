from odoo import models


class DunningNotice(models.Model):
    """Receipts of the customer of a notice go to what he owes, in the order that the policy says."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    def action_allocate_receipts(self):
        """Allocate the open receipts of the customers of notices. See `res.partner._allocate_receipts`."""
        self.env["dunning.charge"].browse()._check_bookers()
        self.check_access("read")
        for company, notices in self.grouped("company_id").items():
            # superuser: collection managers need no accounting rights
            notices.sudo().partner_id._allocate_receipts(company)
