from odoo import api, models


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.constrains("state")
    def _check_order_review(self):
        """Refuse to post customer invoices of orders that wait for a decision, whatever the road."""
        self._get_reviewed_orders()._check_not_stopped("invoice")

    def _get_reviewed_orders(self):
        """Return the orders whose review stops these invoices once they are posted; refunds are never stopped."""
        posted = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        # Superuser: accountants post invoices of orders that they may not read.
        return posted.sudo().invoice_line_ids.sale_line_ids.order_id

    def _is_stopped_by_review(self):
        """Tell whether posting this draft customer invoice would be refused."""
        self.ensure_one()
        # Superuser: payments are processed for customers.
        return bool(self.sudo().invoice_line_ids.sale_line_ids.order_id._get_stopped("invoice"))
