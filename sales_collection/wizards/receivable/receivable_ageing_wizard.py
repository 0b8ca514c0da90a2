from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from odoo.addons.sales_control.tools.ageing import parse_bounds


class ReceivableAgeingWizard(models.TransientModel):
    """Chooses the day, the buckets and the basis of aged receivables."""

    _name = "receivable.ageing.wizard"
    _description = "Aged Receivables at a Date"

    date = fields.Date(
        "As of",
        required=True,
        default=lambda self: self.env.company._get_today(),
        help="What was open at the end of this day. A future date shows what is known today, aged to that date.",
    )
    ageing_days = fields.Char(
        "Aging Days",
        required=True,
        default=lambda self: self._default_ageing_days(),
        help="The last day of each bucket, for example 30, 60, 90, 120.",
    )
    basis = fields.Selection(
        [("due", "Due date"), ("invoice", "Invoice date")], "Aging Based On", required=True, default="due"
    )

    @api.model
    def _default_ageing_days(self):
        return ", ".join(str(bound) for bound in self.env.company._get_ageing_bounds())

    @api.constrains("ageing_days")
    def _check_ageing_days(self):
        for wizard in self:
            try:
                parse_bounds(wizard.ageing_days)
            except ValueError as error:
                raise ValidationError(self.env.company._get_ageing_days_error()) from error

    def action_show(self):
        """Show the receivables that were open on the day.

        :return: an action with day, buckets and basis in its context
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.receivable_ageing_action")
        action.pop("path", None)  # the address would open today's
        action["display_name"] = self.env._("Aged Receivables as of %(date)s", date=format_date(self.env, self.date))
        bounds = list(parse_bounds(self.ageing_days))
        action["context"] = {
            "ageing_date": fields.Date.to_string(self.date),
            "ageing_days": bounds,
            "ageing_basis": self.basis,
            # For the names of the buckets, see `_get_label_options`.
            "ageing_days_view_ref": ",".join(str(bound) for bound in bounds),
            "ageing_basis_view_ref": self.basis,
        }
        return action
