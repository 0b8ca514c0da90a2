from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class SaleReviewDelegation(models.Model):
    """Who decides reviews for whom, from one day to another (both included)."""

    _name = "sale.review.delegation"
    _description = "Review Delegation"
    _order = "date_start desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        "Reviewer",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="cascade",
    )
    delegate_id = fields.Many2one(
        "res.users", "Delegate", required=True, index=True, domain=[("share", "=", False)], ondelete="cascade"
    )
    date_start = fields.Date("From", required=True, default=lambda self: self.env.company._get_today())
    date_end = fields.Date("Until", required=True, default=lambda self: self.env.company._get_today())
    is_current = fields.Boolean("In Force", compute="_compute_is_current", search="_search_is_current")

    _check_dates = models.Constraint(
        "CHECK(date_end >= date_start)", "Delegation: “Until” must not be before “From”; correct one of the dates."
    )

    @api.depends("date_start", "date_end")
    def _compute_is_current(self):
        today = self.env.company._get_today()
        for delegation in self:
            delegation.is_current = bool(
                delegation.date_start and delegation.date_start <= today <= (delegation.date_end or today)
            )

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = self._get_domain_at(self.env.company._get_today())
        return current if True in value else ~current

    @api.depends("user_id", "delegate_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(delegate)s for %(user)s",
                delegate=delegation.delegate_id.name or "…",
                user=delegation.user_id.name or "…",
            )

    @api.constrains("user_id", "delegate_id")
    def _check_delegate(self):
        for delegation in self:
            if delegation.user_id == delegation.delegate_id:
                raise ValidationError(self.env._("Delegate: choose someone other than the reviewer."))
            if delegation.delegate_id.share or delegation.user_id.share:
                raise ValidationError(self.env._("Delegation: reviewer and delegate must be internal users."))

    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create(vals_list)
        self.env.registry.clear_cache()
        delegations._ask_delegates()
        return delegations

    def write(self, vals):
        before = self.user_id
        result = super().write(vals)
        self.env.registry.clear_cache()
        # Record rules are asked before a write only: nobody turns his own delegation into somebody else's.
        self.check_access("write")
        self._ask_delegates(before)
        return result

    def unlink(self):
        reviewers = self.user_id
        result = super().unlink()
        self.env.registry.clear_cache()
        self.browse()._ask_delegates(reviewers)
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _get_domain_at(self, day):
        return Domain("date_start", "<=", day) & Domain("date_end", ">=", day)

    def _get_current_delegations(self, users, company):
        """Return the delegations of ``users`` in force today where ``company`` is, as superuser: decisions depend on
        all of them."""
        return self.sudo().search(Domain("user_id", "in", users.ids) & self._get_domain_at(company._get_today()))

    def _get_current_principals(self, delegate):
        """Return the users for whom ``delegate`` decides today in one of his companies."""
        # Kept by core: every reading of orders asks for them. Superuser: the days of companies are the same, whoever asks.
        companies = self.env["res.company"].sudo().browse(delegate.sudo()._get_company_ids())
        days = {company._get_today() for company in companies}
        return delegate.browse().union(
            *(delegate.browse(self._get_principal_ids(delegate.id, day)) for day in sorted(days))
        )

    @api.model
    @tools.ormcache("delegate_id", "day")
    def _get_principal_ids(self, delegate_id, day):
        """Return for whom a user decides on a day; kept, because every reading of orders and reviews asks for it.

        :param day: today
        """
        # Superuser: whoever delegated, the right to read follows from it.
        delegations = self.sudo().search(Domain("delegate_id", "=", delegate_id) & self._get_domain_at(day))
        return tuple(delegations.user_id.ids)

    def _ask_delegates(self, before=None):
        """Ask those who stand in now about what waits for the reviewers, and those who do not any more no longer.

        :param before: reviewers of delegations that have changed or gone
        """
        reviewers = self.user_id | (before or self.user_id)
        # Superuser: the activities are on orders that the delegating reviewer may not write.
        steps = self.env["sale.order.review.step"].sudo()
        waiting = Domain("state", "=", "pending") & Domain("review_id.state", "=", "pending")
        steps.search(waiting & Domain("candidate_ids", "in", reviewers.ids))._follow_absence()

    @api.model
    def _ask_delegates_of_today(self):
        """Follow the delegations that begin or end today, wherever companies are."""
        days = {company._get_today() for company in self.env["res.company"].search([])}
        started = Domain("date_start", "in", list(days))
        ended = Domain("date_end", "in", [day - timedelta(days=1) for day in days])
        self.search(started | ended)._ask_delegates()
