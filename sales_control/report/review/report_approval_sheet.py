from odoo import api, models
from odoo.exceptions import AccessError, MissingError


class ReportApprovalSheet(models.AbstractModel):
    """What the approval sheet prints: the decision records themselves, whoever reads the order."""

    _name = "report.sales_control.report_approval_sheet"
    _description = "Approval Sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the orders and their reviews, which the banner of an order shows to all its readers too.

        :raise AccessError: for customers, and for orders that the user may not read
        :raise MissingError: without any order
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Approval sheets are for employees."))
        orders = self.env["sale.order"].browse(docids).exists()
        if not orders:
            raise MissingError(self.env._("The orders of this approval sheet do not exist any more."))
        orders.check_access("read")
        return {
            "doc_ids": orders.ids,
            "doc_model": orders._name,
            "docs": orders,
            # Superuser: reviews are for those who asked, sell or decide; accountants print the sheet too.
            "get_reviews": lambda order: order.sudo().order_review_ids,
        }
