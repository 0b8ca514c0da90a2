from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _is_booked(self):
        """Tell whether the receipt of this transaction is in the books already."""
        self.ensure_one()
        return self.payment_id.move_id.state == "posted"
