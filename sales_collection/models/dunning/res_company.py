from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = "res.company"

    dunning_policy_id = fields.Many2one(
        "dunning.policy",
        "Dunning Policy",
        check_company=True,
        ondelete="restrict",
        help="For customers without a policy of their own. Leave empty if these should not be dunned.",
        groups="base.group_user",
    )
