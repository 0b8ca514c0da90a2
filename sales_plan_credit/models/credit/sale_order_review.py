from odoo import api, models

from ...tools.groups import ALL_CREDIT_READERS

# They tell what a payer owes and may owe, to whoever reads his own review, searches or groups by them.
FIGURES = {"measure", "stake", "facts"}


class SaleOrderReview(models.Model):
    """What is said about the credit of customers, and to whom."""

    _inherit = "sale.order.review"

    @api.model
    def _has_field_access(self, field, operation):
        """Close the plain figures to whoever does not see all credit; what he may read of a review is made for him."""
        if not super()._has_field_access(field, operation):
            return False
        return field.name not in FIGURES or self.env["res.partner"]._sees_all_credit()

    # === HOOKS === #

    @api.model
    def _get_neutral_message(self, kind, key, facts):
        """Say no figure of what a customer owes and may owe to whoever does not look after him."""
        if kind != "overdue" and (kind, key) != ("credit", "limit"):
            return super()._get_neutral_message(kind, key, facts)
        if "partner_id" not in facts:
            return self.env._("The credit of the customer does not allow this order.")
        customer = self._format_fact(facts["partner_id"])
        return self.env._("The credit of %(customer)s does not allow this order.", customer=customer)

    @api.model
    def _reads_facts(self, kind, facts, reader):
        """Open figures of credit to who sees all of them, and to the salesperson of the customer."""
        if kind not in ("credit", "overdue"):
            return super()._reads_facts(kind, facts, reader)
        if not reader or reader.has_groups(",".join(ALL_CREDIT_READERS)):
            return bool(reader)
        return "partner_id" in facts and self._get_record_of_fact(facts["partner_id"]).user_id == reader

    @api.model
    def _get_finding_message(self, kind, key, facts):
        """Say what was found about the credit of a payer."""
        if kind == "overdue":
            return self._get_overdue_message(facts)
        if kind == "credit":
            make = {"limit": self._get_limit_message, "payer": self._get_payer_message}
            return make.get(key, self._get_hold_message)(facts)
        return super()._get_finding_message(kind, key, facts)

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

    # === BUSINESS METHODS === #

    @api.model
    def _get_hold_message(self, facts):
        values = {"customer": self._format_fact(facts["partner_id"]), "reason": facts["reason"]}
        return self.env._("%(customer)s is on hold: %(reason)s", **values)

    @api.model
    def _get_limit_message(self, facts):
        names = ("excess", "limit", "receivable", "uninvoiced", "undelivered")
        values = {name: self._format_money(facts[name], facts["company_currency_id"]) for name in names}
        return self.env._(
            "Credit limit of %(customer)s exceeded by %(excess)s: limit %(limit)s; receivable %(receivable)s, delivered but not invoiced %(uninvoiced)s, open orders %(undelivered)s, this order %(added)s",
            customer=self._format_fact(facts["partner_id"]),
            added=self._format_money(facts["this_order"], facts["company_currency_id"]),
            **values,
        )

    @api.model
    def _get_payer_message(self, facts):
        return self.env._(
            "%(payer)s is to pay %(amount)s for %(customer)s, whose credit is checked",
            payer=self._format_fact(facts["payer_id"]),
            amount=self._format_order_amount(facts),
            customer=self._format_fact(facts["partner_id"]),
        )

    @api.model
    def _get_overdue_message(self, facts):
        return self.env._(
            "%(customer)s has %(amount)s overdue, the oldest item by %(days)s days (grace %(grace)s days, tolerance "
            "%(tolerance)s)",
            customer=self._format_fact(facts["partner_id"]),
            amount=self._format_money(facts["late"], facts["company_currency_id"]),
            days=facts["days"],
            grace=facts["grace_days"],
            tolerance=self._format_money(facts["tolerance"], facts["company_currency_id"]),
        )
