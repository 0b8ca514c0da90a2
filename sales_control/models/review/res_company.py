from odoo import fields, models

from ...tools.groups import ADMINISTRATOR


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = "res.company"

    review_default_reviewer_ids = fields.Many2many(
        "res.users",
        "res_company_default_reviewer_rel",
        string="Default Reviewers",
        domain=[("share", "=", False)],
        help="Who decides on findings that no rule covers. Leave empty for the Sales Control administrators.",
        groups="base.group_user",
    )
    review_auto_confirm = fields.Boolean(
        "Confirm After Approval",
        default=True,
        help="An order whose confirmation was requested is confirmed automatically once its last review is approved.",
        groups="base.group_user",
    )

    def _get_default_reviewers(self):
        """Return who decides in this company what no rule claims: active, internal, of this company.

        :return: `res.users`; the administrators' group until default reviewers are set
        """
        self.ensure_one()
        # Superuser: salespeople and customers read neither the setting nor the group.
        users = self.sudo().review_default_reviewer_ids.filtered("active")
        if not users:
            users = self.env.ref(ADMINISTRATOR).sudo().all_user_ids
        return users.filtered(lambda user: user.active and not user.share and self in user.company_ids)
