from odoo import fields, models, tools


class ResCompany(models.Model):
    _inherit = "res.company"

    review_default_reviewer_ids = fields.Many2many(
        "res.users",
        "res_company_default_reviewer_rel",
        string="Default Reviewers",
        domain=[("share", "=", False)],
        help="Who decides what no rule claims. Empty: the Sales Control administrators.",
    )
    review_auto_confirm = fields.Boolean(
        "Confirm After Approval",
        default=True,
        help="An order whose confirmation was asked for confirms itself when its last review is approved.",
    )

    def _get_default_reviewers(self):
        """Return who decides in this company what no rule claims: active, internal, of this company.

        :return: `res.users`; the administrators' group until default reviewers are set
        """
        self.ensure_one()
        # Superuser: salespeople and customers read neither the setting nor the group.
        users = self.sudo().review_default_reviewer_ids.filtered("active")
        if not users:
            users = self.env.ref("sales_control.sales_control_group_administrator").sudo().all_user_ids
        return users.filtered(lambda user: user.active and not user.share and self in user.company_ids)

    def _get_today(self):
        """Return the day whose rates, due dates and limits count: today where the company is (UTC where that is not
        told), whoever looks or decides."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._get_tz()))

    @tools.ormcache("self.id")
    def _get_tz(self):
        """Return the name of the company's timezone; kept in the cache, checks ask for it all the time."""
        # Superuser: customers sign without reading the company's own contact.
        return self.sudo().partner_id.tz or "UTC"
