import logging

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_amount, format_date, plaintext2html

from ...tools.groups import MANAGER

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100  # notices of one transaction
BATCH_SIZE_PRINTED = 10  # where PDFs are made, which takes the better part of a second each
SEND_NOW_LIMIT = 100  # notices that a person may wait for
HISTORY = 5  # earlier notices that a call shows


class DunningNotice(models.Model):
    """Dispatch: approved notices go out in batches, one transaction each, by the channels of their levels.

    Queued mails, letters, calls, the memory of levels and the charges of a batch are committed together, or none of
    them is. What is committed is no longer `approved`, so a dispatch that was interrupted goes on where it stopped.
    """

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    error = fields.Text("Reason Not Sent", readonly=True, copy=False, help="Why it could not be sent.")

    # === ACTION METHODS === #

    def action_send(self):
        """Dispatch approved notices at once, as the scheduled dispatch would; beyond some number that does the rest.

        :return: a message that says what became of them
        :raise: AccessError for anyone but collection managers; UserError when none is approved
        """
        notices = self._check_may_send().filtered(lambda notice: notice.state == "approved")
        if not notices:
            raise UserError(self.env._("None of these notices is waiting to be sent: approve them first."))
        notices.run_id._check_day()
        batch = notices.try_lock_for_update(limit=SEND_NOW_LIMIT)
        batch.write({"error": False})
        for part in batch._split_by_effort():
            part._dispatch_safely()
        if notices - batch:
            self._trigger_dispatch()
        return self._get_dispatch_notification(notices)

    def action_retry(self):
        """Let the dispatch try notices again that it could not send.

        :raise: AccessError for anyone but collection managers
        """
        notices = self._check_may_send().filtered(lambda notice: notice.state == "approved" and notice.error)
        notices.write({"error": False})
        self._trigger_dispatch()

    def _check_may_send(self):
        """Return the notices as superuser: nobody may write them by himself.

        :raise: AccessError for who may not read them, and for anyone but collection managers
        """
        self.env["dunning.run"]._check_rights(MANAGER)
        self.check_access("read")
        return self.sudo()

    def _get_dispatch_notification(self, notices):
        failed = notices.filtered("error")
        waiting = notices.filtered(lambda notice: notice.state == "approved") - failed
        message = self.env._(
            "%(sent)s sent, %(void)s settled in the meantime, %(failed)s failed, %(waiting)s will follow automatically.",
            sent=len(notices.filtered(lambda notice: notice.state == "sent")),
            void=len(notices.filtered(lambda notice: notice.state == "void")),
            failed=len(failed),
            waiting=len(waiting),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === DISPATCH === #

    @api.model
    def _cron_dispatch(self):
        """Send approved notices, one committed batch after the other."""
        try:
            self._dispatch_batches()
            self.env["dunning.run"]._finish_sent()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            # Somebody sent the same notices at this moment: what is left follows at once, not with the next turn.
            _logger.info("The dispatch starts again: %s", error)
            self.env.cr.rollback()
            self._trigger_dispatch()

    @api.model
    def _dispatch_batches(self):
        while notices := self._lock_batch():
            notices._dispatch_safely()
            self.env.flush_all()
            remaining = self.search_count(self._get_dispatch_domain())
            if not self.env["ir.cron"]._commit_progress(len(notices), remaining=remaining):
                break

    @api.model
    def _trigger_dispatch(self):
        # Superuser: who approves has no access to scheduled actions.
        self.env.ref("sales_collection.ir_cron_dispatch_notices").sudo()._trigger()

    @api.model
    def _get_dispatch_domain(self):
        """Return which notices the dispatch takes: what failed waits until somebody has mended the cause."""
        return Domain("state", "=", "approved") & Domain("error", "=", False)

    @api.model
    def _lock_batch(self):
        """Return the next notices that no other dispatch holds."""
        notices = self.search(self._get_dispatch_domain(), order="id", limit=2 * BATCH_SIZE)
        return next(notices.try_lock_for_update(limit=BATCH_SIZE)._split_by_effort(), self.browse())

    def _split_by_effort(self):
        """Yield notices in sets that fit a transaction: fewer where PDFs are made."""
        for printed, notices in self.grouped(lambda notice: notice._is_printed()).items():
            size = BATCH_SIZE_PRINTED if printed else BATCH_SIZE
            for start in range(0, len(notices), size):
                yield notices[start : start + size]

    def _is_printed(self):
        """Return whether sending this notice makes PDFs."""
        return self.level_id.channel_letter or (self.level_id.channel_email and self.level_id.attach_invoices)

    def _dispatch_safely(self):
        """Send a batch; where that fails, send each by itself and tell on the notice what is wrong with it."""
        if self._try_dispatch() is None:
            return
        for notice in self:
            if error := notice._try_dispatch():
                notice.error = error

    def _try_dispatch(self):
        """Send all of these or nothing.

        :return: why nothing was sent, or None
        """
        try:
            with self.env.cr.savepoint():
                self._dispatch()
        except (OperationalError, MemoryError):
            raise  # not the notice's fault: the transaction as a whole is tried again
        except Exception as error:
            _logger.info("Dunning notices %s were not sent", self.ids, exc_info=True)
            return self._describe_error(error)

    def _describe_error(self, error):
        text = str(error.args[0]) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        return self.env._("%(error)s\nFix the cause, then click Try Again.", error=text)

    def _dispatch(self):
        """Send: amounts as they are now, then memory, charges and channels, all in the current transaction."""
        runs = self.run_id
        for company, notices in self.grouped("company_id").items():
            notices.with_company(company)._refresh_amounts()._dispatch_current()
        runs._update_state()

    def _refresh_amounts(self):
        """Read again what is open, promised, disputed and credited; lines that are settled go, amounts follow.

        Interest is that up to the day of the run. A notice with nothing left, or less than the minimum of its level, or
        whose customer is blocked meanwhile, becomes ``void``.

        :return: the notices that remain
        """
        # records of an x2many field lose their common prefetch when caches are emptied
        self = self.browse(self.ids)
        remaining = self.browse()
        for run, notices in self.grouped("run_id").items():
            remaining |= run.with_company(run.company_id)._refresh_notices(notices)
        settled = self - remaining
        settled._set_state("void")
        settled.run_id._update_state()
        return remaining

    def _dispatch_by_state(self, state):
        """Have what was approved sent as soon as the dispatch can, and what was cancelled not sent: nobody calls.

        :param state: that notices have just got
        """
        if state == "approved":
            self._trigger_dispatch()
        elif state == "cancelled":
            # Superuser: mails and calls of a notice that a collector leaves out are others'.
            self.sudo()._stop_channels()

    def _dispatch_current(self):
        """Send notices of one company whose amounts have just been read."""
        if not self:
            return
        self._set_contacts()
        unreachable = self._get_unreachable()
        for notice in unreachable:
            notice.error = notice._get_unreachable_text()
        (self - unreachable)._send_current()

    def _send_current(self):
        """Send notices of one company that can be sent."""
        self._write_memory()
        self._make_charges()
        self._use_channels()
        self._set_state("sent", sent_on=fields.Datetime.now(), error=None)

    # === TO WHOM === #

    def _set_contacts(self):
        """Set to whom the notices of one company go."""
        by_contact = {}
        for notice, contact in self._get_contacts().items():
            if notice.contact_id != contact and not notice._keeps_contact():
                by_contact.setdefault(contact, []).append(notice.id)
        for contact, ids in by_contact.items():
            self.browse(ids).contact_id = contact

    def _get_contacts(self):
        """Return to whom each notice of one company goes: ``{notice: contact}``; see `res.partner`."""
        mailed = self.filtered("level_id.channel_email")
        contacts = {}
        for notices in (mailed, self - mailed):
            found = notices.partner_id._get_dunning_contacts(self.company_id, by_email=notices == mailed)
            contacts.update({notice: found[notice.partner_id] for notice in notices})
        return contacts

    def _get_addressee(self):
        """Return to whom this notice went, or would go."""
        return self.contact_id or self._get_contacts()[self]

    def _get_unreachable(self):
        """Return the notices that should go by e-mail alone, to who has no address."""
        mailed = self.filtered(lambda notice: notice.level_id.channel_email and not notice.level_id.channel_letter)
        return mailed.filtered(lambda notice: not notice.contact_id.email_normalized)

    def _get_unreachable_text(self):
        return self.env._(
            "%s: no valid email address. Enter one on the contact, choose another dunning contact on the customer, or send the level by letter as well. Then try again.",
            self.contact_id.display_name,
        )

    # === BY WHICH CHANNELS === #

    def _use_channels(self):
        """Send notices of one company by every channel of their levels, and note it on the customers."""
        printed = self.filtered("level_id.channel_letter")
        mailed = self.filtered("level_id.channel_email")
        # Without an address the letter does alone.
        mailed -= printed.filtered(lambda notice: not notice.contact_id.email_normalized)
        called = self.filtered("level_id.channel_activity")
        printed._make_letters()
        mailed._queue_mails()
        called._schedule_calls()
        self._log_channels(self._get_channel_names(mailed, printed, called))

    def _get_channel_names(self, mailed, printed, called):
        """Return ``{notice: [name of channel]}``."""
        channels = ((mailed, self.env._("Email")), (printed, self.env._("Letter")), (called, self.env._("Call")))
        return {notice: [name for notices, name in channels if notice in notices] for notice in self}

    def _stop_channels(self):
        """Cancel mails that wait, and calls that nobody has made."""
        self._get_mails().filtered(lambda mail: mail.state in ("outgoing", "exception")).cancel()
        self.activity_unlink(["sales_collection.mail_activity_type_dunning_call"])

    def _log_channels(self, channels):
        """Note on each customer that a notice went out, once per notice.

        :param channels: ``{notice: [name of channel]}``
        """
        while channels:
            # One note per customer and turn: two notices of one customer are two notes.
            turn = {notice.partner_id: notice for notice in channels}
            bodies = {partner.id: notice._get_log_note(channels[notice]) for partner, notice in turn.items()}
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies)
            channels = {notice: names for notice, names in channels.items() if notice not in turn.values()}

    def _get_log_note(self, names):
        """Return the note on the customer.

        :param names: of the channels that were used
        """
        return self.env._(
            "Dunning notice %(link)s, %(level)s: %(channels)s",
            link=self._get_html_link(),
            level=self.level_id.name,
            channels=", ".join(names) or self.env._("no channel"),
        )

    # === CALLS === #

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
