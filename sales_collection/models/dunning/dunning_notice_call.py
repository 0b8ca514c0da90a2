from markupsafe import Markup

from odoo import models
from odoo.tools import format_amount, format_date, plaintext2html

HISTORY = 5  # earlier notices that a call shows


class DunningNotice(models.Model):
    """The call: an activity with the script of the level and what was asked and promised before."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"
    # Nobody writes notices, but who reads them makes the calls and leaves comments.
    _mail_post_access = "read"

    def _schedule_calls(self):
        """Ask somebody to call each customer; nobody gets a mail about it, the worklist shows it."""
        if not self:
            return
        notices, promises = self._get_earlier_notices(), self._get_open_promises()
        values = [
            notice._prepare_call(notices.get(notice.partner_id, []), promises.get(notice.partner_id, []))
            for notice in self
        ]
        # Superuser: only managers send, and to whom the call goes the customer says.
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(values)

    def _prepare_call(self, notices, promises):
        """Return the values of the activity.

        :param notices: earlier notices of the customer, the newest first
        :param promises: his open promises
        """
        notice = self.with_context(lang=self._get_caller().lang)
        return {
            "activity_type_id": self.env.ref("sales_collection.mail_activity_type_dunning_call").id,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "automated": True,
            "user_id": self._get_caller().id,
            "date_deadline": self.company_id._get_today(),
            "summary": notice._get_call_summary(),
            "note": notice._get_call_note(notices, promises),
        }

    def _get_caller(self):
        """Return who calls: the collector, or else the salesperson, or else who made the run."""
        return self.collector_id or self.user_id or self.run_id.create_uid

    def _get_call_summary(self):
        return self.env._(
            "%(customer)s: %(level)s, %(amount)s",
            customer=self.partner_id.name,
            level=self.level_id.name,
            amount=format_amount(self.env, self.amount_total, self.currency_id),
        )

    def _get_call_note(self, notices, promises):
        parts = [plaintext2html(self.level_id.script)] if self.level_id.script else []
        parts += self._format_history(self.env._("Earlier notices"), [self._describe_notice(n) for n in notices])
        parts += self._format_history(self.env._("Open promises"), [self._describe_promise(p) for p in promises])
        return Markup().join(parts)

    @staticmethod
    def _format_history(title, rows):
        items = Markup().join(Markup("<li>%s</li>") % row for row in rows)
        return [Markup("<p><b>%s</b></p><ul>%s</ul>") % (title, items)] if rows else []

    def _describe_notice(self, notice):
        amount = format_amount(self.env, notice.amount_total, notice.currency_id)
        level = notice.level_id.with_env(self.env).name
        return f"{format_date(self.env, notice.date)}: {notice.name}, {level}, {amount}"

    def _describe_promise(self, promise):
        return f"{format_date(self.env, promise.date)}: {format_amount(self.env, promise.amount, promise.currency_id)}"

    def _get_earlier_notices(self):
        """Return ``{customer: his last sent notices of this company, the newest first}``."""
        notices = self.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "sent"),
                ("id", "not in", self.ids),
            ],
            order="date desc, id desc",
        )
        return {partner: of_partner[:HISTORY] for partner, of_partner in notices.grouped("partner_id").items()}

    def _get_open_promises(self):
        """Return ``{customer: his open promises in this company}``."""
        promises = self.env["payment.promise"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "open"),
            ]
        )
        return promises.grouped("partner_id")
