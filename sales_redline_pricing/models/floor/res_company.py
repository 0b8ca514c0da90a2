from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    price_floor_tell_passing = fields.Boolean(
        "Show the Lowest Accepted Price",
        help="Users who cannot see red lines are told from which price on a line that is too low would be accepted.",
        groups="base.group_user",
    )

    def _get_midnight(self):
        """Return when today began where this company is, in UTC, as text of a datetime."""
        self.ensure_one()
        return fields.Datetime.to_string(self._get_day_bounds(self._get_today())[0])

    def _has_price_floors(self):
        """Tell whether this company has any red line in force: without one nothing is judged."""
        self.ensure_one()
        return bool(self.env["sale.price.floor"]._get_compiled(self.id))
