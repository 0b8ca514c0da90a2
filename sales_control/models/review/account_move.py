from odoo import api, models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = "account.move"

    @api.constrains("state")
    def _check_order_review(self):
        """Refuse to post customer invoices of orders that wait for a decision, whatever the road."""
        posted = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        lines = posted._get_reviewed_lines()
        lines.order_id._check_not_stopped("invoice", lines._get_orders_in_advance())

    def _get_reviewed_lines(self):
        """Return the order lines that these invoices bill, as superuser; the review of their orders stops posting them,
        refunds apart."""
        # Superuser: accountants post invoices of orders that they may not read, payments are processed for customers.
        return self.sudo().invoice_line_ids.sale_line_ids

    def _is_stopped_by_review(self):
        """Tell whether posting this draft customer invoice would be refused."""
        self.ensure_one()
        lines = self._get_reviewed_lines()
        return bool(lines.order_id._get_stopped("invoice", lines._get_orders_in_advance()))
