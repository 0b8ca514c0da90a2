from io import BytesIO

from odoo import api, models

from .dunning_notice_letter import LETTER


class IrActionsReport(models.Model):
    """Letters and statements are printed one by one; a letter that was sent is printed as it was sent."""

    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    @api.model
    def _get_singly_printed(self):
        own = {"sales_collection.report_dunning_letter", "sales_collection.report_statement_of_account"}
        return super()._get_singly_printed() | own

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS 'sales_control'
        if not res_ids or self._get_report(report_ref) != self.env.ref(LETTER):
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        notices = self.env["dunning.notice"].browse(res_ids)
        notices._check_exist()
        notices.check_access("read")
        # Superuser: who may read the notice may read its letter.
        letters = {notice.id: letter for notice in notices if (letter := notice.sudo().letter_id)}
        new = [res_id for res_id in res_ids if res_id not in letters]
        streams = super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=new) if new else {}
        streams |= {res_id: {"stream": BytesIO(letter.raw), "attachment": letter} for res_id, letter in letters.items()}
        return {res_id: streams[res_id] for res_id in res_ids}
