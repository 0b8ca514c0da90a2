from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.constrains("state")
    def _check_order_review(self):
        with self.env["sale.order"]._claim_payers():
            result = super()._check_order_review()
            self._check_direct_credit()
        return result

    def _check_direct_credit(self):
        """Judge posted customer invoices that no order stands behind, as the grade of their payer asks.

        :raise UserError: when the grade refuses, or asks for a release that the user cannot give
        """
        posted = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        if not (posted and self.env["credit.grade"]._is_credit_used()):
            return
        # Superuser: whoever posts is judged by limits and orders that he may not read.
        posted = posted.sudo()
        grouped = posted.grouped("company_id")
        for company in posted.company_id.sorted("id"):
            moves = grouped[company]
            positions = moves.commercial_partner_id._get_credit_positions(company)
            for move in moves.filtered(lambda move: move._is_direct_debt()):
                move._judge_direct_credit(positions[move.commercial_partner_id])

    def _is_direct_debt(self):
        """Tell whether this invoice adds debt that no order has brought before: goods delivered before go-live count
        already."""
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return not lines.sale_line_ids and any(not line.credit_opening_delivery_id for line in lines)

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
                "%(invoice)s: the exposure of %(customer)s would be %(exposure)s with a limit of %(limit)s, %(excess)s "
                "too much. Collect first, raise the limit, or let a credit manager post it.",
                invoice=self.display_name,
                customer=self.commercial_partner_id.display_name,
                **money,
            )
        )

    def _may_release_credit(self, policy):
        """Tell whether the user's own posting releases an invoice that asks for it."""
        return policy == "review" and self.env.user.has_group("sales_plan_credit.sales_plan_credit_group_manager")


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    credit_opening_delivery_id = fields.Many2one(
        "credit.opening.delivery", "Opening Delivery", index="btree_not_null", ondelete="restrict", check_company=True
    )

    _credit_open_item_idx = models.Index(
        "(partner_id, company_id) WHERE amount_residual <> 0 AND parent_state = 'posted'"
    )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        if self.env["credit.grade"]._is_credit_used():
            self.env["res.partner"]._recheck_credit_holds()
        return partials
