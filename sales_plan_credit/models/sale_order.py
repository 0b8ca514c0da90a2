from odoo import api, fields, models

from odoo.addons.sales_control.tools.protected import without

from .credit_kernel import OpenLine, get_order_amounts, get_value
from .res_partner import CLAIMING

# Follow from the lines and from the confirmation: whoever writes them by RPC would choose what counts as debt.
CREDIT_RESULTS = {"credit_uninvoiced", "credit_undelivered", "credit_confirmation"}


class SaleOrder(models.Model):
    """What an order adds to the debt of its payer."""

    _inherit = "sale.order"

    credit_uninvoiced = fields.Monetary(
        "Delivered not Invoiced",
        compute="_compute_credit_amounts",
        store=True,
        copy=False,
        help="Of a confirmed order, taxes included; counts against the credit limit of the payer.",
    )
    credit_undelivered = fields.Monetary(
        "Open Order Amount",
        compute="_compute_credit_amounts",
        store=True,
        copy=False,
        help="Ordered and neither delivered nor invoiced, taxes included; down payments deducted.",
    )
    credit_confirmation = fields.Json(
        compute="_compute_credit_confirmation",
        store=True,
        copy=False,
        help="The limit that was judged at confirmation, and the value of the order then.",
        export_string_translation=False,
    )

    # With everything that the figures of customers read: no look into the orders themselves.
    _credit_open_idx = models.Index(
        "(partner_invoice_id) INCLUDE (company_id, currency_id, commitment_date, credit_uninvoiced, credit_undelivered)"
        " WHERE state = 'sale' AND (credit_uninvoiced <> 0 OR credit_undelivered <> 0)"
    )

    @api.depends(
        "state",
        "order_line.price_total",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.invoice_lines.parent_state",
        "order_line.invoice_lines.quantity",
        "order_line.invoice_lines.price_total",
        "order_line.move_ids.state",
    )
    def _compute_credit_amounts(self):
        for order in self:
            amounts = order._get_credit_amounts() if order.state == "sale" else (0.0, 0.0)
            order.credit_uninvoiced, order.credit_undelivered = amounts

    @api.depends("state")
    def _compute_credit_confirmation(self):
        for order in self:
            known = order._origin.credit_confirmation
            confirmed = order.state == "sale"
            order.credit_confirmation = confirmed and (known or order._prepare_credit_confirmation())

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([without(vals, CREDIT_RESULTS) for vals in vals_list])

    def write(self, vals):
        return super().write(without(vals, CREDIT_RESULTS))

    # === BUSINESS METHODS === #

    def _get_payer(self):
        """Return who owes what this order will be billed for: the commercial partner of its invoice address."""
        self.ensure_one()
        return (self.partner_invoice_id or self.partner_id).commercial_partner_id._origin

    def _get_credit_amounts(self, leaving=None):
        """Return what this order adds, or would add once confirmed, to the debt of its payer.

        :param dict leaving: line id -> quantity that is taken as delivered too
        :return: (uninvoiced, undelivered), in the order's currency, taxes included
        """
        self.ensure_one()
        return get_order_amounts(self._get_open_lines(leaving), max(0.0, self._get_credit_down_payment()))

    def _get_open_lines(self, leaving=None):
        """Return the lines of this order as plain `OpenLine` values.

        :param dict leaving: see `_get_credit_amounts`
        """
        self.ensure_one()
        return [line._prepare_open_line((leaving or {}).get(line.id, 0.0)) for line in self._get_credit_lines()]

    def _get_credit_lines(self):
        """Return the lines of this order that add to the debt; down payments are none."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not (line.display_type or line._is_true_down_payment()))
        # Filtering forgets that the lines of other orders are asked for too.
        return lines.with_prefetch(self.order_line._prefetch_ids)

    def _get_credit_down_payment(self):
        """Return the down payments on posted invoices that no invoice has deducted yet, in the order's currency."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line._is_true_down_payment()).invoice_lines
        return sum(
            line.currency_id._convert(
                -line.move_id.direction_sign * line.price_total,
                self.currency_id,
                self.company_id,
                line.move_id.invoice_date or line.move_id.date,
            )
            for line in lines
            if line.parent_state == "posted"
        )

    def _has_unpaid_down_payment(self):
        """Tell whether a posted invoice of a down payment of this order is not paid in full."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line._is_true_down_payment()).invoice_lines
        return any(
            move.state == "posted" and move.move_type == "out_invoice" and move.amount_residual > 0
            for move in lines.move_id
        )

    def _get_credit_value(self):
        """Return the gross value of this order with what was delivered or invoiced beyond it, in its currency."""
        self.ensure_one()
        return self.currency_id.round(get_value(self._get_open_lines()))

    def _get_credit_prepaid(self):
        """Return what the customer has paid online for this order and nobody has booked yet, in company currency.

        What is booked is an unallocated receipt, and lowers the exposure by itself.
        """
        self.ensure_one()
        paid = self.transaction_ids.filtered(lambda tx: tx.state == "done" and not tx._is_booked())
        return sum(self._to_company_currency(tx.amount, tx.currency_id) for tx in paid)

    def _to_company_currency(self, amount, currency=None):
        """Return an amount in the currency of this order's company, at today's rate."""
        self.ensure_one()
        company = self.company_id
        return (currency or self.currency_id)._convert(amount, company.currency_id, company, company._get_today())


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_open_line(self, leaving=0.0):
        """Return this line as a plain `OpenLine`, with a quantity that is about to leave taken as delivered."""
        self.ensure_one()
        delivered, invoiced = self.qty_delivered + leaving, self.qty_invoiced_posted
        return OpenLine(
            ordered=self.product_uom_qty,
            delivered=delivered,
            invoiced=invoiced,
            unit=self._get_gross_unit_price(max(delivered, invoiced)),
            closed=self._is_delivery_closed(),
        )

    def _get_gross_unit_price(self, quantity):
        """Return the gross price per unit, not rounded: from the line total, without a quantity from price and taxes.

        :param quantity: what was delivered or invoiced of a line on which nothing is ordered
        """
        self.ensure_one()
        if self.product_uom_qty:
            return (self.price_total + self._get_forged_amount()) / self.product_uom_qty
        quantity = quantity or 1.0
        return self._get_plain_amounts(quantity)["total_included"] / quantity

    def _get_forged_amount(self):
        """Return what given tax amounts, which anyone can write, hide of the total of a line that is sold."""
        self.ensure_one()
        if not self.extra_tax_data or self.price_unit * self.product_uom_qty <= 0:
            return 0.0
        return max(0.0, self._get_plain_amounts(self.product_uom_qty)["total_included"] - self.price_total)

    def _is_delivery_closed(self):
        """Tell whether nothing of this line will be delivered or billed any more: a refused back-order is no debt.

        Confirming a reopened order sends the goods again, whatever became of its first deliveries.
        """
        self.ensure_one()
        if self.state != "sale" or self.env.cr.cache.get(CLAIMING) == "confirm":
            return False
        if self.product_id.invoice_policy != "delivery" or not self.move_ids:
            return False
        return all(move.state in ("done", "cancel") for move in self.move_ids)
