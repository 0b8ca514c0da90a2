from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import date_utils

from odoo.addons.sales_control.tools.dso import get_month_ends

MAX_MONTH_ENDS = 36
FIRST_YEAR, LAST_YEAR = 1970, 2199


class ReceivableDsoWizard(models.TransientModel):
    """Chooses months, method's period and whose days sales outstanding are looked at."""

    _name = "receivable.dso.wizard"
    _description = "Days Sales Outstanding"

    company_id = fields.Many2one("res.company", "Company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date("From Month", required=True, default=lambda self: self._default_date(11))
    date_to = fields.Date("To Month", required=True, default=lambda self: self._default_date(0))
    dimension = fields.Selection(
        [
            ("company", "Company"),
            ("customer", "Customer"),
            ("salesperson", "Salesperson"),
            ("department", "Department"),
        ],
        "Group By",
        required=True,
        default="company",
    )
    days = fields.Integer("Days of the Period", required=True, default=90, help="For the period method.")

    @api.model
    def _default_date(self, months):
        """Return the last month end, or some months before."""
        today = self.env.company._get_today()
        return date_utils.subtract(today.replace(day=1), days=1, months=months)

    @api.constrains("date_from", "date_to", "days")
    def _check_period(self):
        for wizard in self:
            if not wizard.date_from or not wizard.date_to:
                continue  # the database refuses that, with the label of the field
            if wizard.date_from > wizard.date_to:
                raise ValidationError(self.env._("From month: choose a month up to the last month."))
            if wizard.date_from.year < FIRST_YEAR or wizard.date_to.year > LAST_YEAR:
                raise ValidationError(
                    self.env._("Months: choose months from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
                )
            months = 12 * (wizard.date_to.year - wizard.date_from.year) + wizard.date_to.month - wizard.date_from.month
            if months >= MAX_MONTH_ENDS:
                raise ValidationError(self.env._("From month: choose at most %s months.", MAX_MONTH_ENDS))
            if not 1 <= wizard.days <= 365:
                raise ValidationError(self.env._("Days of the period: enter 1 to 365."))

    def action_show(self):
        """Make the rows and show them.

        :return: an action
        :raise AccessError: for users who see no receivables, and for companies of others
        """
        self.ensure_one()
        self.env["receivable.ageing"].check_access("read")
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("Company: choose one of your own companies."))
        month_ends = get_month_ends(self.date_from, self.date_to)
        dso = self.env["receivable.dso"]
        rows = dso._prepare_rows(self.company_id, month_ends, self.dimension, self.days)
        if not rows:
            raise UserError(self.env._("Months: there were no sales and no open items in any of them."))
        # Superuser: users make no rows but through here; the rows remain theirs.
        records = dso.sudo().create(rows)
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.receivable_dso_action")
        action["domain"] = [("id", "in", records.ids)]
        action["context"] = {"dso_of": self.dimension}
        return action
