from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.milestones import get_due_date


class SalePaymentMilestoneMixin(models.AbstractModel):
    """What a payment of a contract is for, and when it falls due."""

    _name = "sale.payment.milestone.mixin"
    _description = "Payment of a Contract"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char("Description", required=True)
    kind = fields.Selection(
        [
            ("advance", "Advance"),
            ("delivery", "Delivery"),
            ("acceptance", "Acceptance"),
            ("retention", "Retention"),
            ("other", "Other"),
        ],
        string="Type",
        required=True,
        default="other",
    )
    due_rule = fields.Selection(
        [
            ("order", "On order"),
            ("delivery", "On delivery"),
            ("acceptance", "On acceptance"),
            ("date", "On a fixed date"),
        ],
        "Due",
        required=True,
        compute="_compute_due_rule",
        store=True,
        readonly=False,
        precompute=True,
        help="On delivery: day of the last delivery, or the promised day while goods are missing. On acceptance: the acceptance date of the order.",
    )
    due_delay = fields.Integer("After", help="Number of days or months after the event.")
    due_delay_unit = fields.Selection(
        [
            ("days", "Days"),
            ("months", "Months"),
            ("end_of_month", "Days after end of month"),
            ("end_of_next_month", "Days after end of next month"),
        ],
        "Unit",
        required=True,
        default="days",
    )
    percentage = fields.Float("Percentage", digits=(16, 4), help="Percentage of the order total, taxes included.")

    _check_percentage = models.Constraint(
        "CHECK(percentage >= 0 AND percentage <= 100)",
        "The percentage of a contract payment must be between 0 and 100: correct it.",
    )
    _check_due_delay = models.Constraint(
        "CHECK(due_delay >= 0)",
        "A contract payment falls due on the day of its event or after it: enter 0 or more days or months.",
    )

    @api.depends("kind")
    def _compute_due_rule(self):
        """Propose what payments of the kind mostly wait for: a retention runs from the delivery."""
        events = {"delivery": "delivery", "retention": "delivery", "acceptance": "acceptance"}
        for payment in self:
            payment.due_rule = events.get(payment.kind, "order")

    def _get_due_date(self, event):
        """Return the day on which this payment falls due.

        :param event: ``date`` of the order, delivery or acceptance, None where it is not known
        :return: ``date`` or None
        """
        self.ensure_one()
        return get_due_date(event, self.due_delay, self.due_delay_unit)

    def _prepare_milestone_values(self):
        """Return the values that a milestone takes over from a line of a template."""
        self.ensure_one()
        names = ("sequence", "name", "kind", "due_rule", "due_delay", "due_delay_unit", "percentage")
        return {name: self[name] for name in names}

    @api.constrains("due_delay", "due_delay_unit")
    def _check_due_delay_unit(self):
        # A day that no calendar has would break every later computation of due dates.
        limits = {"months": 600}
        for payment in self:
            if payment.due_delay > limits.get(payment.due_delay_unit, 18250):
                raise ValidationError(
                    self.env._(
                        'The payment "%s" falls due more than 50 years after its event: enter a shorter delay.',
                        payment.name,
                    )
                )
