from odoo import models


class CreditGrade(models.Model):
    _inherit = "credit.grade"

    def action_view_customers(self):
        """Return the action that lists the customers of this grade, in the user's company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_plan_credit.res_partner_action_credit")
        return dict(action, domain=[("credit_grade_id", "=", self.id)])
