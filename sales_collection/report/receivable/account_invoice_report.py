from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.ageing import get_bucket_ranges


class AccountInvoiceReport(models.Model):
    """Sales by how far their invoices are dunned, and by how long these have been overdue."""

    _name = "account.invoice.report"
    _inherit = "account.invoice.report"

    dunning_level_id = fields.Many2one("dunning.level", "Dunning Level", readonly=True)
    overdue_bucket = fields.Selection("_get_overdue_selection", "Days Overdue", readonly=True)

    @api.model
    def _get_overdue_selection(self):
        return self.env["receivable.ageing"]._get_bucket_selection()

    @api.model
    def _select(self) -> SQL:
        moves = self.env["account.move"]
        return SQL(
            """%s,
            (SELECT f.value FROM (%s) AS f WHERE f.move_id = line.move_id) AS dunning_level_id,
            CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') AND move.state = 'posted' THEN %s END
                AS overdue_bucket""",
            super()._select(),
            moves._get_dunned_query(),
            self._get_overdue_bucket_sql(
                SQL(
                    "COALESCE((SELECT f.value FROM (%s) AS f WHERE f.move_id = line.move_id), 0)",
                    moves._get_days_overdue_query(),
                )
            ),
        )

    @api.model
    def _get_overdue_bucket_sql(self, days):
        """Return the SQL of the bucket of an invoice.

        :param days: SQL of the days overdue of its oldest open instalment
        """
        ranges = get_bucket_ranges(self.env.company._get_ageing_bounds())
        keys = [key for key, _first, _last in ranges[1:]]
        bounds = [last for _key, _first, last in ranges[:-1]]
        # Buckets begin on the day after the bound before: the first key where the days are 0 or less
        return SQL(
            "(%s::text[])[1 + width_bucket(%s, %s::int[])]", [ranges[0][0], *keys], days, [1 + b for b in bounds]
        )
