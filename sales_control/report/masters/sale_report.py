from odoo import fields, models


class SaleReport(models.Model):
    _name = "sale.report"
    _inherit = "sale.report"

    department_id = fields.Many2one("hr.department", string="Department", readonly=True)

    def _select_additional_fields(self):
        res = super()._select_additional_fields()
        res["department_id"] = "s.department_id"
        return res

    def _group_by_sale(self):
        return f"{super()._group_by_sale()},\n            s.department_id"
