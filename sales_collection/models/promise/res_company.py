from datetime import timedelta

from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = "res.company"

    dunning_hold_days = fields.Integer(
        "Maximum Hold",
        default=30,
        help="Maximum number of days for which a promise excludes items from dunning unless a collection manager records it, and for which a dispute or the next call defers dunning unless a collector records it. 0 means no limit.",
        groups="base.group_user",
    )

    _check_dunning_hold_days = models.Constraint(
        "CHECK(dunning_hold_days >= 0)", "Maximum Hold: enter a number of days, or 0 for no limit."
    )

    def _get_longest_hold(self, start):
        """Return the last day that a promise or dispute may hold up to.

        :param start: ``date`` on which it was recorded
        :return: ``date``, or None without a limit
        """
        self.ensure_one()
        # Superuser: who records promises need not read the settings of the company.
        days = self.sudo().dunning_hold_days
        return start + timedelta(days=days) if days else None
