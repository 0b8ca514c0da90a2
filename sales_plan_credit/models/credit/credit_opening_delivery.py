from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare
from odoo.tools.misc import formatLang

from ...tools.credit import OpenLine, get_uninvoiced


class CreditOpeningDelivery(models.Model):
    """Goods delivered before go-live and not invoiced (期初发出商品).

    No stock move and no receivable: it counts as delivered not invoiced until ordinary invoices bill it.
    """

    _name = "credit.opening.delivery"
    _description = "Opening Delivery"
    _inherit = ["mail.thread"]
    _order = "date, id"
    _check_company_auto = True
    _rec_name = "reference"

    reference = fields.Char(required=True, tracking=True, help="Of the old system; unique in the company.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, ondelete="restrict", tracking=True
    )
    user_id = fields.Many2one("res.users", "Salesperson", compute="_compute_user_id", store=True, readonly=False)
    product_id = fields.Many2one("product.product", "Product", required=True, check_company=True, ondelete="restrict")
    date = fields.Date("Delivered on", required=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, tracking=True
    )
    quantity = fields.Float(digits="Product Unit", required=True, tracking=True, help="In the product's unit.")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    price_unit = fields.Float("Unit Price", digits="Product Price", required=True, tracking=True)
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        domain=[("type_tax_use", "=", "sale")],
        check_company=True,
        compute="_compute_tax_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    invoice_line_ids = fields.One2many(
        "account.move.line", "credit_opening_delivery_id", "Invoice Lines", readonly=True
    )
    qty_invoiced = fields.Float(
        "Invoiced", digits="Product Unit", compute="_compute_uninvoiced", store=True, help="On posted invoices."
    )
    qty_uninvoiced = fields.Float("Not Invoiced", digits="Product Unit", compute="_compute_uninvoiced", store=True)
    amount_total = fields.Monetary("Total", compute="_compute_amount_total", store=True, help="Taxes included.")
    amount_uninvoiced = fields.Monetary(
        "Amount Not Invoiced", compute="_compute_uninvoiced", store=True, help="Taxes included."
    )
    state = fields.Selection(
        [("open", "Open"), ("partial", "Partly invoiced"), ("done", "Invoiced")],
        compute="_compute_uninvoiced",
        store=True,
        index=True,
    )

    _reference_uniq = models.UniqueIndex(
        "(company_id, TRIM(reference))",
        "Reference of an opening delivery: the company has it already; enter each only once.",
    )
    _check_figures = models.Constraint(
        "CHECK(quantity > 0 AND price_unit >= 0)",
        "Opening delivery: enter a positive quantity and a unit price that is not negative.",
    )
    _open_idx = models.Index("(partner_id, company_id) WHERE amount_uninvoiced <> 0")

    @api.depends("partner_id")
    def _compute_user_id(self):
        for delivery in self:
            delivery.user_id = delivery.partner_id.commercial_partner_id.user_id

    @api.depends("product_id", "partner_id", "company_id")
    def _compute_tax_ids(self):
        for delivery in self:
            company = delivery.company_id
            partner = delivery.partner_id.with_company(company)
            taxes = delivery.product_id.taxes_id._filter_taxes_by_company(company)
            position = self.env["account.fiscal.position"].with_company(company)._get_fiscal_position(partner)
            delivery.tax_ids = position.map_tax(taxes)

    @api.depends("quantity", "price_unit", "tax_ids", "currency_id", "product_id")
    def _compute_amount_total(self):
        for delivery in self:
            taxes = delivery.tax_ids.compute_all(
                delivery.price_unit, delivery.currency_id, delivery.quantity, delivery.product_id, delivery.partner_id
            )
            delivery.amount_total = taxes["total_included"]

    @api.depends(
        "quantity",
        "amount_total",
        "invoice_line_ids.quantity",
        "invoice_line_ids.product_uom_id",
        "invoice_line_ids.parent_state",
    )
    def _compute_uninvoiced(self):
        for delivery in self:
            invoiced = delivery._get_qty_invoiced()
            line = OpenLine(delivery.quantity, delivery.quantity, invoiced, delivery._get_gross_unit_price())
            delivery.qty_invoiced = invoiced
            delivery.qty_uninvoiced = max(0.0, delivery.quantity - invoiced)
            delivery.amount_uninvoiced = get_uninvoiced(line)
            delivery.state = delivery._get_state(invoiced)

    def _get_qty_invoiced(self):
        """Return the quantity on posted invoices less credit notes, in the product's unit."""
        self.ensure_one()
        posted = self.invoice_line_ids.filtered(lambda line: line.parent_state == "posted")
        return sum(
            -line.move_id.direction_sign
            * (line.product_uom_id or self.product_uom_id)._compute_quantity(
                line.quantity, self.product_uom_id, round=False
            )
            for line in posted
        )

    def _get_gross_unit_price(self):
        """Return the price per unit with taxes, not rounded, in the currency of this delivery."""
        self.ensure_one()
        return self.amount_total / self.quantity if self.quantity else 0.0

    def _get_state(self, invoiced):
        """Return how far this delivery is invoiced."""
        self.ensure_one()
        digits = self._get_digits()
        if float_compare(invoiced, self.quantity, precision_digits=digits) >= 0:
            return "done"
        return "partial" if float_compare(invoiced, 0, precision_digits=digits) > 0 else "open"

    @api.model
    def _get_digits(self):
        """Return the number of decimals of quantities."""
        return self.env["decimal.precision"].precision_get("Product Unit")

    # === CONSTRAINTS === #

    @api.constrains("date")
    def _check_date(self):
        for delivery in self:
            if delivery.date > fields.Date.context_today(delivery):
                raise ValidationError(
                    self.env._(
                        "%s: “Delivered on” lies in the future; enter the day the goods left.", delivery.reference
                    )
                )

    @api.constrains("currency_id", "company_id")
    def _check_currency(self):
        """A currency without any rate would count 1 : 1 against the limit."""
        for delivery in self:
            currency = delivery.currency_id.with_company(delivery.company_id)
            if currency == delivery.company_id.currency_id:
                continue
            if not currency.active:
                raise ValidationError(
                    self.env._(
                        "%(delivery)s: the currency %(currency)s is not active; activate it or choose another.",
                        delivery=delivery.reference,
                        currency=currency.name,
                    )
                )
            if not delivery._has_rate():
                raise ValidationError(
                    self.env._(
                        "%(delivery)s: the currency %(currency)s has no exchange rate in %(company)s; enter one first.",
                        delivery=delivery.reference,
                        currency=currency.name,
                        company=delivery.company_id.display_name,
                    )
                )

    def _has_rate(self):
        """Tell whether the company has, or shares, a rate of the currency."""
        self.ensure_one()
        companies = (False, self.company_id.root_id.id)
        # Superuser: rates of the company, whichever companies the user has ticked.
        return any(rate.company_id.id in companies for rate in self.currency_id.sudo().rate_ids)

    @api.constrains("partner_id", "product_id", "company_id")
    def _check_invoiced(self):
        # Superuser: who enters deliveries may not read invoices.
        self.sudo().invoice_line_ids._check_opening_delivery()

    @api.constrains("quantity")
    def _check_quantity(self):
        for delivery in self.sudo():
            if float_compare(delivery.quantity, delivery.qty_invoiced, precision_digits=delivery._get_digits()) < 0:
                raise ValidationError(
                    self.env._(
                        "%(delivery)s: quantity %(quantity)s is less than the %(invoiced)s on posted invoices; "
                        "enter at least that, or reverse an invoice first.",
                        delivery=delivery.reference,
                        quantity=formatLang(self.env, delivery.quantity, dp="Product Unit"),
                        invoiced=formatLang(self.env, delivery.qty_invoiced, dp="Product Unit"),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        # Superuser: who deletes deliveries may not read invoices.
        if invoiced := self.sudo().filtered("invoice_line_ids"):
            raise UserError(
                self.env._(
                    "%s: an opening delivery that is on an invoice stays; delete the invoice first.",
                    ", ".join(invoiced.mapped("reference")),
                )
            )
