from odoo import models

from odoo.addons.sales_control.tools.judgement import Judgement

from ...tools.floors import Item, Party
from ...tools.priced_line import Sold


class SaleOrder(models.Model):
    """What the lines of orders earn, for whom they are judged, and how they stand to their red lines."""

    _name = "sale.order"
    _inherit = "sale.order"

    # === EVALUATION === #

    def _get_floor_evaluations(self):
        """Return how the lines of these orders stand to their red lines.

        :return: dict, order -> list of `Evaluation`
        """
        # Superuser: see `_get_compiled`. Where a company has no red lines, nothing is computed.
        orders = self.sudo().filtered(lambda order: order.company_id._has_price_floors())
        known = Judgement.of(self.env.cr).remember("floor_evaluations", dict)
        known.update(orders.filtered(lambda order: order not in known)._evaluate_floors())
        return {order: known[order] for order in orders}

    def _evaluate_floors(self):
        """Return what `_get_floor_evaluations` returns, judged anew."""
        lines = self._get_lines_to_price()
        documents = [(order.company_id, order._get_review_date(), lines[order]) for order in self]
        evaluations = self.env["sale.price.floor"]._evaluate(documents)
        return {order: [evaluations[line.line] for line in lines[order]] for order in self}

    def _get_lines_to_price(self):
        """Return the lines of these orders as plain `PricedLine` values, as they are now: dict, order -> list."""
        products = self._get_floor_products()
        parties, sold = self._get_floor_parties(), self._get_sold_before(products)
        return {order: order._prepare_priced_lines(products[order.company_id], parties[order], sold) for order in self}

    def _prepare_priced_lines(self, products, parties, sold):
        """Return the lines of this order as plain `PricedLine` values, in company currency at today's rate, after the
        confirmation at that of its day.

        :param products: of this order's company, as of `_get_floor_products`
        :param parties: of this order, as of `_get_floor_parties`
        :param sold: as of `_get_sold_before`
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        base_lines = [
            line._prepare_base_line_for_taxes_computation(quantity=line._get_judged_quantity()) for line in lines
        ]
        self.env["account.tax"]._add_tax_details_in_base_lines(base_lines, self.company_id)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.currency_id, self.company_id.currency_id, self.company_id, self._get_review_date()
        )
        amounts = [base_line["tax_details"]["raw_total_excluded_currency"] for base_line in base_lines]
        payments, targets = lines._filter_payments(), lines._get_reward_targets()
        return [
            line._prepare_priced_line(
                line._get_untaxed_amount(amount) * rate,
                products.get(line.product_id._origin.id),
                () if line in payments else parties,
                is_payment=line in payments,
                targets=targets.get(line),
                sold=sold.get(line, Sold()),
            )
            for line, amount in zip(lines, amounts, strict=True)
        ]

    # === WHAT IT RESTS ON === #

    def _get_floor_products(self):
        """Return what red lines need to know of the products on these orders, read together.

        :return: dict, company -> id -> `tools.floors.Product`
        """
        products = {}
        for company, orders in self.grouped("company_id").items():
            products[company] = orders.order_line.product_id._get_floor_facts(company)
            units = {product.uom_id for product in products[company].values()}
            # Read at once, not order by order: taxes; the units of lines and products; the currencies of orders, red lines and list prices.
            (orders.order_line.product_uom_id | self.env["uom.uom"].browse(units)).mapped("factor")
            orders.order_line.mapped("tax_ids")
            currencies = self.env["sale.price.floor"]._get_floor_currencies(company, products[company])
            (orders.currency_id | currencies).mapped("name")
        return products

    def _get_floor_parties(self):
        """Return for whom the lines of these orders are judged: order customer and payer, in the departments of order
        and author, where these differ. Who receives the goods does not matter.

        :return: dict, order -> list of `tools.floors.Party`
        """
        departments = self._get_floor_departments()
        # Read at once, not order by order.
        (self.partner_id | self.partner_invoice_id).commercial_partner_id.mapped("customer_class_id")
        nobody = self.env["res.partner"]
        days = {order: order._get_review_date() for order in self}
        return {
            order: [
                Party(customer.id or None, customer.customer_class_id.id or None, path, days[order])
                for customer in (order.partner_id | order.partner_invoice_id).commercial_partner_id or (nobody,)
                for path in departments[order]
            ]
            for order in self
        }

    def _get_floor_departments(self):
        """Return the departments of these orders and of their authors, each with those above it; read only where a red
        line asks for departments.

        :return: dict, order -> list of sets of ids
        """
        compiled = {company: self.env["sale.price.floor"]._get_compiled(company.id) for company in self.company_id}
        asked = self.filtered(lambda order: any(floor.department_ids for floor in compiled[order.company_id]))
        result = dict.fromkeys(self, [frozenset()])
        for order, department in asked._get_author_departments().items() if asked else ():
            both = (order.department_id, department or order.department_id)
            result[order] = list(dict.fromkeys(frozenset(self._get_department_path(one)) for one in both))
        return result

    def _get_sold_before(self, products):
        """Return what of the goods that come back with these orders their customers were sold before.

        :param products: as of `_get_floor_products`
        :return: dict, order line -> `Sold`
        """
        wanted = {
            line: (
                order.company_id.id,
                order.partner_id.commercial_partner_id._origin.id,
                line.product_id._origin.id,
                order._get_review_date(),
                order._origin.id,
                0,
            )
            for order in self
            for line in order.order_line
            if line._get_judged_quantity() < 0 and line._is_of_goods(products[order.company_id])
        }
        return self.env["product.product"]._get_sold_before(wanted)

    def _prepare_floor_item(self, product, quantity, party=None):
        """Return what is sold to whom on this order, for the resolution of red lines.

        :param product: a `tools.floors.Product`
        :param quantity: in its unit
        :param party: one of those of `_get_floor_parties`, the first of them if not given
        """
        self.ensure_one()
        party = party or self._get_floor_parties()[self][0]
        return Item(
            product_id=product.id,
            template_id=product.template_id,
            categ_ids=product.categ_ids,
            quantity=quantity,
            **party._asdict(),
        )

    # === REWARDS === #

    def _get_lines_of_reward(self, reward):
        """Return the lines of this order that a reward is for; none where it is for the whole order.

        :param reward: `loyalty.reward`, of sale_loyalty: without it, nobody calls this
        """
        self.ensure_one()
        lines = self.order_line.browse()
        if reward.reward_type == "shipping":
            return self.order_line.filtered("is_delivery")
        if reward.reward_type != "discount":
            return lines
        if reward.discount_applicability == "specific":
            return self._get_specific_discountable_lines(reward)
        if reward.discount_applicability == "cheapest":
            return self._cheapest_line(reward) or lines
        beside = self._get_no_effect_on_threshold_lines()
        return self.order_line.filtered(lambda line: line not in beside and not line.reward_id) if beside else lines
