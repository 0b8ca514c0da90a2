from odoo import models


class MailMail(models.Model):
    """Mails of dunning notices are handed to the mail server once, even when the server is killed meanwhile."""

    _name = "mail.mail"
    _inherit = "mail.mail"

    def _send(self, auto_commit=False, **options):
        # EXTENDS 'mail'. The mail queue commits after each mail that it has handed over. Killed between the two, it
        # would find the mail as it was, and send it again. So the attempt is committed before: then the mail is
        # not sent again by itself, and tells that a person has to look.
        notices = self.filtered(lambda mail: mail.model == "dunning.notice")
        if not notices or auto_commit is not True:
            return super()._send(auto_commit=auto_commit, **options)
        for mail in self:
            if mail in notices and mail.state == "outgoing":
                mail._commit_attempt()
            super(MailMail, mail)._send(auto_commit=auto_commit, **options)
        return True

    def _commit_attempt(self):
        """Commit that a mail is on its way, as failed; then, uncommitted, let it be sent.

        Another process that has read the mail before cannot change it any more, so it does not send it either.
        """
        self.write({"state": "exception", "failure_type": "unknown", "failure_reason": self._get_interrupted_text()})
        self.env["ir.cron"]._commit_progress()
        self.write({"state": "outgoing"})

    def _get_interrupted_text(self):
        return self.env._(
            "The server stopped while handing this email over to the mail server, which may or may not have accepted it: look for %(message_id)s in the log of the mail server. If it is not there, try again.",
            message_id=self.message_id,
        )
