from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .sale_price_floor import CHANGED_ON


class SaleOrder(models.Model):
    """The marks of open quotations are those of today: red lines, costs, list prices and rates change without them."""

    _inherit = "sale.order"

    price_floor_checked_on = fields.Datetime(
        "Red Lines Checked On",
        default=fields.Datetime.now,
        copy=False,
        readonly=True,
        help="When the marks of the lines were last worked out anew, besides every edit. Confirmed orders keep those "
        "of their confirmation.",
    )

    # === BUSINESS METHODS === #

    def _refresh_price_floors(self):
        """Work out anew how the lines of these orders stand to their red lines, whatever it was when last edited.

        Orders whose marks stay as they are do not count as edited.
        """
        lines = self.order_line
        marks = [field for field in lines._fields.values() if field.compute == "_compute_floor"]
        for field in marks:
            self.env.add_to_compute(field, lines)
        lines.modified([field.name for field in marks])
        self.env.flush_all()
        # Past the ORM: `write_date` is when somebody last changed the order.
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL("UPDATE sale_order SET price_floor_checked_on = %s WHERE id IN %s", now, self._ids or (None,))
        )
        self.invalidate_recordset(["price_floor_checked_on"])

    # === CRON === #

    @api.model
    def _cron_refresh_price_floors(self, batch_size=100):
        """Refresh the marks of quotations not seen today, or not since the last change of a red line, in batches."""
        domain = self._get_stale_price_floor_domain()
        remaining = self.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        last = 0
        while orders := self.search(domain & Domain("id", ">", last), limit=batch_size, order="id"):
            last = orders[-1].id
            orders = orders.try_lock_for_update()
            orders._refresh_price_floors()
            remaining -= len(orders)
            if not self.env["ir.cron"]._commit_progress(len(orders), remaining=max(remaining, 0)):
                break

    @api.model
    def _get_stale_price_floor_domain(self):
        """Return the domain of the quotations whose marks are not those of today."""
        midnight = fields.Datetime.to_string(fields.Datetime.today())
        changed = self.env["ir.config_parameter"].sudo().get_param(CHANGED_ON) or midnight
        # Not later than now: a time that somebody wrote himself does not count.
        checked = Domain("price_floor_checked_on", ">", max(midnight, changed)) & Domain(
            "price_floor_checked_on", "<=", fields.Datetime.now()
        )
        return Domain("state", "in", ("draft", "sent")) & ~checked
