from odoo import fields, models


class DunningPolicy(models.Model):
    """How a company asks for its money: an ordered ladder of levels."""

    _name = "dunning.policy"
    _description = "Dunning Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        "Currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of the minimum amounts and the fees.",
    )
    is_netting = fields.Boolean(
        "Net Open Credits",
        default=True,
        tracking=True,
        help="Open credit notes and receipts not yet allocated are deducted from what is claimed.",
    )
    allocation = fields.Selection(
        [
            ("charges_first", "Costs, then interest, then principal"),
            ("principal_first", "Principal, then interest, then costs"),
        ],
        "Receipts Go to",
        required=True,
        default="principal_first",
        tracking=True,
    )
    level_ids = fields.One2many("dunning.level", "policy_id", "Levels", copy=True)
