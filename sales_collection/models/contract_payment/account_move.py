from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import frozendict

from odoo.addons.sales_control.tools.money import apportion

from ...tools.milestones import get_retained


class AccountMove(models.Model):
    """Invoices of contract payments, and the part of an invoice that a retention lets fall due later."""

    _inherit = "account.move"

    payment_milestone_id = fields.Many2one(
        "sale.payment.milestone",
        "Contract Payment",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The contract payment of the order that this invoice is for. If empty, the payments of the order are filled in sequence.",
        groups="base.group_user",
    )

    @api.constrains("payment_milestone_id", "invoice_line_ids")
    def _check_payment_milestone_id(self):
        # Superuser: accountants name payments of orders that they may not read.
        for move in self.sudo().filtered("payment_milestone_id"):
            if move.payment_milestone_id.order_id not in move.invoice_line_ids.sale_line_ids.order_id:
                raise ValidationError(
                    self.env._(
                        '%(invoice)s has no line of the order %(order)s, although it refers to its payment "%(payment)s": choose a payment of its own order.',
                        invoice=move.display_name,
                        order=move.payment_milestone_id.order_id.name,
                        payment=move.payment_milestone_id.name,
                    )
                )

    def _post(self, soft=True):
        """An invoice of a contract payment falls due by the contract, but at the earliest on its own date."""
        for move in self.filtered("payment_milestone_id"):
            day = move.invoice_date or move.company_id._get_today()
            if move.invoice_date_due and move.invoice_date_due < day:
                move.invoice_date_due = day
        return super()._post(soft)

    # === RETENTION === #

    def _compute_needed_terms(self):
        """Let the retention of a contract fall due when it says, whatever the payment terms of the invoice."""
        result = super()._compute_needed_terms()
        for move in self:
            retentions = move._get_contract_retentions()
            parts = move._get_retained_parts(retentions)
            if parts or move._is_due_with(retentions):
                move.needed_terms = move._split_terms(parts)
            elif move.payment_milestone_id and move.needed_terms:
                named = {"payment_milestone_id": move.payment_milestone_id.id}
                move.needed_terms = {frozendict(key, **named): values for key, values in move.needed_terms.items()}
        return result

    def _may_retain(self):
        """Tell whether a retention may be part of this invoice: a whole invoice, without early payment discount."""
        self.ensure_one()
        return (
            self.move_type == "out_invoice"
            and bool(self.needed_terms)
            and not self.payment_milestone_id
            and not self.invoice_payment_term_id.early_discount
        )

    def _get_contract_retentions(self):
        """Return the retentions of the only order of this invoice, in its currency: `sale.payment.milestone`."""
        none = self.env["sale.payment.milestone"]
        if not self._may_retain():
            return none
        # Superuser: accountants bill orders that they may not read.
        order = self.sudo().invoice_line_ids.sale_line_ids.order_id
        if len(order) != 1 or order.currency_id != self.currency_id:
            return none
        return order.payment_milestone_ids.filtered(lambda m: m.kind == "retention")

    def _get_retained_parts(self, retentions):
        """Return which amounts of this invoice fall due later: what comes after everything else in the contract.

        :return: list of (`sale.payment.milestone`, amount in the invoice's currency, company currency)
        """
        total = sum(values["amount_currency"] for values in self.needed_terms.values()) if retentions else 0
        if not total:
            return []
        balance = sum(values["balance"] for values in self.needed_terms.values())
        order = retentions.order_id
        before = sum((order.payment_milestone_ids - retentions).mapped("amount_due"))
        already = order._get_invoiced_before(self._origin)
        parts = get_retained(already, total, before, retentions.mapped("amount_due"))
        balances = apportion(balance, parts, self.company_id.currency_id.rounding, whole=total)
        return [
            values
            for values in zip(retentions, parts, balances, strict=True)
            if not self.currency_id.is_zero(values[1])
        ]

    def _is_due_with(self, retentions):
        """Tell whether this invoice, without payment terms, still has the due date of a retention that it had."""
        dates = {retention._get_retention_date(self) for retention in retentions}
        return not self.invoice_payment_term_id and any(term["date_maturity"] in dates for term in self.needed_terms)

    def _split_terms(self, parts):
        """Return the terms of this invoice with the retained parts taken from its last instalments.

        :param parts: as of `_get_retained_parts`
        """
        left = sum(amount for _retention, amount, _balance in parts)
        left_balance = sum(balance for _retention, _amount, balance in parts)
        terms = {}
        for key, values in self._get_last_terms_first():
            amount = min(values["amount_currency"], left)
            balance = left_balance if amount == left else min(values["balance"], left_balance)
            left, left_balance = left - amount, left_balance - balance
            rest = dict(values, amount_currency=values["amount_currency"] - amount, balance=values["balance"] - balance)
            if not self.currency_id.is_zero(rest["amount_currency"]):
                terms[key] = rest
        return self._add_retained(terms, parts)

    def _get_last_terms_first(self):
        """Return the terms of this invoice, (key, values), the latest first.

        Without payment terms the due date of the invoice is the latest of all its parts, the retention's: what is not
        retained falls due when the contract says, at the earliest on the invoice's date.
        """
        terms = list(self.needed_terms.items())
        if not self.invoice_payment_term_id:
            day = self._get_contract_due_date()
            terms = [(frozendict(key, date_maturity=day), values) for key, values in terms]
        return sorted(terms, key=lambda term: str(term[0]["date_maturity"]), reverse=True)

    def _get_contract_due_date(self):
        """Return when what is not retained falls due by the contract, at the earliest on the invoice's date."""
        # Superuser: accountants bill orders that they may not read.
        milestones = self.sudo().invoice_line_ids.sale_line_ids.order_id.payment_milestone_ids
        due = milestones.filtered(lambda m: m.kind != "retention" and m.date_due and not m.is_expected)
        return max([self.invoice_date or self.company_id._get_today(), *due.mapped("date_due")])

    def _add_retained(self, terms, parts):
        """Return terms with the retained parts, each its own even where it falls due with others."""
        for retention, amount, balance in parts:
            date = retention._get_retention_date(self)
            key = {"move_id": self.id, "date_maturity": date, "discount_date": False}
            terms[frozendict(key, payment_milestone_id=retention.id)] = {
                "balance": balance,
                "amount_currency": amount,
                "discount_balance": 0.0,
                "discount_amount_currency": 0.0,
            }
        return terms
