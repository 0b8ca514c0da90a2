from odoo import api, models
from odoo.exceptions import MissingError


class ReportStatementOfAccount(models.AbstractModel):
    """Values of the printed statement; rights are checked where the figures are read."""

    _name = "report.sales_collection.report_statement_of_account"
    _description = "Statement of Account"

    @api.model
    def _get_report_values(self, docids, data=None):
        statements = self.env["receivable.statement"]
        options = statements._clean_options(data or {})
        partners = self.env["res.partner"].browse(docids)
        if len(partners.exists()) < len(partners):
            raise MissingError(
                self.env._("Some of these customers do not exist (any more): open the list and choose again.")
            )
        return {
            "doc_ids": docids,
            "doc_model": "res.partner",
            "docs": partners.commercial_partner_id,
            "statements": statements._get_statements(partners, **options),
            "with_confirmation": bool((data or {}).get("with_confirmation")),
            **options,
        }
