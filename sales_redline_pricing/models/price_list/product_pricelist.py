from dataclasses import replace

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import float_round

from ...tools.evaluation import evaluate
from ...tools.floors import PRICE_DIGITS, Item, get_state
from ...tools.price_grid import GridCell, RuleBatch
from ...tools.priced_line import PricedLine


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules(self, products, date, **kwargs):
        """With a `RuleBatch` in ``rule_batch`` nothing is searched, also for the lists that a list builds on."""
        batch = kwargs.get("rule_batch")
        if self and batch is not None and products._name == "product.product" and len(products) == 1:
            return batch.get_rules(self, products)
        return super()._get_applicable_rules(products, date, **kwargs)

    def _get_rule_batch(self, products, date):
        """Return the rules of these lists, and of those they build on, for products: one search per level.

        :return: `RuleBatch`
        """
        Rule = self.env["product.pricelist.item"]
        domain = Domain(Rule.pricelist_id._get_applicable_rules_domain(products, date))
        rules, known, level = Rule, self, self
        while level:
            ids = level.ids
            found = Rule.search(
                domain.map_conditions(
                    lambda leaf: Domain("pricelist_id", "in", ids) if leaf.field_expr == "pricelist_id" else leaf
                )
            )
            rules += found
            level = found.filtered(lambda rule: rule.base == "pricelist").base_pricelist_id - known
            known += level
        return RuleBatch(rules)

    def _get_price_grid(self, products, quantity=1.0, date=None):
        """Return the prices of products in these lists, and how they stand to their red lines.

        What counts for a list: the red lines without customer and department, those of the class whose list it is (if
        it is that of exactly one), for the quantity, on that day. Prices are those of the current company; the number
        of statements does not depend on the numbers of products and lists.

        :param products: product.product
        :param quantity: in the unit of each product
        :param date: datetime, now by default
        :return: dict, (product id, list id) -> `GridCell`
        """
        date = date or fields.Datetime.now()
        products = products.with_company(self.env.company)
        batch = self._get_rule_batch(products, date)
        cells = {}
        for pricelist in self:
            for product in products:
                found = pricelist._compute_price_rule(product, quantity, date=date, rule_batch=batch)
                cells[product.id, pricelist.id] = GridCell(product.id, pricelist.id, *found[product.id])
        return self._judge_grid(cells, quantity, date)

    def _judge_grid(self, cells, quantity, date):
        """Return cells with net prices, red lines and states, from their prices.

        :param cells: dict, (product id, list id) -> `GridCell`
        """
        company, day = self.env.company, self._get_grid_day(date)
        # Superuser: salespeople get marks from red lines, costs and taxes that they may not read.
        products = (
            self.env["product.product"]
            .sudo()
            .with_company(company)
            .browse(list({product_id for product_id, _list_id in cells}))
        )
        lines = self._prepare_grid_lines(cells, products, quantity, day)
        get_floor = self._get_grid_floor_finder(company, day, lines)
        results = {line.line: evaluate([line], get_floor)[0] for line in lines}
        cells = {
            key: replace(cell, net=results[key].net, state=results[key].state, floor=results[key].price)
            for key, cell in cells.items()
        }
        warns = {line.line: get_floor(line.item)[2] for line in lines if line.item}
        floors = self._get_list_floors(cells, quantity, day)
        return {key: replace(cell, list_floor=floors.get(key), warn=warns.get(key, 0)) for key, cell in cells.items()}

    def _get_grid_day(self, date):
        """Return the day on which a datetime falls where the company is: it chooses rates and red lines."""
        return self.env.company._get_day(date)

    def _get_rates(self, day):
        """Return dict, list id -> rate from its currency to that of the company."""
        company = self.env.company
        convert = self.env["res.currency"]._get_conversion_rate
        return {one.id: convert(one.currency_id, company.currency_id, company, day) for one in self}

    def _prepare_grid_lines(self, cells, products, quantity, day):
        """Return one `PricedLine` per cell, as the evaluator of red lines takes them."""
        rates, classes = self._get_rates(day), self._get_list_classes()
        products = {product.id: product for product in products}
        items = {
            product: Item(
                product_id=product.id,
                template_id=product.product_tmpl_id.id,
                categ_ids=product.categ_id._get_path_ids(),
                quantity=quantity,
                date=day,
            )
            for product in products.values()
            if product.type != "combo"  # judged by its items
        }
        nets = self._get_net_prices({key: cell.price for key, cell in cells.items()}, quantity)
        return [
            PricedLine(
                line=(product_id, list_id),
                total=nets[product_id, list_id] * rates[list_id] * quantity,
                quantity=quantity,
                item=products[product_id] in items
                and replace(items[products[product_id]], class_id=classes.get(list_id))
                or None,
            )
            for product_id, list_id in cells
        ]

    def _get_grid_floor_finder(self, company, day, lines):
        """Return the function that finds the red line of an item, asking once for every product and class."""
        find = self.env["sale.price.floor"]._get_floor_finder(company, day, lines)
        found = {}

        def get_floor(item):
            if item not in found:
                found[item] = find(item)
            return found[item]

        return get_floor

    def _get_list_classes(self):
        """Return dict, list id -> id of the customer class whose list it is, for lists of exactly one class."""
        company = self.env.company
        # Superuser: the classes decide which red line counts, whoever looks.
        classes = (
            self.env["sale.customer.class"]
            .sudo()
            .with_company(company)
            .search(Domain("pricelist_id", "in", self.ids) & Domain("company_id", "in", [False, company.id]))
        )
        grouped = classes.grouped(lambda one: one.pricelist_id.id)
        return {list_id: found.id for list_id, found in grouped.items() if len(found) == 1}

    # === TAXES === #

    def _get_included_taxes(self, products):
        """Return dict, product -> its sales taxes in the current company, for products whose prices include some."""
        taxes = {product: product.taxes_id._filter_taxes_by_company(self.env.company) for product in products}
        return {
            product: own for product, own in taxes.items() if any(own.flatten_taxes_hierarchy().mapped("price_include"))
        }

    def _get_net_prices(self, prices, quantity):
        """Return prices of these lists without the taxes that they include, as the evaluator of red lines does it.

        Taxes are those of the product, without fiscal position, computed on the quantity with the rounding of the
        company; the unit price is not rounded afterwards.

        :param prices: dict, (product id, list id) -> price
        :return: dict with the same keys, in the currency of each list
        """
        products = (
            self.env["product.product"]
            .sudo()
            .with_company(self.env.company)
            .browse(list({product_id for product_id, _list_id in prices}))
        )
        included = {product.id: own for product, own in self._get_included_taxes(products).items()}
        keys = [key for key in prices if key[0] in included]
        lists = {one.id: one for one in self}
        Tax = self.env["account.tax"].sudo()
        base_lines = [
            Tax._prepare_base_line_for_taxes_computation(
                None,
                product_id=products.browse(product_id),
                tax_ids=included[product_id],
                price_unit=prices[product_id, list_id],
                quantity=quantity,
                currency_id=lists[list_id].currency_id,
            )
            for product_id, list_id in keys
        ]
        Tax._add_tax_details_in_base_lines(base_lines, self.env.company)
        totals = [base_line["tax_details"]["raw_total_excluded_currency"] for base_line in base_lines]
        return {**prices, **{key: total / quantity for key, total in zip(keys, totals, strict=True)}}

    def _get_gross_prices(self, nets, quantity):
        """Return the lowest prices of these lists, at the precision of prices, that are net at least ``nets``.

        The inverse of `_get_net_prices`: a first guess (taxes are straight lines, but for their rounding), raised step
        by step where the rounding of taxes takes too much.

        :param nets: dict, (product id, list id) -> tax-excluded price in the currency of the list
        :return: dict with the same keys
        """
        digits = self.env["decimal.precision"].precision_get("Product Price")
        low = self._get_net_prices(dict.fromkeys(nets, 0.0), quantity)
        high = self._get_net_prices(dict.fromkeys(nets, 10000.0), quantity)
        prices = {
            key: self._round_up((net - low[key]) * 10000 / ((high[key] - low[key]) or 10000), digits)
            for key, net in nets.items()
        }
        for _attempt in range(4):
            reached = self._get_net_prices(prices, quantity)
            short = [key for key in nets if round(reached[key], PRICE_DIGITS) < round(nets[key], PRICE_DIGITS)]
            if not short:
                break
            for key in short:
                prices[key] = float_round(prices[key] + 10**-digits, precision_digits=digits)
        return prices

    def _round_up(self, price, digits):
        return float_round(round(price, PRICE_DIGITS), precision_digits=digits, rounding_method="UP")

    def _get_list_floors(self, cells, quantity, day):
        """Return the red lines of cells as prices of their lists: dict, key -> price."""
        rates = self._get_rates(day)
        nets = {key: cell.floor / rates[key[1]] for key, cell in cells.items() if cell.floor is not None}
        return self._get_gross_prices(nets, quantity)

    def _rejudge(self, cells, prices, quantity, day):
        """Return cells with other prices; their red lines stay.

        :param cells: dict, (product id, list id) -> `GridCell`
        :param prices: dict, key -> new price, for some of them
        """
        rates = self._get_rates(day)
        nets = self._get_net_prices(prices, quantity)
        result = {}
        for key, price in prices.items():
            cell, net = cells[key], nets[key] * rates[key[1]]
            state = cell.state if cell.floor is None else get_state(net, cell.floor, cell.warn)
            result[key] = replace(cell, price=price, net=net, state=state)
        return result
