from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.groups import CREDIT_READERS
from ...tools.panel import is_shown
from .sale_order_check import KINDS


class StockPicking(models.Model):
    """Deliveries judged by the credit of who pays for them, and what they show of it."""

    _inherit = "stock.picking"

    credit_line = fields.Char("Customer Credit Status", compute="_compute_credit_line", groups=CREDIT_READERS)
    is_held_for_credit = fields.Boolean(
        "Held for Credit",
        compute="_compute_is_held_for_credit",
        search="_search_is_held_for_credit",
        help="The customer is on hold, or the order is awaiting approval because of the limit or overdue receivables.",
        groups="base.group_user",
    )

    @api.depends("state", "sale_id", "sale_id.partner_invoice_id")
    @api.depends_context("uid", "lang")
    def _compute_credit_line(self):
        self.credit_line = False
        open_deliveries = self.filtered(
            lambda picking: picking.picking_type_code == "outgoing" and picking.state not in ("done", "cancel")
        )
        if not (open_deliveries and self.env["credit.grade"]._is_credit_used()):
            return
        for company, pickings in open_deliveries.grouped("company_id").items():
            pickings._fill_credit_line(company)

    def _compute_is_held_for_credit(self):
        held = self.search([("id", "in", self.ids), ("is_held_for_credit", "=", True)])
        for picking in self:
            picking.is_held_for_credit = picking._origin in held

    @api.model
    def _search_is_held_for_credit(self, operator, value):
        """Return the domain of the open deliveries that credit holds."""
        if operator != "in":
            return NotImplemented
        reviews = Domain("kind", "in", KINDS) & Domain("state", "in", ("pending", "rejected"))
        reviews &= Domain("is_current", "=", True)
        held = Domain("order_review_ids", "any", reviews)
        for company in self.env.companies:
            held |= Domain("company_id", "=", company.id) & self._get_hold_domain(company)
        # Superuser: warehouse people do not read orders, and learn only that goods must not leave.
        orders = self.env["sale.order"].sudo()._search(Domain("state", "=", "sale") & held)
        return (
            Domain("sale_id", "in", orders)
            & Domain("picking_type_code", "=", "outgoing")
            & Domain("state", "not in", ("done", "cancel"))
        )

    def _compute_review_hold_reason(self):
        with self.move_ids._declare_leaving(together=False):
            return super()._compute_review_hold_reason()

    # === ACTION METHODS === #

    def button_validate(self):
        with self.move_ids._declare_leaving():
            return super().button_validate()

    def action_view_held(self):
        """Open this held delivery; its order for those who do not work in the warehouse, who act there.

        :return: an action
        """
        self.ensure_one()
        record = self if self.env.user.has_group("stock.group_stock_user") else self.sale_id
        return record.get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def get_empty_list_help(self, help_message):
        """Return what an empty list says: the held deliveries their own, instead of an invitation to create one."""
        if self.env.context.get("credit_held_help"):
            return help_message
        return super().get_empty_list_help(help_message)

    def _fill_credit_line(self, company):
        """Fill the line of these deliveries of ``company`` for the customers whose figures the user may see."""
        # Superuser: warehouse people do not read orders; what is shown is decided by the customer.
        payers = {picking: picking.sudo().sale_id._get_payer() for picking in self if picking.sudo().sale_id}
        visible = self.env["res.partner"].union(*payers.values()).with_env(self.env)._filter_credit_visible()
        # Superuser: debts that the user may not read count.
        positions = visible.sudo()._get_credit_positions(company)
        for picking, payer in payers.items():
            if is_shown(positions.get(payer)):
                picking.credit_line = payer.with_env(self.env)._get_credit_line(positions[payer], company)

    @api.model
    def _get_hold_domain(self, company):
        """Return the domain of the orders on which somebody is on hold in ``company``: see `_get_credit_parties`."""
        # Superuser: as above.
        partners = self.env["res.partner"].sudo().with_company(company)
        held = partners._search([("credit_on_hold", "=", True)])
        names = ("partner_invoice_id", "partner_id", "partner_shipping_id")
        return Domain.OR([Domain(f"{name}.commercial_partner_id", "in", held) for name in names])
