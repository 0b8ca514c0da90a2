from odoo import models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from .dunning_run import MANAGER


class PaymentPromise(models.Model):
    """Promises hold for a limited time: beyond that collection managers decide."""

    _inherit = "payment.promise"

    def _check_longest_date(self):
        """Raise where a promise holds longer than the user may let it, counted from its recording."""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        for promise in self:
            last = promise.company_id._get_longest_hold(promise.date_recorded)
            if last and promise.date > last:
                raise ValidationError(
                    self.env._(
                        "Promised for: enter a day up to %(last)s, %(days)s days from the recording. Longer promises are "
                        "for collection managers: ask one of them.",
                        last=format_date(self.env, last),
                        days=(last - promise.date_recorded).days,
                    )
                )
