from odoo import api, fields, models
from odoo.fields import Domain


class CreditRecheck(models.Model):
    """What is to be judged again: customers for whom something changed, and the orders of theirs that wait.

    Customers are noted by whatever changes, and become orders when the cron runs: an order that begins to wait meanwhile
    is found too. Nothing is unique: of two changes at one moment neither has to wait for the other.
    """

    _name = "credit.recheck"
    _description = "Credit Recheck"
    _log_access = False

    partner_id = fields.Many2one("res.partner", ondelete="cascade", help="Empty, without an order: all customers.")
    order_id = fields.Many2one("sale.order", index=True, ondelete="cascade")

    @api.model
    def _queue(self, partners=None):
        """Note customers for whom something changed.

        :param partners: commercial partners; all where not given
        """
        values = [{}] if partners is None else [{"partner_id": partner.id} for partner in partners._origin]
        # Superuser: whoever books a receipt need not know that orders wait for it.
        self.sudo().create(values)

    @api.model
    def _queue_orders(self):
        """Turn the customers that are noted into their orders that wait."""
        changed = self.search([("order_id", "=", False)])
        if not changed:
            return
        orders = self.env["sale.order"]
        domain = orders._get_credit_waiting_domain()
        if all(row.partner_id for row in changed):
            names = ("partner_invoice_id", "partner_id", "partner_shipping_id")
            partners = changed.partner_id.ids
            domain &= Domain.OR([Domain(f"{name}.commercial_partner_id", "in", partners) for name in names])
        known = self.search([("order_id", "!=", False)]).order_id
        self.create([{"order_id": order.id} for order in orders.search(domain) - known])
        changed.unlink()

    @api.model
    def _get_orders(self):
        """Return the orders to judge, oldest first; what does not wait any more is forgotten."""
        rows = self.search([("order_id", "!=", False)])
        orders = self.env["sale.order"]
        domain = orders._get_credit_waiting_domain() & Domain("id", "in", rows.order_id.ids)
        waiting = orders.search(domain, order="date_order, id")
        rows.filtered(lambda row: row.order_id not in waiting).unlink()
        return waiting

    @api.model
    def _forget(self, orders):
        """Take orders that have been judged off the queue."""
        self.sudo().search([("order_id", "in", orders.ids)]).unlink()
