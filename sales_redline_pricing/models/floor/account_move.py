from odoo import api, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.constrains("state")
    def _check_price_floor(self):
        """Refuse to post customer invoices below the red lines unless an approved order line stands behind, on every
        road: button, batch, automatic posting, RPC."""
        refused = self._get_lines_below_floor()
        if refused:
            raise UserError(self._get_price_refusal(refused))

    def _get_price_refusal(self, evaluations):
        """Return why these invoices are refused, line by line, without costs and red lines."""
        lines = [
            self.env._(
                "%(invoice)s: the price of %(product)s is below its red line",
                invoice=evaluation.line.move_id.display_name,
                product=evaluation.line.product_id.display_name,
            )
            for evaluation in evaluations
        ]
        lines.append(
            self.env._(
                "Raise the price, or invoice an order whose price is approved; red lines are set by their managers."
            )
        )
        return "\n".join(lines)

    def _get_lines_below_floor(self):
        """Return the evaluations that stop these invoices: below their red line, or without the cost it rests on.

        A line at the price of its confirmed order line or above is covered by that order. Refunds are exempt.

        :return: list of `Evaluation`
        """
        moves = self.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_receipt"))
        # Superuser: whoever posts is judged by red lines that he may not read.
        moves = moves.sudo()
        lines = {move: move._prepare_priced_lines() for move in moves}
        documents = [(move.company_id, move._get_floor_date(), lines[move]) for move in moves]
        evaluations = self.env["sale.price.floor"]._evaluate(documents).values()
        return [
            evaluation
            for evaluation in evaluations
            if evaluation.state in ("below", "no_cost") and evaluation.floor and self._stops_invoice(evaluation)
        ]

    def _stops_invoice(self, evaluation):
        """Tell whether an evaluation stops an invoice: not when it only warns or its order covers it."""
        floor = self.env["sale.price.floor"].sudo().browse(evaluation.floor.id)
        return floor.enforcement != "warn" and not evaluation.line._is_covered_by_order(evaluation.net)

    def _get_floor_date(self):
        """Return the day whose rates and red lines count for this invoice: its date, today before it has one."""
        self.ensure_one()
        return self.invoice_date or (self.company_id or self.env.company)._get_today()

    def _prepare_priced_lines(self):
        """Return the product lines of this invoice as plain `PricedLine` values, as they are now."""
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        base_lines = [self._prepare_product_base_line_for_taxes_computation(line) for line in lines]
        self.env["account.tax"]._add_tax_details_in_base_lines(base_lines, self.company_id)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.currency_id, self.company_id.currency_id, self.company_id, self._get_floor_date()
        )
        amounts = [base_line["tax_details"]["raw_total_excluded_currency"] for base_line in base_lines]
        return [
            line._prepare_priced_line(line._get_untaxed_amount(amount) * rate)
            for line, amount in zip(lines, amounts, strict=True)
        ]
