import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.levels import Policy


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
        help="Currency of the minimum amounts and the fees.",
    )
    is_netting = fields.Boolean(
        "Deduct Open Credits",
        default=True,
        tracking=True,
        help="Open credit notes and receipts not yet allocated are deducted from what is claimed.",
    )
    allocation = fields.Selection(
        [
            ("charges_first", "Costs, then interest, then principal"),
            ("principal_first", "Principal, then interest, then costs"),
        ],
        "Allocation Order",
        required=True,
        default="principal_first",
        tracking=True,
    )
    level_ids = fields.One2many("dunning.level", "policy_id", "Levels", copy=True)

    def write(self, vals):
        """A policy keeps its company; its terms do not change while approved notices wait to be sent."""
        if {"currency_id", "is_netting"} & vals.keys():
            self._check_not_waiting()
        if "company_id" in vals and self.filtered(lambda policy: policy.company_id.id != vals["company_id"]):
            self._check_unused(
                self.env._("The policy has notices, so its company cannot be changed. Create a new one there.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused(self.env._("The policy has notices and is kept for their history. Archive it instead."))
        self.level_ids._unlink_except_used()

    def _check_unused(self, message):
        # superuser: of all customers
        if self.env["dunning.notice"].sudo().search([("policy_id", "in", self.ids)], limit=1):
            raise UserError(message)

    def _check_not_waiting(self):
        # superuser: of all customers
        waiting = self.env["dunning.notice"].sudo()
        waiting = waiting.search([("policy_id", "in", self.ids), ("state", "=", "approved")], limit=1)
        if waiting:
            raise UserError(
                self.env._(
                    "%(policy)s has approved notices that have not been sent yet, such as %(notice)s: send or cancel them first, then change the policy.",
                    policy=waiting.policy_id.display_name,
                    notice=waiting.display_name,
                )
            )

    def _get_strictness(self):
        """Return what sorts the stricter of two policies, or none (empty), first: asks earlier, then more often."""
        if not self:
            return (1,)
        days = sorted(self.level_ids.mapped("days"))
        return (0, not days, days[:1], -len(days), -self.sequence, self.id)

    def _get_terms(self):
        """Return what decides on notices and their amounts: ``{policy id: levels.Policy}``."""
        return {
            policy.id: Policy(
                policy.id,
                policy.currency_id.id,
                policy.is_netting,
                tuple(level._get_terms() for level in policy.level_ids.sorted("days")),
            )
            for policy in self
        }

    def _get_fingerprint(self):
        """Return a text that changes when anything does that decides on notices and their amounts."""
        terms = self.sorted("id")._get_terms()
        return hashlib.sha256(repr(terms).encode()).hexdigest()
