from odoo import fields, models


class DunningInterestTable(models.Model):
    """Interest rates by date, such as a central bank's base rate with the law's surcharge."""

    _name = "dunning.interest.table"
    _description = "Table of Interest Rates"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one("res.company", "Company", ondelete="restrict", help="Leave empty for all companies.")
    active = fields.Boolean(default=True)
    rate_ids = fields.One2many("dunning.interest.rate", "table_id", "Rates", copy=True)


class DunningInterestRate(models.Model):
    _name = "dunning.interest.rate"
    _description = "Interest Rate from a Date"
    _order = "table_id, date_start"

    table_id = fields.Many2one("dunning.interest.table", "Table", required=True, ondelete="cascade", index=True)
    date_start = fields.Date("From", required=True)
    rate = fields.Float("Rate (% a year)", digits=(16, 4), required=True)

    _date_unique = models.Constraint("UNIQUE(table_id, date_start)", "Only one rate per day: change the existing one.")
    _rate_positive = models.Constraint("CHECK(rate >= 0)", "An interest rate cannot be negative: enter 0 or more.")
