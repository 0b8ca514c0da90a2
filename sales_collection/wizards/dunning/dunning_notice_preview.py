from odoo import api, fields, models


class DunningNoticePreview(models.TransientModel):
    """What a notice would say by e-mail, before it is sent; nothing is written but this dialog."""

    _name = "dunning.notice.preview"
    _description = "Preview of a Dunning Notice"

    notice_id = fields.Many2one("dunning.notice", "Notice", required=True, readonly=True, ondelete="cascade")
    channel_letter = fields.Boolean(related="notice_id.level_id.channel_letter")
    subject = fields.Char(compute="_compute_mail")
    email_from = fields.Char("From", compute="_compute_mail")
    email_to = fields.Char("To", compute="_compute_mail")
    attachment_names = fields.Char(
        "Attachments", compute="_compute_mail", help="They are generated when the notice is sent."
    )
    body_html = fields.Html("Body", compute="_compute_mail", sanitize=False)

    @api.depends("notice_id")
    def _compute_mail(self):
        names = [name for name, field in self._fields.items() if field.compute == "_compute_mail"]
        self.filtered(lambda preview: not preview.notice_id).update(dict.fromkeys(names, False))
        for preview in self.filtered("notice_id"):
            preview.notice_id.check_access("read")
            # Superuser: what a notice says is for its readers, wherever its figures come from.
            notice = preview.notice_id.sudo()._with_addressee()
            preview.update(notice._get_mail_preview())

    def action_print_letter(self):
        """Return the action that prints the letter as it stands."""
        self.ensure_one()
        self.notice_id.check_access("read")
        return self.env.ref("sales_collection.dunning_notice_action_letter").report_action(self.notice_id)
