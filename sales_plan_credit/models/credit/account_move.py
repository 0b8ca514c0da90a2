from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ...tools.credit import get_order_amounts
from ...tools.groups import CREDIT_READERS, MANAGER
from ...tools.panel import is_shown, subtract_draft


class AccountMove(models.Model):
    """Customer invoices judged by the credit of their payer, and what their form shows of it."""

    _inherit = "account.move"

    credit_line = fields.Char("Credit After This Invoice", compute="_compute_credit_line", groups=CREDIT_READERS)

    @api.depends("state", "partner_id", "tax_totals", "currency_id", "company_id")
    @api.depends_context("uid", "lang")
    def _compute_credit_line(self):
        self.credit_line = False
        for move, position, added in self._get_shown_positions():
            payer = move.commercial_partner_id._origin
            if payer.with_env(self.env)._filter_credit_visible():
                move.credit_line = payer._get_credit_line(position, move.company_id, added)

    # Not on fields of ours: an uninstall would take the fields that depend on them with it.
    @api.depends("invoice_line_ids.sale_line_ids")
    def _compute_partner_credit_warning(self):
        """Tell the payer's figures where a grade applies: Odoo leaves out goods delivered and not invoiced."""
        result = super()._compute_partner_credit_warning()
        warned = self.filtered("company_id.account_use_credit_limit")
        for move, position, added in warned._get_shown_positions():
            if position.grade_id:
                payer = move.commercial_partner_id._origin
                move.partner_credit_warning = payer._get_credit_warning(position, move.company_id, added)
        return result

    # === CONSTRAINTS === #

    @api.constrains("state")
    def _check_order_review(self):
        """Claim the payers, then judge invoices that no order stands behind too."""
        posted = self._filter_judged_by_credit()
        for company, moves in posted:
            payers = moves.commercial_partner_id | moves.invoice_line_ids.sale_line_ids.order_id._get_payers()
            self.env["credit.claim"]._claim(company, payers.sorted("id"))
        result = super()._check_order_review()
        for company, moves in posted:
            moves._check_direct_credit(company)
        return result

    @api.constrains("state")
    def _check_credit_received(self):
        """Judge again what waits: receipts, credit notes and invoices set back leave room, matched or not."""
        billed = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        (self - billed).line_ids._queue_credit_recheck()

    @api.constrains("partner_id")
    def _check_opening_customer(self):
        self.invoice_line_ids._check_opening_delivery()

    # === BUSINESS METHODS: CHECK === #

    def _filter_judged_by_credit(self):
        """Return the posted customer invoices of these, as superuser: pairs (company, its invoices), in one order."""
        posted = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        if not (posted and self.env["credit.grade"]._is_credit_used()):
            return []
        # Superuser: whoever posts is judged by limits and orders that he may not read.
        return sorted(posted.sudo().grouped("company_id").items(), key=lambda pair: pair[0].id)

    def _check_direct_credit(self, company):
        """Judge those of these invoices of ``company`` that no order stands behind, as the grade of their payer asks.

        :raise UserError: when the grade refuses, or asks for a release that the user cannot give
        """
        positions = self.commercial_partner_id._get_credit_positions(company)
        for move in self.filtered(lambda move: move._is_direct_debt()):
            move._judge_direct_credit(positions[move.commercial_partner_id])

    def _is_direct_debt(self):
        """Tell whether this invoice adds debt that no order has brought its payer before: goods delivered before go-live
        count already."""
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        if orders := lines.sale_line_ids.order_id:
            return self.commercial_partner_id not in orders._get_payers()
        return any(not line.credit_opening_delivery_id for line in lines)

    def _judge_direct_credit(self, position):
        """Raise unless this posted invoice fits the credit `position` of its payer, itself included."""
        policy = position.policies["invoice"]
        excess = position.get_excess()
        passes = self.company_currency_id.compare_amounts(excess, 0) <= 0 or self.amount_residual <= 0
        if passes or policy in ("none", "warn") or self._may_release_credit(policy):
            return
        money = {
            name: formatLang(self.env, amount, currency_obj=self.company_currency_id)
            for name, amount in (("limit", position.limit), ("exposure", position.exposure), ("excess", excess))
        }
        raise UserError(
            self.env._(
                "%(invoice)s: the exposure of %(customer)s would be %(exposure)s against a limit of %(limit)s, exceeding it by %(excess)s. Collect payment first, raise the limit, or have a credit manager post it.",
                invoice=self.display_name,
                customer=self.commercial_partner_id.display_name,
                **money,
            )
        )

    def _may_release_credit(self, policy):
        """Tell whether the user's own posting releases an invoice that asks for it."""
        return policy == "review" and self.env.user.has_group(MANAGER)

    # === BUSINESS METHODS: SCREENS === #

    def _get_shown_positions(self):
        """Yield (move, `CreditPosition` of its payer without it, what posting adds) of draft customer invoices."""
        drafts = self.filtered(lambda move: move.state == "draft" and move.move_type in ("out_invoice", "out_receipt"))
        if not (drafts and self.env["credit.grade"]._is_credit_used()):
            return
        for company, moves in drafts.grouped("company_id").items():
            payers = moves.commercial_partner_id._origin
            # Superuser: debts that the user may not read count; what he sees is decided afterwards.
            positions = payers.sudo()._get_credit_positions(company)
            for move in moves:
                position = positions.get(move.commercial_partner_id._origin)
                if is_shown(position):
                    # Superuser: the invoice may bill orders that its author does not read.
                    yield move, move._exclude_draft(position), move.sudo()._get_credit_addition(position)

    def _exclude_draft(self, position):
        """Return a `CreditPosition` without this draft, where drafts count."""
        self.ensure_one()
        draft = self._origin
        if not draft or not self.company_id.credit_count_draft_invoices:
            return position
        counted = draft.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
            and not line.sale_line_ids
            and not line.credit_opening_delivery_id
        )
        return subtract_draft(position, sum(draft._to_company_amount(line.price_total) for line in counted))

    def _get_credit_addition(self, position):
        """Return what posting this draft adds to the exposure: its total less what its orders no longer count."""
        self.ensure_one()
        # `tax_totals` follows typing; the total of the entry does not. As Odoo does for its own banner.
        name = "total_amount_currency" if self.currency_id == self.company_currency_id else "total_amount"
        billed = self.invoice_line_ids.sale_line_ids._origin.order_id
        moved = sum(self._get_moved_from_order(order, position.real_only) for order in billed)
        return (self.tax_totals or {}).get(name, 0.0) - moved - self._get_moved_from_deliveries()

    def _get_moved_from_order(self, order, real_only):
        """Return by how much the open amount of ``order`` falls when this draft is posted, in company currency."""
        self.ensure_one()
        if order.state != "sale":
            return 0.0
        after = [
            replace(line._prepare_open_line(), invoiced=self._get_invoiced_after(line))
            for line in order._get_credit_lines()
        ]
        down_payments = self.invoice_line_ids.filtered(
            lambda line: any(sold._is_true_down_payment() for sold in line.sale_line_ids._origin & order.order_line)
        )
        paid = order._get_credit_down_payment() + self.currency_id._convert(
            sum(down_payments.mapped("price_total")),
            order.currency_id,
            self.company_id,
            self.company_id._get_today(),
        )
        remaining = get_order_amounts(after, max(0.0, paid))
        now = order._get_credit_amounts()
        counted = slice(0, 1 if real_only else 2)
        return order._to_company_currency(sum(now[counted]) - sum(remaining[counted]))

    def _get_invoiced_after(self, order_line):
        """Return what is invoiced of an order line once this draft is posted, in the unit of the order line."""
        mine = self.invoice_line_ids.filtered(lambda line: order_line in line.sale_line_ids._origin)
        return order_line.qty_invoiced_posted + sum(
            (line.product_uom_id or order_line.product_uom_id)._compute_quantity(
                line.quantity, order_line.product_uom_id, round=False
            )
            for line in mine
        )

    def _get_moved_from_deliveries(self):
        """Return by how much the open amount of opening deliveries falls when this draft is posted, company currency."""
        moved = 0.0
        for line in self.invoice_line_ids.filtered("credit_opening_delivery_id"):
            delivery = line.credit_opening_delivery_id
            amount = delivery._get_gross_unit_price() * min(line.quantity, delivery.qty_uninvoiced)
            moved += delivery.currency_id._convert(
                amount, self.company_currency_id, self.company_id, self.company_id._get_today()
            )
        return moved

    def _to_company_amount(self, amount):
        """Return an amount of this invoice in company currency, at today's rate."""
        return self.currency_id._convert(
            amount, self.company_currency_id, self.company_id, self.company_id._get_today()
        )
