from odoo import api, fields, models
from odoo.exceptions import UserError

TEMPLATE = "sales_collection.mail_template_dunning_notice"


class DunningNotice(models.Model):
    """The e-mail of a notice: queued in the transaction that sends the notice, in the language of its contact."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    mail_state = fields.Selection(
        [("outgoing", "Queued"), ("sent", "Sent"), ("exception", "Failed"), ("cancel", "Cancelled")],
        "E-mail",
        compute="_compute_mail_state",
        search="_search_mail_state",
        help="Of its last e-mail.",
    )
    mail_failure = fields.Text("E-mail Failed because", compute="_compute_mail_state")

    def _compute_mail_state(self):
        # Superuser: mails are readable by administrators only; their state is no secret to who reads the notice.
        mails = self.sudo()._get_mails().grouped("res_id")
        for notice in self:
            mail = mails.get(notice.id, self.env["mail.mail"])[-1:]
            notice.mail_state = mail.state
            notice.mail_failure = mail.state == "exception" and mail.failure_reason

    @api.model
    def _search_mail_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Superuser: nobody but the system reads mails; only ids of notices come out, which rules filter.
        mails = self.env["mail.mail"].sudo()._search([("model", "=", self._name), ("state", "in", list(value))])
        return [("id", "in", mails.subselect("res_id"))]

    # === ACTIONS === #

    def action_preview(self):
        """Return the dialog that shows the e-mail as it would go out, and prints the letter."""
        self.ensure_one()
        self.check_access("read")
        preview = self.env["dunning.notice.preview"].create({"notice_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": preview._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_resend(self):
        """Queue the e-mail of sent notices once more, to who gets it today: no new level, no new charge.

        :raise: AccessError for anyone but collection managers; UserError for what was not sent by e-mail
        """
        notices = self._check_may_send()
        mails = notices._get_mails().grouped("res_id")
        missing = notices.filtered(lambda notice: notice.state != "sent" or notice.id not in mails)
        if missing:
            names = ", ".join(missing.mapped("display_name"))
            raise UserError(self.env._("These were not sent by e-mail, so there is nothing to repeat: %s", names))
        notices._set_contacts()
        if unreachable := notices.filtered(lambda notice: not notice.contact_id.email_normalized):
            raise UserError(unreachable[0]._get_unreachable_text())
        values = [notice._prepare_mail_again(mails[notice.id][-1]) for notice in notices]
        # Superuser: nobody but the system makes mails; the user's right to send was checked above.
        self.env["mail.mail"].sudo().create(values)
        notices._log_channels({notice: [self.env._("E-mail, sent again")] for notice in notices})

    def action_retry_mails(self):
        """Queue e-mails again that the mail server did not take, or may not have taken.

        :raise: AccessError for anyone but collection managers
        """
        self._check_may_send()._get_mails().action_retry()

    # === MAILS === #

    def _queue_mails(self):
        """Queue one e-mail per notice; the mail queue sends them after the commit."""
        self._read_documents()
        for level, notices in self.grouped("level_id").items():
            notices._get_template(level).send_mail_batch(notices.ids)

    def _read_documents(self):
        """Read what e-mails say of the documents for all of them: templates are rendered in packets."""
        lines = self.line_ids
        lines.move_line_id.fetch(["move_id"])
        lines.move_id.fetch(["name", "move_type", "invoice_date", "date", "partner_bank_id"])

    def _get_template(self, level):
        """Return the e-mail template of a level.

        :raise: UserError when the level has none and the default one was deleted
        """
        template = level.mail_template_id or self.env.ref(TEMPLATE, raise_if_not_found=False)
        if not template:
            raise UserError(self.env._("%s: the level has no e-mail template. Choose one.", level.display_name))
        return template

    def _get_mails(self):
        """Return the mails of the notices, the oldest first."""
        return self.env["mail.mail"].search([("model", "=", self._name), ("res_id", "in", self.ids)], order="id")

    def _prepare_mail_again(self, mail):
        """Return the values of a mail that says the same as an earlier one."""
        copied = ("subject", "body_html", "body", "email_from", "reply_to", "email_cc", "auto_delete")
        return {
            **{name: mail[name] for name in copied},
            "mail_server_id": mail.mail_server_id.id,
            "model": self._name,
            "res_id": self.id,
            "recipient_ids": [fields.Command.set(self.contact_id.ids)],
            "attachment_ids": [fields.Command.set(mail.attachment_ids.ids)],
        }

    def _get_mail_preview(self):
        """Return the values of the dialog that shows the e-mail: only what is made for showing it, no documents."""
        if not self.level_id.channel_email:
            return dict.fromkeys(("subject", "email_from", "email_to", "attachment_names", "body_html"), False)
        template = self._get_template(self.level_id)
        values = template._generate_template(self.ids, ("subject", "email_from", "body_html"))[self.id]
        names = template.attachment_ids.mapped("name") + self._get_document_names()
        return {
            "subject": values["subject"],
            "email_from": values["email_from"],
            "email_to": self._get_addressee().email_formatted,
            "attachment_names": ", ".join(names),
            "body_html": values["body_html"],
        }

    # === FOR TEMPLATES === #

    def _get_sender(self):
        """Return the sender: the company of the notice, or else who may be asked."""
        sender = self.company_id if self.company_id.email else self._get_signatory()
        return sender.email_formatted or self.env.user.email_formatted

    def _get_reply_to(self):
        """Return who gets the answers: who may be asked, or else the sender."""
        return self._get_signatory().email_formatted or self._get_sender()

    def _mail_get_partner_fields(self, introspect_fields=False):
        # EXTENDS 'mail': the recipient of templates that leave the choice to the document
        return ["contact_id"]
