from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CollectionRateWizard(models.TransientModel):
    """Asks for the period whose collection rate is wanted."""

    _name = "collection.rate.wizard"
    _description = "Period of a Collection Rate"

    date_from = fields.Date("From", required=True, default=lambda self: self._get_default_day(day=1))
    date_to = fields.Date("To", required=True, default=lambda self: self._get_default_day(day=31))
    group_by = fields.Selection(
        [("partner", "Customer"), ("user", "Salesperson"), ("department", "Department"), ("period", "Month")],
        required=True,
        default="partner",
        help="When grouped by month, every month is a period of its own.",
    )

    @api.model
    def _get_default_day(self, day):
        return self.env.company._get_today() + relativedelta(day=day)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            # An empty date is what the database refuses, with its label.
            if wizard.date_from and wizard.date_to and wizard.date_to < wizard.date_from:
                raise ValidationError(self.env._("The period ends before it starts: choose a later end."))

    def action_open(self):
        """Open the figures of the period, grouped as wanted."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.collection_rate_report_action")
        context = {
            "collection_date_from": fields.Date.to_string(self.date_from),
            "collection_date_to": fields.Date.to_string(self.date_to),
            "collection_by_month": self.group_by == "period",
            f"search_default_group_{self.group_by}": 1,
        }
        name = self.env._("Collection Rate %(start)s - %(stop)s", start=self.date_from, stop=self.date_to)
        return dict(action, name=name, context=context)
