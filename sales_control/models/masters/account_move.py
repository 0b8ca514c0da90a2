from odoo import api, models

from ...tools.groups import SALES_MANAGERS


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "sale.department.mixin"]

    _department_date_field = "invoice_date"
    _department_user_field = "invoice_user_id"
    _department_editors = f"{SALES_MANAGERS},account.group_account_manager"

    @api.depends("invoice_user_id", "company_id", "move_type", "reversed_entry_id")
    def _compute_department_id(self):
        return super()._compute_department_id()

    def _get_automatic_departments(self):
        """A credit note belongs where the invoice that it reverses belongs."""
        departments = super()._get_automatic_departments()
        for move in self.filtered("reversed_entry_id"):
            departments[move] = move.reversed_entry_id.department_id
        return departments

    def _get_department_key(self):
        return self.is_sale_document(include_receipts=True) and super()._get_department_key()

    def _department_follows_date(self):
        """The department of an order or of a reversed invoice is taken over, whenever the document is dated."""
        taken_over = self.reversed_entry_id or self.sudo().line_ids.sale_line_ids
        return not taken_over and super()._department_follows_date()

    def _get_accepted_departments(self):
        """Who bills an order may pass on the order's department."""
        return super()._get_accepted_departments() | self.sudo().line_ids.sale_line_ids.order_id.department_id
