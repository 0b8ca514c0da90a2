from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import LazyTranslate

from odoo.addons.sales_control.tools.protection import Protection

_lt = LazyTranslate(__name__)
# Granting is a step of its own.
GRANTED = dict.fromkeys(
    ("state", "approver_id"), Protection(sentence=_lt("%(fields)s of a limit adjustment: click Grant or Revoke."))
)


class CreditLimitAdjustment(models.Model):
    """What a customer is granted for a time beyond its limit: a raise, a guarantee, an insured sum."""

    _name = "credit.limit.adjustment"
    _description = "Credit Limit Adjustment"
    _inherit = ["mail.thread", "mail.activity.mixin", "protected.fields.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_name = "reason"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, ondelete="cascade", tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, tracking=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("raise", "Temporary increase"), ("guarantee", "Guarantee"), ("insurance", "Credit insurance")],
        string="Type",
        required=True,
        default="raise",
        tracking=True,
    )
    amount = fields.Monetary(required=True, tracking=True, help="Added to the limit, in company currency.")
    date_start = fields.Date("From", required=True, default=lambda self: self.env.company._get_today(), tracking=True)
    date_end = fields.Date(
        "Until",
        tracking=True,
        help="Last day. Leave empty if it applies until revoked; a temporary increase needs an end date.",
    )
    reason = fields.Char(required=True, tracking=True)
    approver_id = fields.Many2one(
        "res.users", "Granted by", readonly=True, ondelete="restrict", copy=False, tracking=True
    )
    state = fields.Selection(
        [("draft", "Draft"), ("granted", "Granted"), ("revoked", "Revoked")],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    document_ids = fields.Many2many("ir.attachment", string="Documents", help="Letter of guarantee, policy, decision.")

    _check_amount = models.Constraint(
        "CHECK(amount > 0)", "Amount of a limit adjustment: enter a positive amount; revoke it to take it back."
    )
    _check_dates = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)",
        "Limit adjustment: “Until” must not be before “From”; correct one of the dates.",
    )
    _check_raise_ends = models.Constraint(
        "CHECK(kind != 'raise' OR date_end IS NOT NULL)",
        "A temporary increase needs an end date: enter “Until”.",
    )

    @api.constrains("partner_id")
    def _check_partner(self):
        for adjustment in self:
            if adjustment.partner_id != adjustment.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Customer of a limit adjustment: %(contact)s is a contact; choose %(company)s, which is the debtor.",
                        contact=adjustment.partner_id.display_name,
                        company=adjustment.partner_id.commercial_partner_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **GRANTED}

    def write(self, vals):
        frozen = not self.env.su and vals.keys() & self._get_frozen()
        if frozen and self.filtered(lambda adjustment: adjustment.state == "granted"):
            raise UserError(self.env._("A granted adjustment is kept on record: revoke it and create a new one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_granted(self):
        if self.filtered(lambda adjustment: adjustment.state != "draft"):
            raise UserError(self.env._("Limit adjustments that were granted are kept on record; revoke them instead."))

    @api.model
    def _get_frozen(self):
        """Return the names of the fields that do not change once an adjustment is granted."""
        return {"partner_id", "company_id", "kind", "amount", "date_start", "date_end"}

    # === ACTION METHODS === #

    def action_grant(self):
        """Grant these adjustments in the name of the user.

        :raise AccessError: unless the user may write limit adjustments
        """
        self.check_access("write")
        drafts = self.filtered(lambda adjustment: adjustment.state == "draft")
        # Superuser: the state is closed to users' own writes.
        drafts.sudo().write({"state": "granted", "approver_id": self.env.uid})
        self.env["sale.order"]._queue_credit_recheck(self.partner_id)
        return True

    def action_revoke(self):
        """Take these adjustments back, from today on.

        :raise AccessError: unless the user may write limit adjustments
        """
        self.check_access("write")
        # Superuser: as for granting.
        self.filtered(lambda adjustment: adjustment.state == "granted").sudo().state = "revoked"
        self.env["sale.order"]._queue_credit_recheck(self.partner_id)
        return True
