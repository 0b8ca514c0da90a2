from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.ageing import format_range, get_bucket_ranges, parse_bounds

DEFAULT_AGEING_DAYS = "30, 60, 90, 120"


class ResCompany(models.Model):
    """The buckets in which a company looks at the age of its receivables."""

    _inherit = "res.company"
    _name = "res.company"

    receivable_ageing_days = fields.Char(
        "Aging Days",
        default=DEFAULT_AGEING_DAYS,
        help="The last day of each bucket of aged receivables: 30, 60, 90 makes not due, 1-30, 31-60, 61-90 and 91+.",
        groups="base.group_user",
    )

    @api.constrains("receivable_ageing_days")
    def _check_receivable_ageing_days(self):
        for company in self.filtered("receivable_ageing_days"):
            try:
                parse_bounds(company.receivable_ageing_days)
            except ValueError as error:
                raise ValidationError(company._get_ageing_days_error()) from error

    def _get_ageing_bounds(self):
        """Return the company's bounds, a tuple of days; 30, 60, 90, 120 where none are set."""
        self.ensure_one()
        # Superuser: who looks at receivables need not read the settings of the company.
        return parse_bounds(self.sudo().receivable_ageing_days or DEFAULT_AGEING_DAYS)

    def _get_ageing_labels(self):
        """Return the names of the company's buckets, in the order of age: ``{key: name}``; see `get_bucket_ranges`."""
        ranges = get_bucket_ranges(self._get_ageing_bounds())
        return {key: self._get_bucket_label(first, last) for key, first, last in ranges}

    @api.model
    def _get_bucket_label(self, first, last):
        """Return the name of a bucket; see `get_bucket_ranges`."""
        return self.env._("Not due") if first is None else format_range(first, last)

    @api.model
    def _get_ageing_days_error(self):
        """Return what to say to wrong bounds."""
        return self.env._("Aging days: enter 1 to 8 whole numbers in ascending order, for example 30, 60, 90, 120.")
