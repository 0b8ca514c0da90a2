from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from ..dunning.dunning_run import COLLECTOR


class DunningDispute(models.Model):
    """Disputes of salespeople end by themselves, unless a collector lets them run longer."""

    _inherit = "dunning.dispute"

    def _may_hold_longer(self):
        """Tell whether the user may leave something out of dunning for longer than the company's limit."""
        return self.env.su or self.env.user.has_group(COLLECTOR)

    def _get_longest_until(self, company_id):
        """Return up to when a dispute recorded today may run, a ``date`` or False for no limit."""
        company = self.env["res.company"].browse(company_id)
        return company._get_longest_hold(company._get_today()) or False

    def _get_recorded_day(self):
        """Return the ``date`` on which this dispute was recorded, where its company is."""
        self.ensure_one()
        dispute = self.with_context(tz=self.company_id._get_tz())
        return fields.Datetime.context_timestamp(dispute, self.create_date).date()

    def _check_longest_until(self):
        """Raise where a dispute runs longer than the user may let it, counted from its recording."""
        if self._may_hold_longer():
            return
        for dispute in self:
            start = min(dispute._get_recorded_day(), dispute.company_id._get_today())
            last = dispute.company_id._get_longest_hold(start)
            if last and (not dispute.date_until or dispute.date_until > last):
                raise ValidationError(
                    self.env._(
                        "Until: enter a day up to %(last)s, %(days)s days from the recording. Longer disputes are for "
                        "collectors: ask one of them.",
                        last=format_date(self.env, last),
                        days=(last - start).days,
                    )
                )
