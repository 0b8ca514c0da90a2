from odoo import models

from .dunning_notice_letter import LETTER


class IrActionsReport(models.Model):
    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS 'base': letters are printed one by one, and merged. Builds of wkhtmltopdf without patches to Qt refuse
        # several documents at once, and none of them may find a page of another customer in his letter.
        if self._get_report(report_ref) != self.env.ref(LETTER) or len(res_ids or ()) < 2:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        streams = {}
        for res_id in res_ids:
            streams.update(super()._render_qweb_pdf_prepare_streams(report_ref, dict(data or {}), res_ids=[res_id]))
        return streams
