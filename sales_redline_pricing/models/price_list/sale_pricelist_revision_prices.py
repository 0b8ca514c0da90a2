from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, float_round

from ...tools.floors import PRICE_DIGITS
from ...tools.rounding import round_price

SHOWN_DIFFERENCES = 5


class SalePricelistRevision(models.Model):
    """How the new prices of a revision come about, and how they are written to the price lists."""

    _inherit = "sale.pricelist.revision"

    # === NEW PRICES === #

    def _get_products(self):
        """Return the products whose prices are revised."""
        self.ensure_one()
        domain = Domain("sale_ok", "=", True) & Domain("company_id", "in", [False, self.company_id.id])
        if self.categ_ids:
            domain &= Domain("categ_id", "child_of", self.categ_ids.ids)
        if self.product_ids:
            domain &= Domain("id", "in", self.product_ids.ids)
        return self.env["product.product"].with_company(self.company_id).search(domain)

    def _get_price_date(self):
        """Return when the new prices begin: rules, rates and red lines of then count."""
        self.ensure_one()
        return max(self.valid_from or fields.Datetime.now(), fields.Datetime.now())

    def _compute_new_prices(self):
        """Return the prices that change, as values of lines, and how many have no base.

        :return: (list of dict, int)
        """
        self.ensure_one()
        self = self.with_company(self.company_id)
        date, products = self._get_price_date(), self._get_products()
        lists = self.pricelist_ids
        day = lists._get_grid_day(date)
        grid = (lists | self.base_pricelist_id)._get_price_grid(products, self.quantity, date)
        cells = {(product.id, one.id): grid[product.id, one.id] for one in lists for product in products}
        bases = self._get_base_prices(cells, grid, products, day)
        changes = self._get_changes(products)
        targets = self._get_target_prices(bases, changes, products)
        wanted = {key: self._round_target(price) for key, price in targets.items()}
        prices = {key: self._hold_at_floor(price, cells[key]) for key, price in wanted.items()}
        changed = {key: price for key, price in prices.items() if not self._is_same_price(price, cells[key].price)}
        judged = lists._rejudge(cells, changed, self.quantity, day)
        values = [
            self._prepare_line_values(cells[key], judged[key], self._is_under_floor(wanted[key], cells[key]))
            for key in changed
        ]
        return values, len(bases) - len(prices)

    def _get_base_prices(self, cells, grid, products, day):
        """Return dict, key -> base of the new price in the currency of its list, None where the cost is missing."""
        if self.base == "current":
            return {key: cell.price for key, cell in cells.items()}
        company = self.company_id
        lists = {one.id: one for one in self.pricelist_ids}

        def convert(amount, currency, list_id):
            return currency._convert(amount, lists[list_id].currency_id, company, day, round=False)

        if self.base == "pricelist":
            other = self.base_pricelist_id
            return {key: convert(grid[key[0], other.id].price, other.currency_id, key[1]) for key in cells}
        found = {product.id: product for product in products}
        if self.base == "list_price":
            return {key: convert(found[key[0]].lst_price, found[key[0]].currency_id, key[1]) for key in cells}
        costs = {key: convert(found[key[0]].standard_price, found[key[0]].cost_currency_id, key[1]) for key in cells}
        return {key: cost if cost > 0 else None for key, cost in costs.items()}

    def _get_min_quantity(self):
        """Return from which quantity a new rule counts: 0 for the price of one unit."""
        self.ensure_one()
        return self.quantity if self.quantity > 1 else 0.0

    def _get_changes(self, products):
        """Return dict, product id -> change: that of the nearest category with one, else that of the revision."""
        by_category = {line.categ_id.id: line.change for line in self.category_ids}
        return {
            product.id: next(
                (by_category[categ_id] for categ_id in product.categ_id._get_path_ids() if categ_id in by_category),
                self.change,
            )
            for product in products
        }

    def _get_target_prices(self, bases, changes, products):
        """Return dict, key -> changed price before rounding, of the cells that have a base.

        Costs are without taxes: what is made of them gets the taxes that the prices of the product include.
        """
        targets = {
            key: self._get_changed_price(base, changes[key[0]]) for key, base in bases.items() if base is not None
        }
        if self.base.startswith("cost"):
            lists = self.pricelist_ids
            included = {product.id for product in lists._get_included_taxes(products.sudo())}
            nets = {key: price for key, price in targets.items() if key[0] in included}
            targets |= lists._get_gross_prices(nets, self.quantity)
        return targets

    def _get_changed_price(self, base, change):
        if self.change_type == "amount":
            return base + change
        if self.base == "cost_margin":
            return base / (1 - change / 100)
        return base * (1 + change / 100)

    def _round_target(self, price):
        """Return a price with the rounding and ending of this revision, at the precision of prices."""
        price = round_price(price, self.rounding, self.ending, self.rounding_direction)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return max(float_round(price, precision_digits=digits), 0.0)

    @api.model
    def _is_same_price(self, price, other):
        """Tell whether two prices are the same at the precision of prices: rules of lists make more digits."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return float_compare(price, other, precision_digits=digits) == 0

    def _hold_at_floor(self, price, cell):
        """Return a price, or the next one at the red line of its cell or above if it must not fall under it."""
        if not self._is_under_floor(price, cell):
            return price
        return round_price(cell.list_floor, self.rounding, self.ending, "up")

    def _is_under_floor(self, price, cell):
        """Tell whether a price is held at the red line of its cell."""
        return (
            self.hold_floor
            and cell.floor is not None
            and round(price, PRICE_DIGITS) < round(cell.list_floor, PRICE_DIGITS)
        )

    def _prepare_line_values(self, old, new, is_raised):
        """Return the values of a line.

        :param old: `GridCell` with the price of today
        :param new: `GridCell` with the new price
        """
        return {
            "product_id": old.product_id,
            "categ_id": self.env["product.product"].browse(old.product_id).categ_id.id,
            "pricelist_id": old.pricelist_id,
            "currency_id": self.env["product.pricelist"].browse(old.pricelist_id).currency_id.id,
            "old_price": old.price,
            "new_price": new.price,
            "change": (new.price - old.price) / old.price * 100 if old.price else 0.0,
            "price_floor": new.list_floor if new.floor is not None else 0.0,
            "floor_state": new.state,
            "is_raised": is_raised,
            "replaced_item_id": old.rule_id,
        }

    # === APPLYING === #

    def _apply(self):
        """Write the prices of the preview: see `action_apply`."""
        self.ensure_one()
        self._lock()
        self._check_preview_holds()
        sudo = self.sudo().with_company(self.company_id)
        # Superuser: the right to revise price lists comes from the group, not from that of the Sales administrator.
        sudo._write_items()
        sudo._check_written()
        sudo.write({"state": "applied", "applied_date": fields.Datetime.now(), "applied_by_id": self.env.uid})
        self._note_lists()

    def _lock(self):
        """Let two revisions of the same list conflict: the later one reads the prices of the earlier one."""
        self.env["product.pricelist"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE product_pricelist SET write_date = NOW() AT TIME ZONE 'UTC' WHERE id IN %s",
                tuple(self.pricelist_ids.ids),
            )
        )
        self.sudo().lock_for_update()

    def _check_preview_holds(self):
        """Refuse if computing the prices again gives anything else than what was previewed."""
        fresh = {(values["product_id"], values["pricelist_id"]): values for values in self._compute_new_prices()[0]}
        known = {(line.product_id.id, line.pricelist_id.id): line for line in self.line_ids}
        differing = [key for key in fresh.keys() | known.keys() if self._differs(known.get(key), fresh.get(key))]
        if differing:
            self._refuse_changed(sorted(differing))

    def _differs(self, line, values):
        if not line or not values:
            return True
        figures = ("old_price", "new_price", "price_floor")
        return (
            not all(self._is_same_price(line[name], values[name]) for name in figures)
            or line.floor_state != values["floor_state"]
            or line.replaced_item_id.id != (values["replaced_item_id"] or False)
        )

    def _refuse_changed(self, keys):
        shown = keys[:SHOWN_DIFFERENCES]
        products = self.env["product.product"].browse([product_id for product_id, _list_id in shown])
        lists = self.env["product.pricelist"].browse([list_id for _product_id, list_id in shown])
        names = [f"{product.display_name}: {one.name}" for product, one in zip(products, lists, strict=True)]
        raise UserError(
            self.env._(
                "Prices, costs, red lines or products have changed since the preview (%(count)s prices). Preview again, then apply. For example:\n"
                "%(names)s",
                count=len(keys),
                names="\n".join(names),
            )
        )

    def _write_items(self):
        """Update the fixed-price rules that make the old prices, create the missing ones; note them on the lines."""
        lines, values, planned = self.env["sale.pricelist.revision.line"], [], self._get_planned_starts()
        for line in self.line_ids:
            item = line._get_item_to_update()
            if item:
                item.fixed_price = line.new_price
                line.item_id = item
            else:
                lines += line
                values.append(line._prepare_item_values(planned))
        items = self.env["product.pricelist.item"].create(values)
        for line, item in zip(lines, items, strict=True):
            line.item_id = item

    def _get_planned_starts(self):
        """Return dict, (list id, template id, variant id, quantity) -> start of the next rule that is planned for it.

        A new rule ends there: it would outrank what was planned earlier.
        """
        rules = self.env["product.pricelist.item"].search_fetch(
            Domain("pricelist_id", "in", self.pricelist_ids.ids)
            & Domain("date_start", ">", self._get_price_date())
            & Domain("product_tmpl_id", "in", self.line_ids.product_id.product_tmpl_id.ids),
            ["pricelist_id", "product_tmpl_id", "product_id", "min_quantity", "date_start"],
            order="date_start desc",
        )
        return {rule._get_revision_key(): rule.date_start for rule in rules}

    def _check_written(self):
        """Refuse if a rule of another kind keeps a list from giving the price that was written."""
        self.env.flush_all()
        products = self.line_ids.product_id
        grid = self.pricelist_ids._get_price_grid(products, self.quantity, self._get_price_date())
        wrong = [
            (line.product_id.id, line.pricelist_id.id)
            for line in self.line_ids
            if not self._is_same_price(grid[line.product_id.id, line.pricelist_id.id].price, line.new_price)
        ]
        if wrong:
            products = products.browse([product_id for product_id, _list_id in wrong[:SHOWN_DIFFERENCES]])
            raise UserError(
                self.env._(
                    "Other rules of the pricelists take precedence over the new prices of: %s. Revise these rules manually first.",
                    ", ".join(products.mapped("display_name")),
                )
            )

    def _note_lists(self):
        """Leave a note on every list that was revised."""
        changed = self.line_ids.pricelist_id
        note = self.env._("Prices revised by %(user)s: %(link)s", user=self.env.user.name, link=self._get_html_link())
        changed.sudo()._message_log_batch(bodies=dict.fromkeys(changed.ids, note))
