from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate
from odoo.tools.sql import column_exists, create_column

from ...tools.finding import refer
from ...tools.groups import SALESPEOPLE
from ...tools.protection import Protection

_lt = LazyTranslate(__name__)

SIGNED = Protection(
    SALESPEOPLE,
    _lt("%(fields)s of an order: salespeople enter what the contract says; ask the salesperson of the order."),
)
# What the contract says, of orders and of their lines: not for others who write orders, such as the warehouse.
CONTRACT = dict.fromkeys(
    (
        "contract_number",
        "contract_date",
        "contract_amount",
        "contract_kind",
        "special_reason",
        "contract_attachment_ids",
        "contract_partner_id",
        "contract_payment_term_id",
    ),
    SIGNED,
)
CONTRACT_LINE = {"contract_qty": SIGNED}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = "sale.order"

    contract_number = fields.Char(
        copy=False, index="trigram", tracking=True, help="Number of the contract that the customer has signed."
    )
    contract_date = fields.Date(copy=False, tracking=True, help="Day on which the contract was signed.")
    contract_amount = fields.Monetary(
        copy=False,
        tracking=True,
        help="Total of the signed contract, taxes included, in the currency of the order. "
        "Leave it at 0 if the contract states no total.",
    )
    contract_kind = fields.Selection(
        [("standard", "Standard"), ("special", "Special")],
        string="Contract Terms",
        default="standard",
        tracking=True,
        help="Special: the contract departs from the usual terms; say why.",
        groups="base.group_user",
    )
    special_reason = fields.Text(help="Why the contract departs from the usual terms.", groups="base.group_user")
    contract_attachment_ids = fields.Many2many(
        "ir.attachment",
        "sale_order_contract_attachment_rel",
        "order_id",
        "attachment_id",
        string="Signed Contract",
        copy=False,
        help="Scans of the signed contract. Anyone who can see the order can see them.",
        groups="base.group_user",
    )
    contract_partner_id = fields.Many2one(
        "res.partner",
        string="Contract Customer",
        copy=False,
        check_company=True,
        index="btree_not_null",
        help="Who signed the contract. Leave empty if it need not be compared with the order's customer.",
        groups="base.group_user",
    )
    contract_payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Contract Payment Terms",
        copy=False,
        check_company=True,
        index="btree_not_null",
        help="Payment terms of the signed contract. Leave empty if they need not be compared with the order's.",
        groups="base.group_user",
    )
    contract_mismatch = fields.Boolean(
        compute="_compute_contract_mismatch",
        store=True,
        help="The signed contract and the order differ in amount, customer, payment terms or quantities.",
        groups="base.group_user",
    )
    contract_mismatch_reason = fields.Text(
        string="Contract Differences",
        compute="_compute_contract_mismatch_reason",
        groups="base.group_user",
        help="How the signed contract and the order differ.",
    )
    contract_duplicate_ids = fields.Many2many(
        "sale.order",
        string="Orders with the Same Contract",
        compute="_compute_contract_duplicate_ids",
        groups="base.group_user",
    )

    def _auto_init(self):
        # No order has a contract yet: an empty column saves computing every line of every order at installation.
        if not column_exists(self.env.cr, self._table, "contract_mismatch"):
            create_column(self.env.cr, self._table, "contract_mismatch", "bool")
        return super()._auto_init()

    @api.depends(
        "contract_amount",
        "contract_partner_id",
        "contract_payment_term_id",
        "order_line.contract_qty",
        "amount_total",
        "currency_id",
        "partner_id",
        "payment_term_id",
        "order_line.product_id",
        "order_line.product_uom_qty",
        "order_line.product_uom_id",
    )
    def _compute_contract_mismatch(self):
        mismatches = self._get_contract_mismatches()
        for order in self:
            order.contract_mismatch = bool(mismatches[order])

    @api.depends("contract_mismatch")
    @api.depends_context("lang")
    def _compute_contract_mismatch_reason(self):
        mismatches = self._get_contract_mismatches()
        for order in self:
            messages = [message for _key, _measure, message, _facts in mismatches[order]]
            order.contract_mismatch_reason = "\n".join(messages) or False

    @api.depends("contract_number", "company_id")
    def _compute_contract_duplicate_ids(self):
        numbers = [number for number in self.mapped("contract_number") if number]
        same_number = (
            self.search(
                Domain("contract_number", "in", numbers)
                & Domain("state", "!=", "cancel")
                & Domain("company_id", "in", self.company_id.ids)
            )
            if numbers
            else self.browse()
        )
        by_number = same_number.grouped(lambda order: (order.company_id, order.contract_number))
        for order in self:
            duplicates = by_number.get((order.company_id, order.contract_number), self.browse())
            order.contract_duplicate_ids = duplicates - order._origin

    # === CONSTRAINTS === #

    @api.constrains("contract_kind", "special_reason")
    def _check_special_reason(self):
        for order in self:
            if order.contract_kind == "special" and not (order.special_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        'The order %(order)s has special contract terms but no reason for them. Fill in "Special Reason", or set "Contract Terms" to Standard.',
                        order=order.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._adopt_contract_attachments()
        return orders

    def write(self, vals):
        result = super().write(vals)
        if "contract_attachment_ids" in vals:
            self._adopt_contract_attachments()
        return result

    def _adopt_contract_attachments(self):
        """Attach files that the user has just uploaded to their order, so that its readers may read them.

        Only the user's own, as yet unattached files: linking somebody else's attachment gives nobody access to it.
        """
        for order in self:
            files = order.sudo().contract_attachment_ids.filtered(
                lambda file: not file.res_id and file.create_uid == self.env.user
            )
            if files:
                files.write({"res_model": order._name, "res_id": order.id})

    # === BUSINESS METHODS: WHAT THE CONTRACT SAYS AND THE ORDER DOES NOT === #

    def _get_contract_mismatches(self):
        """Compare signed contracts with their orders. What a contract does not state is not compared.

        :return: ``{order: [(key, measure, message, facts), ...]}`` for every order, in the user's language.
            ``key`` is ``amount``, ``customer``, ``payment_term`` or ``quantity:<product id>``; ``measure`` the absolute
            deviation (company currency; units of the product), 1.0 for customer and payment terms; ``facts`` the
            figures compared, fit for JSON
        """
        return {order: [order._prepare_mismatch(*found) for found in order._compare_with_contract()] for order in self}

    def _prepare_mismatch(self, key, measure, facts):
        """Return a difference with its sentence: (key, measure, message, facts)."""
        return key, measure, self.env["sale.order.review"]._get_finding_message("mismatch", key, facts), facts

    def _compare_with_contract(self):
        """Yield (key, measure, facts) for everything in which this order differs from its signed contract."""
        self.ensure_one()
        yield from self._get_contract_amount_mismatch()
        yield from self._get_contract_term_mismatches()
        yield from self._get_contract_quantity_mismatches()

    def _get_contract_amount_mismatch(self):
        # Gift cards and wallets pay the contract, they do not lower it.
        total = self.amount_total + self.order_line._get_paid_amount("total")
        stated, currency = self.contract_amount, self.currency_id
        if not stated or not currency.compare_amounts(stated, total):
            return
        facts = {"contract": stated, "order": total, "currency": currency.name}
        measure = currency.round(abs(stated - total))
        company = self.company_id or self.env.company
        if currency != company.currency_id:
            measure = currency._convert(measure, company.currency_id, company, self._get_review_date())
            facts |= {"difference": measure, "company_currency_id": refer(company.currency_id)}
        yield "amount", measure, facts

    def _get_contract_term_mismatches(self):
        """Customer and payment terms; a contact is the same customer as its company."""
        signer, customer = self.contract_partner_id, self.partner_id
        if signer and signer.commercial_partner_id != customer.commercial_partner_id:
            yield "customer", 1.0, {"contract": signer.display_name, "order": customer.display_name}
        stated, terms = self.contract_payment_term_id, self.payment_term_id
        if stated and stated != terms:
            yield "payment_term", 1.0, {"contract": refer(stated), "order": refer(terms)}

    def _get_contract_quantity_mismatches(self):
        """Quantities of the products for which any line states one, summed over all lines of the product."""
        stated_lines = self.order_line.filtered("contract_qty")
        # For the sentences, all at once.
        stated_lines.product_id.mapped("display_name")
        for product in stated_lines.product_id:
            lines = self.order_line.filtered(lambda line: line.product_id == product)
            stated = sum(line._get_product_quantity(line.contract_qty) for line in lines)
            ordered = sum(line._get_product_quantity(line.product_uom_qty) for line in lines)
            if product.uom_id.compare(stated, ordered):
                facts = {
                    "product_id": refer(product),
                    "contract": stated,
                    "order": ordered,
                    "unit": refer(product.uom_id),
                }
                yield f"quantity:{product.id}", abs(stated - ordered), facts

    # === BUSINESS METHODS: DELIVERY === #

    def _get_delivery_day(self):
        """Return the day of the last delivery, and whether it is done; where nothing is shipped, the promised day.

        :return: (``date`` or None, bool)
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        shipments = self.picking_ids.filtered(
            lambda picking: picking.location_dest_id._is_outgoing() and picking.state != "cancel"
        )
        done = shipments.filtered(lambda picking: picking.state == "done")
        if shipments and done == shipments:
            return company._get_day(max(done.mapped("date_done"))), True
        promised = self.commitment_date or max(
            (picking.scheduled_date for picking in shipments - done if picking.scheduled_date), default=None
        )
        return company._get_day(promised), not shipments and self.state == "sale" and bool(promised)
