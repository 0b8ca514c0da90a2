from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    price_floor_tell_passing = fields.Boolean(
        "Show the Lowest Accepted Price",
        help="Users who cannot see red lines are told from which price on a line that is too low would be accepted.",
    )
