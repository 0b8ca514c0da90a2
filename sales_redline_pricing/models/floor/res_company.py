from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    price_floor_tell_passing = fields.Boolean(
        "Tell the Passing Price",
        help="Whoever may not see red lines is told at which price a line that is too low would pass.",
    )
