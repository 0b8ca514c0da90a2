from odoo import api, fields, models

READERS = "sales_team.group_sale_salesman,account.group_account_invoice,account.group_account_readonly,sales_collection.sales_collection_group_user"


class ResPartner(models.Model):
    """How a customer is dunned: one decision per commercial partner and company."""

    _name = "res.partner"
    _inherit = "res.partner"

    dunning_policy_id = fields.Many2one(
        "dunning.policy",
        "Dunning Policy",
        company_dependent=True,
        groups=READERS,
        help="Empty: the policy of the company.",
    )
    dunning_opt_out = fields.Boolean(
        "Never Dun", company_dependent=True, groups=READERS, help="This customer gets no dunning notices at all."
    )
    dunning_blocked_until = fields.Date(
        "No Dunning until", company_dependent=True, groups=READERS, help="Up to this day, included, nothing is dunned."
    )
    dunning_block_reason = fields.Char("Why Not Dunned", company_dependent=True, groups=READERS)
    dunning_contact_id = fields.Many2one(
        "res.partner",
        "Dunning Contact",
        company_dependent=True,
        groups=READERS,
        help="Who gets the notices. Empty: the invoice address.",
    )
    collector_id = fields.Many2one(
        "res.users",
        "Collector",
        company_dependent=True,
        groups=READERS,
        help="Who chases what the customer owes. Empty: the salesperson.",
    )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "dunning_policy_id",
            "dunning_opt_out",
            "dunning_blocked_until",
            "dunning_block_reason",
            "dunning_contact_id",
            "collector_id",
        ]
