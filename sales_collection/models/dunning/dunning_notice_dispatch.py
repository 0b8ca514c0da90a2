import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...tools.groups import MANAGER

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100  # notices of one transaction
BATCH_SIZE_PRINTED = 10  # where PDFs are made, which takes the better part of a second each
SEND_NOW_LIMIT = 100  # notices that a person may wait for


class DunningNotice(models.Model):
    """Dispatch: approved notices go out in batches, one transaction each.

    Queued mails, letters, calls, the memory of levels and the charges of a batch are committed together, or none of
    them is. What is committed is no longer `approved`, so a dispatch that was interrupted goes on where it stopped.
    """

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    error = fields.Text("Not Sent because", readonly=True, copy=False, help="Why the dispatch could not send it.")

    # === ACTIONS === #

    def action_send(self):
        """Dispatch approved notices at once, as the scheduled dispatch would; beyond some number that does the rest.

        :return: a message that says what became of them
        :raise: AccessError for anyone but collection managers; UserError when none is approved
        """
        notices = self._check_may_send().filtered(lambda notice: notice.state == "approved")
        if not notices:
            raise UserError(self.env._("None of these notices waits to be sent: approve them first."))
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
        return self.env._("%(error)s\nMend the cause, then press Try again.", error=text)

    def _dispatch(self):
        """Send: amounts as they are now, then memory, charges and channels, all in the current transaction."""
        runs = self.run_id
        for company, notices in self.grouped("company_id").items():
            notices.with_company(company)._refresh_amounts()._dispatch_current()
        runs._update_state()

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

    def _set_state(self, state, **values):
        # EXTENDS: what is approved is sent as soon as the dispatch can; what is cancelled is not sent, and nobody calls
        result = super()._set_state(state, **values)
        if state == "approved":
            self._trigger_dispatch()
        elif state == "cancelled":
            # Superuser: mails and calls of a notice that a collector leaves out are others'.
            self.sudo()._stop_channels()
        return result

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
            "%(sent)s sent, %(void)s settled meanwhile, %(failed)s failed, %(waiting)s follow by themselves.",
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
