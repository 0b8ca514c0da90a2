from odoo import fields, models


class AccountMoveLine(models.Model):
    """The receivable of a retention knows it, to fall due with it."""

    _inherit = "account.move.line"

    payment_milestone_id = fields.Many2one(
        "sale.payment.milestone",
        "Retention",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The retention that makes this part of the invoice fall due later.",
        groups="base.group_user",
    )
