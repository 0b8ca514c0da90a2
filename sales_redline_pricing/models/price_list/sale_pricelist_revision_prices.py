from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.floors import PRICE_DIGITS
from ...tools.price_sheet import PriceSheet

SHOWN_DIFFERENCES = 5


class SalePricelistRevision(models.Model):
    """How a previewed revision is applied, checked and exported."""

    _name = "sale.pricelist.revision"
    _inherit = "sale.pricelist.revision"

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
            any(round(line[name] - values[name], PRICE_DIGITS) != 0 for name in figures)
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
                "Prices, costs, red lines or products changed since the preview (%(count)s prices). Preview again, then"
                " apply. For example:\n%(names)s",
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
            if round(grid[line.product_id.id, line.pricelist_id.id].price - line.new_price, PRICE_DIGITS) != 0
        ]
        if wrong:
            products = products.browse([product_id for product_id, _list_id in wrong[:SHOWN_DIFFERENCES]])
            raise UserError(
                self.env._(
                    "Other rules of the price lists come before the new prices of: %s. Revise these rules by hand first.",
                    ", ".join(products.mapped("display_name")),
                )
            )

    def _note_lists(self):
        """Leave a note on every list that was revised."""
        changed = self.line_ids.pricelist_id
        note = self.env._("Prices revised by %(user)s: %(link)s", user=self.env.user.name, link=self._get_html_link())
        changed.sudo()._message_log_batch(bodies=dict.fromkeys(changed.ids, note))

    # === EXPORT === #

    def _get_xlsx(self):
        """Return the changed prices as an XLSX file.

        :return: bytes
        """
        self.ensure_one()
        self.check_access("read")
        fields_get = self.line_ids._fields
        names = ("product_id", "pricelist_id", "currency_id", "old_price", "new_price", "change", "price_floor")
        with PriceSheet(self.env) as sheet:
            titles = [fields_get[name]._description_string(self.env) for name in (*names, "floor_state")]
            for column, title in enumerate(titles):
                sheet.write_cell(0, column, title, "head")
            sheet.finish_head(1, 3)
            for row, line in enumerate(self.line_ids, start=1):
                for column, name in enumerate(names[:3]):
                    sheet.write_cell(row, column, line[name].display_name)
                for column, name in enumerate(names[3:], start=3):
                    missing = name == "price_floor" and line.floor_state in ("none", "no_cost")
                    value = line[name]
                    sheet.write_cell(
                        row, column, None if missing else value, "percent" if name == "change" else "price"
                    )
                sheet.write_state(row, len(names), line.floor_state)
        return sheet.content
