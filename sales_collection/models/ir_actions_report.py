from io import BytesIO

from odoo import models

from .dunning_notice_letter import LETTER


class IrActionsReport(models.Model):
    """Letters are printed one by one and merged; a letter that was sent is printed as it was sent."""

    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS 'base'. Builds of wkhtmltopdf without patches to Qt refuse several documents at once, and with none of
        # them a page of one customer gets into the letter of another.
        if not res_ids or self._get_report(report_ref) != self.env.ref(LETTER):
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        notices = self.env["dunning.notice"].browse(res_ids)
        notices.check_access("read")
        streams = {}
        for notice in notices:
            # Superuser: who may read the notice may read its letter.
            if letter := notice.sudo().letter_id:
                streams[notice.id] = {"stream": BytesIO(letter.raw), "attachment": letter}
            else:
                streams |= super()._render_qweb_pdf_prepare_streams(report_ref, dict(data or {}), res_ids=notice.ids)
        return streams
