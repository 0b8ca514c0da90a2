from odoo import api, fields, models

from ...tools.panel import is_shown, subtract_order
from .res_partner import CREDIT_READERS


class SaleOrder(models.Model):
    """What the form of an order shows of the credit of its payer."""

    _inherit = "sale.order"

    credit_panel = fields.Html(
        "Credit after this Order",
        compute="_compute_credit_panel",
        sanitize=False,
        groups=CREDIT_READERS,
    )

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
    def _compute_partner_credit_warning(self):
        """Tell the payer's figures where a grade applies: Odoo looks at the contact, and at invoices of orders only."""
        result = super()._compute_partner_credit_warning()
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        waiting = waiting.filtered("company_id.account_use_credit_limit")
        for order, position in waiting._get_shown_positions():
            if position.grade_id:
                # Superuser: Odoo's own banner shows to whoever reads the order, as this one.
                added = order.sudo()._get_credit_contribution()
                order.partner_credit_warning = order._get_payer()._get_credit_warning(position, order.company_id, added)
        return result

    # === BUSINESS METHODS === #

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
