from odoo import api, fields, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "sale.department.mixin"]

    _department_date_field = "date_order"
    _department_user_field = "user_id"

    @api.depends("user_id", "company_id")
    def _compute_department_id(self):
        return super()._compute_department_id()

    def _get_department_day(self, value):
        """``date_order`` is a moment in UTC: the day is the one where the company is, whoever dates the order."""
        moment = fields.Datetime.to_datetime(value)
        company = self.company_id or self.env.company
        return company._get_day(moment) if moment else super()._get_department_day(value)

    def _prepare_invoice(self):
        """The order's department goes on its invoices; one without lets the invoice find its own."""
        values = super()._prepare_invoice()
        if self.department_id:
            values["department_id"] = self.department_id.id
        return values
