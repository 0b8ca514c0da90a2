from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..dunning.dunning_run import COLLECTOR, MANAGER


class PaymentPromise(models.Model):
    """Promises hold for a limited time, and not again and again: beyond that collectors and their managers decide."""

    _inherit = "payment.promise"

    is_to_confirm = fields.Boolean(
        "To Confirm",
        readonly=True,
        copy=False,
        tracking=True,
        help="Follows an earlier promise of the same items that is not kept: nothing is left out of dunning before a "
        "collector confirms it.",
    )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Let these promises, which follow others, hold the items back. For collectors."""
        self.env["dunning.run"]._check_rights(COLLECTOR)
        self.check_access("write")
        # Superuser: only this button writes it; access was checked above.
        self.sudo().is_to_confirm = False
        self.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    # === BUSINESS METHODS === #

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

    def _ask_to_confirm(self):
        """Have promises that follow others wait for a collector, and tell both; those of collectors need nobody."""
        if self.env.su or self.env.user.has_group(COLLECTOR):
            return
        # Superuser: the field is not writable, and what others recorded counts too.
        following = self.sudo()._get_following().filtered(lambda promise: not promise.is_to_confirm)
        following.is_to_confirm = True
        for promise in following:
            promise._tell_to_confirm()

    def _get_following(self):
        """Return those of these promises that follow an earlier one of the same items which is not kept.

        What was recorded on the same day does not hold for longer: instalments, and mistakes put right.
        """
        earlier = self.search(Domain("move_line_ids", "in", self.move_line_ids.ids) & Domain("state", "!=", "kept"))
        return self.filtered(
            lambda promise: any(
                other.date_recorded < promise.date_recorded and other.move_line_ids & promise.move_line_ids
                for other in earlier
            )
        )

    def _tell_to_confirm(self):
        """Tell the user that this promise holds nothing yet, and give its collector an activity."""
        self.ensure_one()
        message = self.env._(
            "%s follows an earlier promise of the same items that is not kept. The items are dunned on until a collector "
            "confirms it.",
            self.display_name,
        )
        self._message_log(body=message)
        self.env.user._bus_send("simple_notification", {"type": "warning", "message": message})
        collector = self.partner_id._get_collector(self.company_id)
        if collector.has_group(COLLECTOR):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.company_id._get_today(),
                summary=self.env._("Confirm the promise of %s", self.partner_id.display_name),
                note=message,
                user_id=collector.id,
            )
