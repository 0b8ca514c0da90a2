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

        What bills confirmed order lines at their price is covered by their orders. Refunds are exempt.

        :return: list of `Evaluation`
        """
        floors = self.env["sale.price.floor"]
        # Superuser: whoever posts is judged by red lines that he may not read.
        moves = self.sudo().filtered(
            lambda move: move.state == "posted"
            and move.move_type in ("out_invoice", "out_receipt")
            and move.company_id._has_price_floors()
        )
        if not moves:
            return []
        covers = moves.invoice_line_ids._get_floor_covers()
        lines = moves._get_lines_to_price(covers)
        evaluations = floors._evaluate([(move.company_id, move._get_floor_date(), lines[move]) for move in moves])
        return [
            evaluation
            for line, evaluation in evaluations.items()
            if evaluation.is_breach and self._stops_invoice(evaluation, covers.get(line))
        ]

    def _stops_invoice(self, evaluation, cover):
        """Tell whether an evaluation stops an invoice: not when it only warns or its order covers it.

        :param cover: `Cover` of its line, None for one without
        """
        covered = cover and cover.is_kept_at(evaluation.net)
        return evaluation.floor.enforcement != "warn" and not covered

    def _get_floor_date(self):
        """Return the day whose rates and red lines count for this invoice: today where its company is, whatever its
        date says. Lines that bill an order keep those of the order."""
        self.ensure_one()
        return (self.company_id or self.env.company)._get_today()

    def _get_lines_to_price(self, covers):
        """Return the product lines of these invoices as plain `PricedLine` values, as they are now.

        :param dict covers: see `account.move.line._get_floor_covers`
        :return: dict, invoice -> list
        """
        products = {
            company: moves.invoice_line_ids.product_id._get_floor_facts(company)
            for company, moves in self.grouped("company_id").items()
        }
        sold = self.invoice_line_ids.filtered(lambda line: line not in covers)._get_sold_before()
        return {move: move._prepare_priced_lines(products[move.company_id], covers, sold) for move in self}

    def _prepare_priced_lines(self, products, covers, sold):
        """Return the product lines of this invoice as plain `PricedLine` values.

        :param products: of its company: dict, id -> `tools.floors.Product`
        :param covers: see `account.move.line._get_floor_covers`
        :param sold: see `account.move.line._get_sold_before`
        """
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        base_lines = [self._prepare_product_base_line_for_taxes_computation(line) for line in lines]
        self.env["account.tax"]._add_tax_details_in_base_lines(base_lines, self.company_id)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.currency_id, self.company_id.currency_id, self.company_id, self._get_floor_date()
        )
        amounts = [base_line["tax_details"]["raw_total_excluded_currency"] for base_line in base_lines]
        return [
            line._prepare_priced_line(
                line._get_untaxed_amount(amount) * rate,
                products.get(line.product_id.id),
                cover=covers.get(line),
                sold=sold.get(line),
            )
            for line, amount in zip(lines, amounts, strict=True)
        ]
