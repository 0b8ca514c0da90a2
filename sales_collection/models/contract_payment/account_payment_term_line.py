from odoo import models


class AccountPaymentTermLine(models.Model):
    """Instalments of payment terms as contract payments."""

    _inherit = "account.payment.term.line"

    def _is_advance(self):
        """Tell whether this is a part that the customer pays at once, before the rest."""
        self.ensure_one()
        lines = self.payment_id.line_ids
        return len(lines) > 1 and self == lines[0] and self.delay_type == "days_after" and not self.nb_days

    def _prepare_milestone_values(self, is_advance=False):
        """Return the values of the milestone for this instalment: an advance on order, the rest from delivery on."""
        self.ensure_one()
        units = {"days_after_end_of_month": "end_of_month", "days_after_end_of_next_month": "end_of_next_month"}
        return {
            "name": self.env._("Advance") if is_advance else self.env._("On delivery"),
            "sequence": 10 * (1 + list(self.payment_id.line_ids).index(self)),
            "kind": "advance" if is_advance else "delivery",
            "due_rule": "order" if is_advance else "delivery",
            "due_delay": self.nb_days,
            "due_delay_unit": units.get(self.delay_type, "days"),
            "percentage": self.value_amount if self.value == "percent" else 0.0,
        }
