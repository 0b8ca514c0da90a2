from odoo import api, fields, models

from odoo.addons.sales_control.tools.finding import refer
from odoo.addons.sales_control.tools.protection import DERIVED, SYSTEM

from ...tools.credit import get_order_amounts, get_value
from ...tools.groups import ALL_CREDIT_READERS, CREDIT_READERS
from ...tools.panel import is_shown, subtract_order

# Follow from the lines and from the confirmation: whoever writes them by RPC would choose what counts as debt.
CREDIT_RESULTS = {
    **dict.fromkeys(("credit_uninvoiced", "credit_undelivered"), DERIVED),
    "credit_confirmation": SYSTEM,
}


class SaleOrder(models.Model):
    """What an order adds to the debt of its payer, and what its form shows of that."""

    _inherit = "sale.order"

    credit_uninvoiced = fields.Monetary(
        "Delivered, Not Invoiced",
        compute="_compute_credit_amounts",
        store=True,
        copy=False,
        groups="base.group_user",
        help="Part of a confirmed order that is delivered but not invoiced, taxes included; counts against the credit limit of the payer.",
    )
    credit_undelivered = fields.Monetary(
        "Open Order Amount",
        compute="_compute_credit_amounts",
        store=True,
        copy=False,
        groups="base.group_user",
        help="Ordered and neither delivered nor invoiced, taxes included; down payments deducted.",
    )
    credit_confirmation = fields.Json(
        compute="_compute_credit_confirmation",
        store=True,
        copy=False,
        groups=",".join(ALL_CREDIT_READERS),
        help="What was judged last: the limit of the payer, and the value of the order.",
        export_string_translation=False,
    )
    credit_panel = fields.Html(
        "Credit After This Order",
        compute="_compute_credit_panel",
        sanitize=False,
        groups=CREDIT_READERS,
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
        # Not what was known before: nothing is, of an order that gets confirmed.
        for order in self:
            order.credit_confirmation = order.state == "sale" and order._prepare_credit_confirmation()

    @api.depends(
        "amount_total",
        "partner_id",
        "partner_invoice_id",
        "currency_id",
        "company_id",
        "state",
        "user_id",
        "order_line.qty_delivered",
        "order_line.invoice_lines.parent_state",
    )
    @api.depends_context("uid", "lang")
    def _compute_credit_panel(self):
        self.credit_panel = False
        for order, position in self._get_shown_positions():
            values = order._prepare_credit_panel(position)
            order.credit_panel = values and self.env["ir.qweb"]._render("sales_plan_credit.credit_panel", values)

    @api.depends("partner_invoice_id", "currency_id", "state", "order_line.price_total")
    @api.depends_context("uid", "lang")
    def _compute_partner_credit_warning(self):
        """Tell the payer's figures where a grade applies: Odoo looks at the contact, and at invoices of orders only."""
        result = super()._compute_partner_credit_warning()
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        waiting = waiting.filtered("company_id.account_use_credit_limit")
        for order, position in waiting._get_shown_positions():
            if position.grade_id:
                order.partner_credit_warning = order._get_credit_warning(position)
        return result

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **CREDIT_RESULTS}

    # === BUSINESS METHODS: AMOUNTS === #

    def _get_payer(self):
        """Return who owes what this order will be billed for: the commercial partner of its invoice address."""
        self.ensure_one()
        return (self.partner_invoice_id or self.partner_id).commercial_partner_id._origin

    def _get_credit_amounts(self, leaving=None, reopened=False):
        """Return what this order adds, or would add once confirmed, to the debt of its payer.

        :param dict leaving: line id -> quantity that is taken as delivered too
        :param reopened: confirming sends the goods again, whatever became of the first deliveries
        :return: (uninvoiced, undelivered), in the order's currency, taxes included
        """
        self.ensure_one()
        lines = self._get_open_lines(leaving, reopened)
        return get_order_amounts(lines, max(0.0, self._get_credit_down_payment()))

    def _get_open_lines(self, leaving=None, reopened=False):
        """Return the lines of this order as plain `OpenLine` values.

        :param dict leaving: see `_get_credit_amounts`
        :param reopened: see `_get_credit_amounts`
        """
        self.ensure_one()
        leaving = leaving or {}
        return [line._prepare_open_line(leaving.get(line.id, 0.0), reopened) for line in self._get_credit_lines()]

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
        invoices = lines.move_id.filtered(lambda move: move.state == "posted" and move.move_type == "out_invoice")
        return any(amount > 0 for amount, _in_currency in invoices.line_ids._get_open_amounts().values())

    def _get_credit_value(self):
        """Return the gross value of this order with what was delivered or invoiced beyond it, in its currency."""
        self.ensure_one()
        return self.currency_id.round(get_value(self._get_open_lines()))

    def _get_credit_prepaid(self):
        """Return what the customer has paid online for this order and nobody has booked yet, in company currency.

        What is booked is an unallocated receipt, and lowers the exposure by itself. What is paid for several orders is
        theirs once: see `payment.transaction._split_prepaid`.
        """
        self.ensure_one()
        return sum(tx._split_prepaid()[self._origin] for tx in self.transaction_ids)

    def _to_company_currency(self, amount, currency=None):
        """Return an amount in the currency of this order's company, at today's rate."""
        self.ensure_one()
        company = self.company_id
        return (currency or self.currency_id)._convert(amount, company.currency_id, company, company._get_today())

    # === BUSINESS METHODS: PANEL === #

    def _get_shown_positions(self):
        """Yield (order, `CreditPosition` of its payer without the order) of those whose payer is checked.

        In the company of each order; one statement for each company.
        """
        if not (self and self.env["credit.grade"]._is_credit_used()):
            return
        # Superuser: a salesperson's order counts debts that he may not read; what he sees is decided afterwards.
        for company, orders in self.sudo().filtered("company_id").grouped("company_id").items():
            payers = self.env["res.partner"].union(*(order._get_payer() for order in orders))
            positions = payers.sudo()._get_credit_positions(company)
            for order in orders:
                position = positions.get(order._get_payer())
                if is_shown(position):
                    yield order.with_env(self.env), order._exclude_from(position)

    def _get_credit_warning(self, position):
        """Return what Odoo's banner says: by how much this order passes the limit, if the user may read that of its payer.

        :param position: `CreditPosition` of the payer without this order
        """
        self.ensure_one()
        payer = self._get_payer()
        # Superuser: payments are part of the figures.
        warning = payer._get_credit_warning(position, self.company_id, self.sudo()._get_credit_contribution())
        if not warning or payer._filter_credit_visible():
            return warning
        return self.env["sale.order.review"]._get_neutral_message("credit", "limit", {"partner_id": refer(payer)})

    def _exclude_from(self, position):
        """Return a `CreditPosition` of this order's payer without what the order has there already."""
        self.ensure_one()
        stored = self._origin
        if stored.state != "sale" or stored._get_payer() != self._get_payer():
            return position
        return subtract_order(
            position,
            self._to_company_currency(stored.credit_uninvoiced, stored.currency_id),
            self._to_company_currency(stored.credit_undelivered, stored.currency_id),
        )

    def _prepare_credit_panel(self, position):
        """Return the values of the panel for the user, None where it is not for him.

        Those who may see the payer's figures see all. The salesperson of the order, whose payer is another's customer,
        sees what the check would tell him: whether the order fits.
        """
        self.ensure_one()
        payer, company = self._get_payer(), self.company_id
        is_full = bool(payer.with_env(self.env)._filter_credit_visible())
        if not is_full and self.user_id != self.env.user:
            return None
        # Superuser: payments and holds are part of the figures.
        order = self.sudo()
        added = order._get_credit_contribution()
        panel = payer.sudo()._prepare_credit_panel(position, company, added)
        return {"panel": panel, "payer": payer, "is_full": is_full, "is_payer": payer != self.partner_id}
