from odoo import models
from odoo.exceptions import AccessError

# Last day of each bucket of the ageing; the last one has none.
BUCKETS = (0, 30, 60, 90)


class ResPartner(models.Model):
    """What the printed credit sheet of a customer shows."""

    _inherit = "res.partner"

    def _get_credit_sheet(self):
        """Return the figures of the credit sheet, all in the currency of the user's company.

        :return: dict with ``customer``, ``rows`` (of `credit.exposure.report` by component), ``is_foreign`` (whether any
            is in another currency), ``ageing`` (pairs of label and amount), ``credits`` and ``adjustments``
        :raise AccessError: unless the user sees the figures of this customer
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        if not customer._filter_credit_visible():
            raise AccessError(
                self.env._("Credit sheet of %s: you see those of your own customers.", customer.display_name)
            )
        rows = self.env["credit.exposure.report"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", self.env.company.id)]
        )
        receivables = rows.filtered(lambda row: row.component == "receivable")
        today = self.env.company._get_today()
        return {
            "customer": customer,
            "rows": rows.grouped("component"),
            "is_foreign": rows.currency_id != self.env.company.currency_id,
            "ageing": self._get_ageing(receivables.filtered(lambda row: row.amount > 0)),
            "credits": sum(row.amount for row in receivables if row.amount < 0),
            "adjustments": customer.credit_adjustment_ids.filtered(
                lambda adjustment: adjustment.state == "granted"
                and adjustment.company_id == self.env.company
                and adjustment.date_start <= today
                and (not adjustment.date_end or adjustment.date_end >= today)
            ),
        }

    def _get_ageing(self, rows):
        """Return pairs of label and amount: what is not due, and overdue by 1-30, 31-60, 61-90 and more days."""
        labels = [
            self.env._("Not due"),
            self.env._("1-30"),
            self.env._("31-60"),
            self.env._("61-90"),
            self.env._(">90"),
        ]
        amounts = [0.0] * len(labels)
        for row in rows:
            amounts[sum(row.days_overdue > last for last in BUCKETS)] += row.amount
        return list(zip(labels, amounts, strict=True))
