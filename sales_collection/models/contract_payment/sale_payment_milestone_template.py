from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare


class SalePaymentMilestoneTemplate(models.Model):
    """Contract payments as they are usually agreed, to choose on an order."""

    _name = "sale.payment.milestone.template"
    _description = "Contract Payment Template"
    _order = "sequence, name, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, ondelete="restrict", help="Leave empty for all companies.")
    line_ids = fields.One2many("sale.payment.milestone.template.line", "template_id", "Payments", copy=True)
    percentage_total = fields.Float("Total (%)", digits=(16, 4), compute="_compute_percentage_total")

    @api.depends("line_ids.percentage")
    def _compute_percentage_total(self):
        for template in self:
            template.percentage_total = sum(template.line_ids.mapped("percentage"))

    @api.constrains("line_ids")
    def _check_line_ids(self):
        for template in self:
            if float_compare(template.percentage_total, 100, precision_digits=4):
                raise ValidationError(
                    self.env._(
                        'The payments of the template "%(name)s" add up to %(sum)s %%: change the percentages so that they total 100 %%.',
                        name=template.name,
                        sum=round(template.percentage_total, 4),
                    )
                )

    def _prepare_milestones(self):
        """Return the list of values of the milestones that this template proposes."""
        self.ensure_one()
        return [line._prepare_milestone_values() for line in self.line_ids]
