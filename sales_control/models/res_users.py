from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    review_delegation_ids = fields.One2many(
        "sale.review.delegation", "user_id", string="Review Delegations", help="Who decides reviews for this user."
    )
