from odoo import fields, models


class SalePaymentMilestoneTemplateLine(models.Model):
    """One payment of a template: which part of the contract, and when it falls due."""

    _name = "sale.payment.milestone.template.line"
    _inherit = "sale.payment.milestone.mixin"
    _description = "Contract Payment Template Line"

    template_id = fields.Many2one(
        "sale.payment.milestone.template", "Template", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(translate=True)

    _check_due_rule = models.Constraint(
        "CHECK(due_rule <> 'date')",
        "Templates do not support fixed dates: choose an event with days or months after it, or enter the date on the order.",
    )
