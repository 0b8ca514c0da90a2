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

    reference = fields.Char(
        required=True, tracking=True, help="Reference in the previous system; unique within the company."
    )
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
        "Invoiced",
        digits="Product Unit",
        compute="_compute_uninvoiced",
        store=True,
        help="Quantity on posted invoices.",
    )
    qty_uninvoiced = fields.Float("Not Invoiced", digits="Product Unit", compute="_compute_uninvoiced", store=True)
    amount_total = fields.Monetary("Total", compute="_compute_amount_total", store=True, help="Taxes included.")
    amount_uninvoiced = fields.Monetary(
        "Amount Not Invoiced", compute="_compute_uninvoiced", store=True, help="Taxes included."
    )
    state = fields.Selection(
        [("open", "Open"), ("partial", "Partly invoiced"), ("done", "Invoiced")],
        string="Status",
        compute="_compute_uninvoiced",
        store=True,
        index=True,
    )
    invoice_count = fields.Integer("Invoices", compute="_compute_invoice_count", compute_sudo=True)
    age = fields.Integer(
        "Age (Days)", compute="_compute_age", help="Days since the goods were shipped; 0 once invoiced."
    )

    _reference_uniq = models.UniqueIndex(
        r"(company_id, LOWER(REGEXP_REPLACE(reference, '[\s\u00a0\u3000]+', '', 'g')))",
        "Reference of an opening delivery: it is already used in the company; enter each reference only once.",
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

    @api.depends("invoice_line_ids.move_id")
    def _compute_invoice_count(self):
        for delivery in self:
            delivery.invoice_count = len(delivery.invoice_line_ids.move_id)

    @api.depends("date", "state")
    def _compute_age(self):
        for delivery in self:
            waits = delivery.date and delivery.state != "done"
            delivery.age = (delivery.company_id._get_today() - delivery.date).days if waits else 0

    # === FIGURES === #

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
            # An empty date is what the database refuses, with its label.
            if delivery.date and delivery.date > delivery.company_id._get_today():
                raise ValidationError(
                    self.env._(
                        "%s: “Delivered on” is in the future; enter the day the goods were shipped.", delivery.reference
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

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        # Superuser: who deletes deliveries may not read invoices.
        if invoiced := self.sudo().filtered("invoice_line_ids"):
            raise UserError(
                self.env._(
                    "%s: an opening delivery that is on an invoice cannot be deleted; delete the invoice first.",
                    ", ".join(invoiced.mapped("reference")),
                )
            )

    # === IMPORT === #

    @api.model
    def get_import_templates(self):
        """Return the template that the import screen offers."""
        return [
            {
                "label": self.env._("Import Template for Opening Deliveries"),
                "template": "/sales_plan_credit/static/xls/credit_opening_delivery.xlsx",
            }
        ]

    @api.model
    def load(self, fields, data):
        """Import rows: all of them or, where one is wrong, none; see the method of the ORM.

        Besides, a reference that the file has twice is refused at its second row.
        """
        # EXTENDS 'base'
        if messages := self._get_duplicate_messages(fields, data):
            return {"ids": False, "messages": messages, "nextrow": 0}
        result = super().load(fields, data)
        # Core repeats the first error of a batch at its first row, whichever row is wrong.
        first, *others = result["messages"] or [{}]
        if any(first["message"] == other["message"] for other in others):
            result["messages"] = others
        return result

    @api.model
    def _get_duplicate_messages(self, names, data):
        """Return an error message of the importer for every row whose reference an earlier row has."""
        if "reference" not in names:
            return []
        company = next((index for index, name in enumerate(names) if name.split("/")[0] == "company_id"), None)
        first_rows, messages = {}, []
        for index, row in enumerate(data):
            reference = str(row[names.index("reference")] or "").strip()
            # As the index tells them apart: by neither blanks nor case.
            key = "".join(reference.lower().split()), None if company is None else row[company]
            first = first_rows.setdefault(key, index)
            if reference and first != index:
                messages.append(self._prepare_duplicate_message(reference, first, index))
        return messages

    @api.model
    def _prepare_duplicate_message(self, reference, first, index):
        """Return the message of a reference in rows ``first`` and ``index`` of the file, counted from 0."""
        return {
            "type": "error",
            "field": "reference",
            "record": index,
            "rows": {"from": index, "to": index},
            "message": self.env._(
                "Reference %(reference)s: it is already in the file, %(rows)s rows further up; enter each reference only once.",
                reference=reference,
                rows=index - first,
            ),
        }

    # === ACTION METHODS === #

    def action_view_invoices(self):
        """Return the action that shows the invoices and credit notes of these deliveries."""
        return self._get_invoice_action(self.invoice_line_ids.move_id)

    def action_create_invoices(self):
        """Make one draft invoice per customer and currency of what is not invoiced; quantities can be cut there.

        :return: the action that shows them
        :raise UserError: when nothing is left to invoice
        """
        waiting = self.filtered(lambda delivery: delivery.state != "done" and not delivery._is_on_draft())
        if not waiting:
            raise UserError(self.env._("Nothing is left to invoice, or it is already on a draft invoice."))
        moves = self.env["account.move"]
        for company, deliveries in waiting.grouped("company_id").items():
            groups = deliveries.grouped(lambda delivery: (delivery._get_invoice_address(), delivery.currency_id))
            # The journal is found in the company of the goods, not the active one.
            moves += moves.with_company(company).create([group._prepare_invoice() for group in groups.values()])
        return self._get_invoice_action(moves)

    # === BUSINESS METHODS: INVOICES === #

    @api.model
    def _get_invoice_action(self, moves):
        """Return the action that shows these invoices: a list, or the form of a single one."""
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        action |= {"domain": [("id", "in", moves.ids)], "context": {"default_move_type": "out_invoice"}}
        if len(moves) == 1:
            action |= {"res_id": moves.id, "view_mode": "form", "views": [(False, "form")]}
        return action

    def _is_on_draft(self):
        """Tell whether a draft invoice has this delivery already; draft credit notes do not matter."""
        self.ensure_one()
        return any(
            line.parent_state == "draft" and line.move_id.move_type != "out_refund" for line in self.invoice_line_ids
        )

    def _get_invoice_address(self):
        """Return the contact that gets the invoices of the customer, whichever contact the goods went to."""
        self.ensure_one()
        customer = self.partner_id.commercial_partner_id
        return customer.browse(customer.address_get(["invoice"])["invoice"])

    def _prepare_invoice(self):
        """Return the values of a draft invoice of these deliveries, which share customer, company and currency."""
        return {
            "move_type": "out_invoice",
            "partner_id": self[:1]._get_invoice_address().id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id[:1].id or self.env.uid,
            "invoice_origin": ", ".join(self.mapped("reference")),
            "invoice_line_ids": [fields.Command.create(delivery._prepare_invoice_line()) for delivery in self],
        }

    def _prepare_invoice_line(self):
        """Return the values of the invoice line that bills what is left of this delivery."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "quantity": self.qty_uninvoiced,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "credit_opening_delivery_id": self.id,
        }
