from odoo import api, models


class SaleOrderReview(models.Model):
    _inherit = "sale.order.review"

    # === HOOKS === #

    @api.model
    def _get_fact_labels(self):
        """Name the figures of credit limits, holds and overdue receivables, in the order in which they add up."""
        return super()._get_fact_labels() | {
            "reason": self.env._("Reason for the hold"),
            "limit": self.env._("Credit limit"),
            "receivable": self.env._("Receivable"),
            "uninvoiced": self.env._("Delivered, not invoiced"),
            "undelivered": self.env._("Open orders"),
            "draft_invoiced": self.env._("Draft invoices"),
            "this_order": self.env._("This order"),
            "excess": self.env._("Over the limit by"),
            "overdue": self.env._("Overdue"),
            "late": self.env._("Overdue beyond the grace days"),
            "days": self.env._("Oldest overdue item (days)"),
            "grace_days": self.env._("Grace days"),
            "tolerance": self.env._("Tolerated overdue amount"),
        }
