from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ...tools.groups import COLLECTOR


class DunningDispute(models.Model):
    """For how long a dispute leaves its item out of dunning, and which of them waits for a collector."""

    _name = "dunning.dispute"
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
        return self.company_id._get_day(self.create_date)

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
                        "Until: enter a day up to %(last)s, %(days)s days from recording. Only collectors can record longer disputes: ask one of them.",
                        last=format_date(self.env, last),
                        days=(last - start).days,
                    )
                )

    def _ask_to_confirm(self):
        """Have disputes that follow others wait for a collector, and tell both; those of collectors need nobody."""
        if self._may_hold_longer():
            return
        # Superuser: the field is not writable, and what others recorded counts too.
        following = self.sudo()._get_following().filtered(lambda dispute: not dispute.is_to_confirm)
        following.is_to_confirm = True
        for dispute in following:
            dispute._tell_to_confirm()

    def _get_following(self):
        """Return those of these disputes that follow an earlier one of the same item, refused or run out."""
        today = self.company_id._get_from_domain("date_until")
        over = Domain("state", "=", "refused")
        over |= Domain("state", "=", "open") & Domain("date_until", "!=", False) & ~today
        earlier = self.search(Domain("move_line_id", "in", self.move_line_id.ids) & over)
        return self.filtered(
            lambda dispute: (earlier - dispute).filtered(lambda e: e.move_line_id == dispute.move_line_id)
        )

    def _tell_to_confirm(self):
        """Tell the user that this dispute holds nothing yet, and give the customer's collector an activity."""
        self.ensure_one()
        message = self.env._(
            "%s follows an earlier dispute of the same item that was refused or has expired. Dunning of the item continues until a collector confirms it.",
            self.display_name,
        )
        self._message_log(body=message)
        self.env.user._bus_send("simple_notification", {"type": "warning", "message": message})
        collector = self.partner_id._get_collector(self.company_id)
        if collector.has_group(COLLECTOR):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.company_id._get_today(),
                summary=self.env._("Confirm the dispute of %s", self.partner_id.display_name),
                note=message,
                user_id=collector.id,
            )
