import base64

from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError

LETTER = "sales_collection.dunning_notice_action_letter"
TEMPLATE = "sales_collection.mail_template_dunning_notice"


class DunningNotice(models.Model):
    """What a notice says: the words and figures that its letter and its e-mail share, the PDF and the mail themselves.

    The mail is queued in the transaction that sends the notice, in the language of its contact.
    """

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    letter_id = fields.Many2one(
        "ir.attachment", "Letter", readonly=True, copy=False, index="btree_not_null", help="The PDF that was sent."
    )
    mail_state = fields.Selection(
        [("outgoing", "Queued"), ("sent", "Sent"), ("exception", "Failed"), ("cancel", "Cancelled")],
        "Email",
        compute="_compute_mail_state",
        search="_search_mail_state",
        help="Status of the last email.",
    )
    mail_failure = fields.Text("Email Failure Reason", compute="_compute_mail_state")

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

    # === ACTION METHODS === #

    def action_print_letter(self):
        """Return the action that prints letters, merged: what was sent as it was sent."""
        self.check_access("read")
        return self.env.ref(LETTER).report_action(self)

    def action_preview(self):
        """Return the dialog that shows the e-mail as it would go out, and prints the letter."""
        self.ensure_one()
        self.check_access("read")
        preview = self.env["dunning.notice.preview"].create({"notice_id": self.id})
        return preview._get_records_action(name=self.env._("Preview"), target="new")

    def action_resend(self):
        """Queue the e-mail of sent notices once more, to who gets it today: no new level, no new charge.

        :raise: AccessError for anyone but collection managers; UserError for what was not sent by e-mail
        """
        notices = self._check_may_send()
        mails = notices._get_mails().grouped("res_id")
        missing = notices.filtered(lambda notice: notice.state != "sent" or notice.id not in mails)
        if missing:
            names = ", ".join(missing.mapped("display_name"))
            raise UserError(self.env._("These were not sent by email, so there is nothing to repeat: %s", names))
        notices._set_contacts()
        if unreachable := notices.filtered(lambda notice: not notice.contact_id.email_normalized):
            raise UserError(unreachable[0]._get_unreachable_text())
        values = [notice._prepare_mail_again(mails[notice.id][-1]) for notice in notices]
        # Superuser: nobody but the system makes mails; the user's right to send was checked above.
        self.env["mail.mail"].sudo().create(values)
        notices._log_channels({notice: [self.env._("Email, sent again")] for notice in notices})

    def action_retry_mails(self):
        """Queue e-mails again that the mail server did not take, or may not have taken.

        :raise: AccessError for anyone but collection managers
        """
        self._check_may_send()._get_mails().action_retry()

    def _check_exist(self):
        """Raise where the address of a report names notices that are not there."""
        if len(self.exists()) < len(self):
            raise MissingError(
                self.env._("Some of these notices do not exist (any more): open the list and choose again.")
            )

    # === WORDS === #

    def _get_lang(self):
        """Return the language that the addressee is written in."""
        return self._get_addressee().lang or self.company_id.partner_id.lang or self.env.lang

    def _with_addressee(self):
        """Return the notice as its letter is written: in its company and in the language of the addressee."""
        return self.with_company(self.company_id).with_context(lang=self._get_lang())

    def _get_letter_kind(self):
        """Return which default text the level gets: soon_due, reminder, demand, final or legal."""
        if self.level_id.is_legal:
            return "legal"
        if self.level_id.days < 0:
            return "soon_due"
        ladder = self.policy_id.level_ids.filtered(lambda level: level.days >= 0 and not level.is_legal)
        ladder = ladder.sorted("days")
        if self.level_id == ladder[:1]:
            return "reminder"
        return "final" if self.level_id == ladder[-1:] else "demand"

    def _get_letter_title(self):
        """Return what the letter is called, in the language of the addressee: level and, once approved, number."""
        level = self.with_context(lang=self._get_lang()).level_id
        return f"{level.name} {self.name}" if self.name else level.name

    def _get_signatory(self):
        """Return the user whom the customer may ask."""
        return self.collector_id or self.user_id

    def _get_bank_account(self):
        """Return where to pay: the account that the claimed invoices name, or else the company's first."""
        accounts = self._get_claimed_invoices().partner_bank_id
        return accounts if len(accounts) == 1 else self.company_id.partner_id.bank_ids[:1]

    # === ADDRESSES === #

    def _keeps_contact(self):
        """Tell whether the notice goes to whom it was approved for, whatever invoice addresses were added since.

        A dunning contact that somebody chose counts at any time; who cannot be reached any more gives way.
        """
        contact, customer = self.contact_id, self.partner_id.commercial_partner_id
        if self.state != "approved" or customer.with_company(self.company_id).dunning_contact_id:
            return False
        is_his = contact.active and contact.commercial_partner_id == customer
        is_addressed = contact == customer or contact.type == "invoice"
        return is_his and is_addressed and bool(contact.email_normalized or not self.level_id.channel_email)

    def _get_recipient_lines(self):
        """Return the lines of the address window: company, person, address."""
        contact = self._get_addressee()
        names = [contact.commercial_company_name or contact.commercial_partner_id.name, contact.name]
        return [*dict.fromkeys(filter(None, names)), *self._get_address_lines(contact)]

    def _get_address_lines(self, partner):
        """Return the address of a partner, without names, as its country writes it."""
        return [row.strip() for row in partner._display_address(without_company=True).splitlines() if row.strip()]

    def _get_return_line(self):
        """Return the sender in one line, above the address in the window."""
        sender = self.company_id.partner_id
        return " · ".join([self.company_id.name, *self._get_address_lines(sender)])

    # === FIGURES === #

    def _get_statement(self):
        """Return the lines and sums per currency.

        :return: list of dictionaries: ``claims`` and ``credits`` (lines), and what `_get_currency_totals` says
        """
        lines = self.line_ids.sorted(lambda line: (line.date_maturity or line.notice_id.date, line.id))
        by_kind = lines.grouped(lambda line: (line.currency_id, line.kind))
        return [
            {
                **totals,
                "claims": by_kind.get((totals["currency"], "claim"), lines.browse()),
                "credits": by_kind.get((totals["currency"], "credit"), lines.browse()),
            }
            for totals in self._get_currency_totals()
        ]

    def _get_total_rows(self, totals):
        """Return the sums below the lines as (label, amount), without those that are zero; the claim comes last.

        :param totals: one of `_get_currency_totals`
        """
        rows = [
            (self.env._("Open items"), totals["principal"]),
            (self.env._("Open credits"), totals["credit"]),
            (self.env._("Interest"), totals["interest"]),
            (self.env._("Fee"), totals["fee"]),
            (self.env._("Charges of earlier notices"), totals["previous"]),
        ]
        rows = [(label, amount) for label, amount in rows if not totals["currency"].is_zero(amount)]
        claim = (self.env._("Amount due"), totals["total"])
        return [*rows, claim] if len(rows) > 1 else [claim]

    def _get_contract_numbers(self):
        """Return ``{invoice: the numbers of its contracts, or else of its orders}``, of all documents of the notice."""
        return {invoice: self._get_contract_number(invoice) for invoice in self.line_ids.move_id}

    def _get_contract_number(self, invoice):
        orders = invoice.line_ids.sale_line_ids.order_id
        numbers = [order.contract_number or order.client_order_ref or order.name for order in orders]
        return ", ".join(dict.fromkeys(numbers)) or invoice.ref or ""

    # === LETTER === #

    def _make_letters(self):
        """Print the letter of each notice and keep it: what was sent stays as it was."""
        for notice in self:
            notice.letter_id = self.env["ir.attachment"].create(notice._prepare_letter(notice._print_letter()))

    def _prepare_letter(self, content):
        """Return the values of the attachment that keeps the letter; who may read the notice may read it."""
        return {
            "name": self._get_letter_filename(),
            "raw": content,
            "mimetype": "application/pdf",
            "res_model": self._name,
            "res_id": self.id,
            "company_id": self.company_id.id,
        }

    def _print_letter(self):
        """Return the PDF of this notice's letter, as bytes."""
        return self.env["ir.actions.report"]._render_qweb_pdf(LETTER, self.ids)[0]

    def _get_letter_filename(self):
        """Return the name of the PDF, in the language of the addressee."""
        return f"{self._get_letter_title()}.pdf".replace("/", "-")

    # === E-MAIL === #

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
            raise UserError(self.env._("%s: the level has no email template. Choose one.", level.display_name))
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

    # === DOCUMENTS OF THE E-MAIL === #

    def _process_attachments_for_template_post(self, mail_template):
        # EXTENDS 'mail': each e-mail carries its own letter and its own invoices
        result = super()._process_attachments_for_template_post(mail_template) or {}
        for notice in self:
            documents = result.setdefault(notice.id, {})
            if notice.letter_id and notice.level_id.channel_letter:
                documents.setdefault("attachment_ids", []).append(notice.letter_id.id)
            if notice.level_id.attach_invoices:
                documents.setdefault("attachments", []).extend(notice._get_invoice_documents())
        return result

    def _get_document_names(self):
        """Return the names of the documents that the e-mail carries."""
        names = [self._get_letter_filename()] if self.level_id.channel_letter else []
        if self.level_id.attach_invoices:
            names += [invoice._get_invoice_report_filename() for invoice in self._get_claimed_invoices()]
        return names

    def _get_claimed_invoices(self):
        """Return the invoices among what the notice claims."""
        lines = self.line_ids.filtered(lambda line: line.kind == "claim")
        return lines.move_id.filtered(lambda move: move.is_sale_document())

    def _get_invoice_documents(self):
        """Return the claimed invoices as (file name, base64): as they were once sent, or else printed now."""
        return [
            (document["filename"], base64.b64encode(document["content"]))
            for invoice in self._get_claimed_invoices()
            for document in [invoice._get_invoice_legal_documents("pdf") or self._print_invoice(invoice)]
        ]

    def _print_invoice(self, invoice):
        """Return file name and content of an invoice that has no PDF yet; it leaves no trace on the invoice."""
        report = invoice.partner_id.invoice_template_pdf_report_id or self.env.ref("account.account_invoices")
        reports = self.env["ir.actions.report"].with_context(report_pdf_no_attachment=True)
        content = reports._render_qweb_pdf(report, invoice.ids)[0]
        return {"filename": invoice._get_invoice_report_filename(), "content": content}
