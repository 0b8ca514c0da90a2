from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    """Moving a contact to another company changes the customer and the payer of its orders: they are judged again."""

    _name = "res.partner"
    _inherit = "res.partner"

    def _get_orders_to_judge(self):
        """Return the orders that are sold, billed or sent to these contacts or contacts of theirs, as superuser.

        Those under review, and confirmed ones of which goods or bills are still to come.
        """
        # Superuser: whoever moves a contact may not read its orders, which follow it all the same.
        orders = self.env["sale.order"].sudo()
        if not self.ids:
            return orders
        names = ("partner_id", "partner_invoice_id", "partner_shipping_id")
        of_contacts = Domain.OR([Domain(name, "child_of", self.ids) for name in names])
        ahead = Domain("invoice_status", "!=", "invoiced")
        ahead |= Domain("delivery_status", "in", ("pending", "started", "partial"))
        waiting = Domain("state", "=", "sale") & ahead
        waiting |= Domain("state", "in", ("draft", "sent")) & Domain("review_state", "=", "pending")
        return orders.search(of_contacts & waiting)
