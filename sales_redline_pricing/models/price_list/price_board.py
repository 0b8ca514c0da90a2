from collections import namedtuple

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.sales_control.tools.xlsx import XlsxWriter

from ...tools.groups import FLOOR_READERS
from ...tools.price_sheet import add_price_sheet, get_state_labels

PAGE = 80
CHUNK = 1000  # products read at once when looking for prices under their red line
MAX_LISTS = 12  # shown unless lists are chosen
MAX_CHOSEN = 50
MAX_ID = 2**31 - 1

Filters = namedtuple("Filters", "search categ_id class_id pricelist_ids below_only quantity")


class PriceBoard(models.AbstractModel):
    """Products x price lists. Nothing is stored: every page is computed for who looks at it."""

    _name = "price.board"
    _description = "Pricelist Board"

    @api.model
    @api.readonly
    def get_board_data(self, filters=None, cursor=0, limit=PAGE):
        """Return one page of the board. Only readers of red lines get these, costs and margins.

        :param dict filters: ``search`` (text), ``categ_id``, ``class_id``, ``pricelist_ids``, ``below_only``,
            ``quantity``; all optional
        :param int cursor: where the page begins among the products
        :return: dict with ``pricelists``, ``rows``, ``total`` (None with ``below_only``) and ``next``, the cursor of
            the next page, or False
        :raise AccessError: for who has no access to Sales
        """
        self._check_board_access()
        filters = self._clean_filters(filters)
        lists, list_count = self._get_board_lists(filters)
        size = min(max(self._clean_number(limit), 1), 200)
        products, cells, following = self._get_page(filters, lists, self._clean_number(cursor), size)
        total = (
            None if filters.below_only else self.env["product.product"].search_count(self._get_product_domain(filters))
        )
        readable = self._may_see_floors()
        return {
            "pricelists": self._prepare_lists(lists),
            "list_count": list_count,
            "rows": [self._prepare_row(product, lists, cells, readable) for product in products],
            "total": total,
            "next": following,
            "can_see_floor": readable,
            "can_revise": self.env["sale.pricelist.revision"].has_access("create"),
            "currency": self.env.company.currency_id.name,
            "digits": self.env["decimal.precision"].precision_get("Product Price"),
        }

    # === RIGHTS === #

    @api.model
    def _check_board_access(self):
        if not self.env.user.has_groups(f"sales_team.group_sale_salesman,{FLOOR_READERS}"):
            raise AccessError(self.env._("The pricelist board is for users with access to Sales. Ask for that access."))

    @api.model
    def _may_see_floors(self):
        return self.env.user.has_group(FLOOR_READERS)

    # === FILTERS === #

    @api.model
    def _clean_filters(self, filters):
        """Return the filters of a client as `Filters`, or refuse what is none.

        :raise UserError: the quantity is not above 0, or a filter is something else than what it should be
        """
        if isinstance(filters, Filters):
            return filters
        try:
            filters = dict(filters or {})
            quantity = float(filters.get("quantity") or 1)
            pricelist_ids = list(filters.get("pricelist_ids") or [])[:MAX_CHOSEN]
        except (OverflowError, TypeError, ValueError) as error:
            raise self._get_odd_filter_error() from error
        if not 0 < quantity < float("inf"):
            raise UserError(self.env._("The quantity must be above 0."))
        return Filters(
            search=self._clean_text(filters.get("search")),
            categ_id=self._clean_number(filters.get("categ_id")),
            class_id=self._clean_number(filters.get("class_id")),
            pricelist_ids=[self._clean_number(list_id) for list_id in pricelist_ids],
            below_only=bool(filters.get("below_only")),
            quantity=quantity,
        )

    @api.model
    def _clean_text(self, value):
        """Return a text that a client sends less what no database holds."""
        return str(value or "").encode(errors="ignore").decode().replace("\0", "").strip()

    @api.model
    def _clean_number(self, value):
        """Return an id or a position that a client sends as a whole number, 0 for none.

        :raise UserError: it is none
        """
        try:
            number = int(value or 0)
        except (OverflowError, TypeError, ValueError) as error:
            raise self._get_odd_filter_error() from error
        if not 0 <= number <= MAX_ID:
            raise self._get_odd_filter_error()
        return number

    @api.model
    def _get_odd_filter_error(self):
        return UserError(self.env._("The price-list board does not understand this filter: choose one from its lists."))

    @api.model
    def _get_board_lists(self, filters):
        """Return the price lists of the columns, and how many there would be."""
        domain = Domain("company_id", "in", [False, self.env.company.id])
        if filters.pricelist_ids:
            domain &= Domain("id", "in", filters.pricelist_ids)
        if filters.class_id:
            customer_class = self.env["sale.customer.class"].browse(filters.class_id)
            customer_class.check_access("read")
            domain &= Domain("id", "in", customer_class.pricelist_id.ids)
        lists = self.env["product.pricelist"].search(domain)
        return lists[: MAX_CHOSEN if filters.pricelist_ids else MAX_LISTS], len(lists)

    @api.model
    def _get_product_domain(self, filters):
        domain = Domain("sale_ok", "=", True) & Domain("company_id", "in", [False, self.env.company.id])
        if filters.categ_id:
            domain &= Domain("categ_id", "child_of", filters.categ_id)
        if filters.search:
            domain &= Domain("display_name", "ilike", filters.search)
        return domain

    # === PAGES === #

    @api.model
    def _get_page(self, filters, lists, cursor, limit):
        """Return the products of a page, their cells, and where the next page begins (False at the end)."""
        domain = self._get_product_domain(filters)
        if filters.below_only:
            return self._get_page_below(filters, lists, domain, cursor, limit)
        products = self.env["product.product"].search(domain, offset=cursor, limit=limit + 1)
        following = cursor + limit if len(products) > limit else False
        products = products[:limit]
        return products, lists._get_price_grid(products, filters.quantity), following

    @api.model
    def _get_page_below(self, filters, lists, domain, cursor, limit):
        """Read on, a thousand products at a time, until the page is full of products under their red line."""
        shown, cells = self.env["product.product"], {}
        while lists:
            products = shown.search(domain, offset=cursor, limit=CHUNK)
            grid = lists._get_price_grid(products, filters.quantity)
            below = {product_id for (product_id, _list_id), cell in grid.items() if cell.state == "below"}
            for position, product in enumerate(products):
                if product.id in below:
                    if len(shown) == limit:
                        return shown, cells, cursor + position
                    shown += product
                    cells |= {(product.id, one.id): grid[product.id, one.id] for one in lists}
            if len(products) < CHUNK:
                break
            cursor += CHUNK
        return shown, cells, False

    @api.model
    def _prepare_lists(self, lists):
        names = self._get_class_names(lists)
        return [
            {"id": one.id, "name": one.name, "currency": one.currency_id.name, "class_name": names.get(one.id, "")}
            for one in lists
        ]

    @api.model
    def _get_class_names(self, lists):
        """Return dict, list id -> name of the class whose red lines count for it."""
        class_ids = lists._get_list_classes()
        # Superuser: as the classes are found, so are their names.
        classes = self.env["sale.customer.class"].sudo().browse(class_ids.values())
        names = {one.id: one.name for one in classes}
        return {list_id: names[class_id] for list_id, class_id in class_ids.items()}

    @api.model
    def _prepare_row(self, product, lists, cells, readable):
        product = product.with_company(self.env.company)
        row = {
            "id": product.id,
            "name": product.display_name,
            "category": product.categ_id.display_name or "",
            "uom": product.uom_id.name,
            "cells": [self._prepare_cell(cells[product.id, one.id], product, readable) for one in lists],
        }
        if readable:
            row["cost"] = product.standard_price
        return row

    @api.model
    def _prepare_cell(self, cell, product, readable):
        """Return a cell for its reader: without the right to see red lines a price and its mark, nothing else."""
        if not readable:
            state = "none" if cell.state == "no_cost" else cell.state
            return {"price": cell.price, "rule_id": cell.rule_id, "state": state}
        return {
            "price": cell.price,
            "rule_id": cell.rule_id,
            "state": cell.state,
            "floor": cell.list_floor if cell.floor is not None else False,
            "margin": self._get_margin(cell.net, product.standard_price),
        }

    @api.model
    def _get_margin(self, net, cost):
        """Return the margin of a net price in per cent of it, as Odoo counts margins; False without cost or price."""
        return (net - cost) / net * 100 if net > 0 and cost > 0 else False

    # === EXPORT === #

    @api.model
    def _get_board_xlsx(self, filters):
        """Return all pages of the board as an XLSX file, with what the user may see.

        :return: bytes
        """
        self._check_board_access()
        filters = self._clean_filters(filters)
        lists, _count = self._get_board_lists(filters)
        readable = self._may_see_floors()
        labels = get_state_labels(self.env)
        with XlsxWriter() as book:
            sheet = self._add_board_sheet(book, lists, readable)
            cursor, row = 0, 2
            while cursor is not False:
                products, cells, cursor = self._get_page(filters, lists, cursor, CHUNK)
                for product in products:
                    values = self._prepare_row(product, lists, cells, readable)
                    sheet.write_row(row, *zip(*self._get_board_cells(values, labels, readable), strict=True))
                    row += 1
        return book.content

    @api.model
    def _get_board_columns(self, readable):
        """Return the titles of the columns before the lists, and of those of each list."""
        _ = self.env._
        if not readable:
            return [_("Product"), _("Category"), _("Unit")], [_("Price"), _("Mark")]
        return (
            [_("Product"), _("Category"), _("Unit"), _("Cost")],
            [_("Price"), _("Red Line"), _("Margin (%)"), _("Mark")],
        )

    @api.model
    def _add_board_sheet(self, book, lists, readable):
        """Return a new sheet of an `XlsxWriter` with the titles of the board in its first two rows."""
        first, each = self._get_board_columns(readable)
        sheet = add_price_sheet(book, self.env, 2, len(first))
        sheet.write_row(1, [*first, *each * len(lists)], "head")
        for index, one in enumerate(lists):
            begin = len(first) + index * len(each)
            sheet.merge(0, begin, begin + len(each) - 1, one.display_name)
        return sheet

    @api.model
    def _get_board_cells(self, values, labels, readable):
        """Yield value and style of each cell of a row, in the order of the columns.

        :param values: see `_prepare_row`
        :param labels: dict, state -> what people read
        """
        for name in ("name", "category", "uom"):
            yield values[name], "text"
        if readable:
            yield values["cost"], "price"
        for cell in values["cells"]:
            yield cell["price"], "price"
            if readable:
                yield cell["floor"], "price"
                yield cell["margin"], "percent"
            yield labels[cell["state"]], cell["state"]
