import base64

from odoo import fields, models

LETTER = "sales_collection.dunning_notice_action_letter"


class DunningNotice(models.Model):
    """Documents of a notice: its letter, and the invoices that go with the e-mail."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    letter_id = fields.Many2one(
        "ir.attachment", "Letter", readonly=True, copy=False, index="btree_not_null", help="The PDF that was sent."
    )

    def action_print_letter(self):
        """Return the action that prints letters, merged: what was sent as it was sent."""
        self.check_access("read")
        return self.env.ref(LETTER).report_action(self)

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

    def _get_letter_title(self):
        """Return what the letter is called, in the language of the addressee: level and, once approved, number."""
        level = self.with_context(lang=self._get_lang()).level_id
        return f"{level.name} {self.name}" if self.name else level.name

    def _get_letter_filename(self):
        """Return the name of the PDF, in the language of the addressee."""
        return f"{self._get_letter_title()}.pdf".replace("/", "-")

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
