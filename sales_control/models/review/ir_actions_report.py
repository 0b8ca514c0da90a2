from odoo import api, models


class IrActionsReport(models.Model):
    """Documents that are printed one by one and merged.

    Builds of wkhtmltopdf without patches to Qt refuse several documents at once, and with none of them a page of one
    customer gets into the document of another.
    """

    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    @api.model
    def _get_singly_printed(self):
        """Return the names (``report_name``) of the reports that are printed record by record."""
        return {"sales_control.report_approval_sheet"}

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS 'base'
        singly = len(res_ids or ()) > 1 and self._get_report(report_ref).report_name in self._get_singly_printed()
        streams = {}
        for ids in [[res_id] for res_id in res_ids] if singly else [res_ids]:
            streams |= super()._render_qweb_pdf_prepare_streams(report_ref, dict(data or {}), res_ids=ids)
        return streams
