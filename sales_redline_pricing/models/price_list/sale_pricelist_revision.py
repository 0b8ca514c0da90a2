from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate
from odoo.tools.misc import format_date

from odoo.addons.sales_control.tools.protection import Protection
from odoo.addons.sales_control.tools.xlsx import XlsxWriter

from ...tools.groups import FLOOR_MANAGERS
from ...tools.price_sheet import add_price_sheet, get_state_labels

_lt = LazyTranslate(__name__)
# Set by the methods of revisions only, whatever a client writes.
PROTECTED = dict.fromkeys(
    (
        "state",
        "line_ids",
        "previewed_date",
        "previewed_by_id",
        "applied_date",
        "applied_by_id",
        "skipped_count",
    ),
    Protection(sentence=_lt("State, prices and dates of a price revision are set by its buttons only: %(fields)s")),
)
MAIL = ("message_", "activity_", "website_message_")


class SalePricelistRevision(models.Model):
    """A bulk change of price lists: what was asked, what came of it, who applied it. Kept, not a transient wizard."""

    _name = "sale.pricelist.revision"
    _description = "Price Revision"
    _inherit = ["mail.thread", "protected.fields.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, copy=False, default=lambda self: self._default_name(), tracking=True)
    state = fields.Selection(
        [("draft", "Draft"), ("previewed", "Previewed"), ("applied", "Applied")],
        string="Status",
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    note = fields.Text("Reason", help="Why prices are changed; kept with the revision.")
    # Restrict, here and below: without what it is for a revision would be one of everything.
    pricelist_ids = fields.Many2many(
        "product.pricelist", string="Pricelists", required=True, check_company=True, ondelete="restrict"
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        ondelete="restrict",
        help="Including their child categories. Leave empty for all categories.",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        check_company=True,
        domain=[("sale_ok", "=", True)],
        ondelete="restrict",
        help="Leave empty for all products of the categories.",
    )
    quantity = fields.Float(
        digits="Product Unit",
        default=1,
        required=True,
        help="Prices from this quantity upwards are revised, in the unit of each product.",
    )
    base = fields.Selection(
        [
            ("current", "Current price of the list"),
            ("list_price", "Sales price"),
            ("cost_markup", "Cost plus markup"),
            ("cost_margin", "Cost and margin"),
            ("pricelist", "Other pricelist"),
        ],
        "Based on",
        required=True,
        default="current",
        help="Cost plus markup: cost x (1 + p).\nCost and margin: cost / (1 - p).\nOtherwise base x (1 + p).",
    )
    base_pricelist_id = fields.Many2one("product.pricelist", "Base Pricelist", check_company=True, ondelete="restrict")
    change_type = fields.Selection(
        [("percentage", "Percentage"), ("amount", "Amount")], "Change by", required=True, default="percentage"
    )
    change = fields.Float(
        min_display_digits=2,
        help="Percentage of the base, or an amount in the currency of each pricelist; negative to decrease prices.",
    )
    category_ids = fields.One2many("sale.pricelist.revision.category", "revision_id", "Changes per Category", copy=True)
    rounding = fields.Float(
        digits="Product Price", help="Prices are rounded to multiples of this value. 0 means the usual price rounding."
    )
    rounding_direction = fields.Selection(
        [("nearest", "Nearest"), ("up", "Up"), ("down", "Down")], "Rounding Direction", required=True, default="nearest"
    )
    ending = fields.Float(
        digits="Product Price", help="Added to the multiple: rounding 1 and ending 0.90 give prices that end in .90."
    )
    hold_floor = fields.Boolean(
        "Not Below the Red Line",
        default=True,
        help="A new price below its red line is raised to the next price at or above it that respects rounding and ending.",
    )
    valid_from = fields.Datetime(
        copy=False,
        help="The new prices apply from this day on, the old ones until then. Leave empty to apply immediately.",
    )
    line_ids = fields.One2many("sale.pricelist.revision.line", "revision_id", "Prices", readonly=True, copy=False)
    line_count = fields.Integer("Changed Prices", compute="_compute_counts")
    below_count = fields.Integer("Below Red Line", compute="_compute_counts")
    raised_count = fields.Integer("Held at Red Line", compute="_compute_counts")
    skipped_count = fields.Integer(
        "Without Base", readonly=True, copy=False, help="Prices that could not be computed because the cost is missing."
    )
    follower_list_ids = fields.Many2many(
        "product.pricelist",
        string="Dependent Pricelists",
        compute="_compute_follower_list_ids",
        help="Pricelists whose rules are based on the revised ones: their prices change with them.",
    )
    previewed_date = fields.Datetime("Previewed on", readonly=True, copy=False)
    previewed_by_id = fields.Many2one("res.users", "Previewed by", readonly=True, copy=False, ondelete="restrict")
    applied_date = fields.Datetime("Applied on", readonly=True, copy=False)
    applied_by_id = fields.Many2one("res.users", "Applied by", readonly=True, copy=False, ondelete="restrict")

    _check_figures = models.Constraint(
        "CHECK(quantity > 0 AND rounding >= 0)",
        "Price revision: the quantity must be above 0 and the rounding must not be negative.",
    )
    _check_ending = models.Constraint(
        "CHECK(COALESCE(rounding, 0) > 0 OR COALESCE(ending, 0) = 0)",
        "Price revision: an ending requires a rounding, for example rounding 1 for prices that end in .90.",
    )

    @api.model
    def _default_name(self):
        return self.env._("Prices of %s", format_date(self.env, self.env.company._get_today()))

    @api.constrains("base", "base_pricelist_id", "change_type", "change", "category_ids")
    def _check_base(self):
        for revision in self:
            if revision.base == "pricelist" and not revision.base_pricelist_id:
                raise ValidationError(self.env._("Choose the pricelist on which the new prices are based."))
            changes = [revision.change, *revision.category_ids.mapped("change")]
            if revision.base == "cost_margin" and revision.change_type == "percentage" and max(changes) >= 100:
                raise ValidationError(self.env._("A margin must be less than 100 percent of the price."))

    @api.depends("line_ids.floor_state", "line_ids.is_raised")
    def _compute_counts(self):
        found = self.env["sale.pricelist.revision.line"]._read_group(
            Domain("revision_id", "in", self.ids), ["revision_id", "floor_state", "is_raised"], ["__count"]
        )
        counts = defaultdict(lambda: [0, 0, 0])
        for revision, state, is_raised, count in found:
            counts[revision.id][0] += count
            counts[revision.id][1] += count * (state == "below")
            counts[revision.id][2] += count * is_raised
        for revision in self:
            revision.line_count, revision.below_count, revision.raised_count = counts[revision.id]

    @api.depends("pricelist_ids")
    def _compute_follower_list_ids(self):
        lists = self.pricelist_ids
        rules = self.env["product.pricelist.item"].search_fetch(
            Domain("base", "=", "pricelist") & Domain("base_pricelist_id", "in", lists.ids),
            ["pricelist_id", "base_pricelist_id"],
        )
        for revision in self:
            own = revision.pricelist_ids
            followers = rules.filtered(lambda rule: rule.base_pricelist_id._origin in own._origin).pricelist_id
            revision.follower_list_ids = followers - own._origin

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **PROTECTED}

    def write(self, vals):
        if any(key not in PROTECTED and not key.startswith(MAIL) for key in vals):
            self._reset_preview()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        self._check_not_applied()

    def _check_not_applied(self):
        """Refuse to touch what is history."""
        applied = self.filtered(lambda revision: revision.state == "applied")
        if applied:
            raise UserError(
                self.env._(
                    'The price revision "%s" has been applied and can no longer be changed. Create another one to change prices again.',
                    applied[0].name,
                )
            )

    def _reset_preview(self):
        """Forget the previews of these revisions: what they rest on changes."""
        self._check_not_applied()
        previewed = self.filtered(lambda revision: revision.state == "previewed").sudo()
        previewed.line_ids.unlink()
        previewed.write({"state": "draft", "skipped_count": 0, "previewed_date": False, "previewed_by_id": False})

    # === ACTIONS === #

    def action_preview(self):
        """Compute the new prices and list those that change, without touching any price list.

        :raise UserError: the revision is applied already
        """
        self._check_manager()
        for revision in self:
            revision._check_not_applied()
            prices, skipped = revision._compute_new_prices()
            # Superuser: lines are written by this method only; see the access rules.
            sudo = revision.sudo()
            sudo.line_ids.unlink()
            self.env["sale.pricelist.revision.line"].sudo().create(
                [{"revision_id": revision.id, **values} for values in prices]
            )
            sudo.write(
                {
                    "state": "previewed",
                    "skipped_count": skipped,
                    "previewed_date": fields.Datetime.now(),
                    "previewed_by_id": self.env.uid,
                }
            )

    def action_reset(self):
        """Throw the preview away."""
        self._check_manager()
        self._reset_preview()

    def action_apply(self):
        """Write the previewed prices to the price lists, all or none.

        :raise UserError: there is nothing to apply, or a price, red line or product changed since the preview
        """
        self._check_manager()
        for revision in self:
            revision._check_appliable()
            revision._apply()

    def action_view_lines(self):
        """Open the changed prices as a list that can be filtered and grouped.

        :return: a window action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_redline_pricing.sale_pricelist_revision_line_action"
        )
        context = {"search_default_below": 1} if self.env.context.get("below_only") else {}
        return {**action, "domain": [("revision_id", "=", self.id)], "context": context, "name": self.name}

    def action_export_xlsx(self):
        """Download the changed prices.

        :return: a URL action
        """
        self.ensure_one()
        self.check_access("read")
        url = f"/sales_redline_pricing/price_revision/{self.id}/xlsx"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}

    # === RIGHTS === #

    def _check_manager(self):
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(FLOOR_MANAGERS):
            raise AccessError(self.env._("Only users who may set red lines can revise pricelists. Ask one of them."))

    def _check_appliable(self):
        self.ensure_one()
        self._check_not_applied()
        if self.state != "previewed":
            raise UserError(self.env._("Preview the new prices first: only what was shown is applied."))
        if not self.line_ids:
            raise UserError(self.env._("No price changes: there is nothing to apply."))

    # === EXPORT === #

    def _get_xlsx(self):
        """Return the changed prices as an XLSX file.

        :return: bytes
        """
        self.ensure_one()
        self.check_access("read")
        fields_get = self.line_ids._fields
        figures = ("old_price", "new_price", "change", "price_floor")
        names = ("product_id", "pricelist_id", "currency_id", *figures, "floor_state")
        labels = get_state_labels(self.env)
        with XlsxWriter() as book:
            sheet = add_price_sheet(book, self.env, 1, 3)
            sheet.write_row(0, [fields_get[name]._description_string(self.env) for name in names], "head")
            for row, line in enumerate(self.line_ids, start=1):
                described = [line[name].display_name for name in names[:3]]
                has_floor = line.floor_state not in ("none", "no_cost")
                prices = [line[name] if has_floor or name != "price_floor" else None for name in figures]
                styles = [*["text"] * 3, "price", "price", "percent", "price", line.floor_state]
                sheet.write_row(row, [*described, *prices, labels[line.floor_state]], styles)
        return book.content
