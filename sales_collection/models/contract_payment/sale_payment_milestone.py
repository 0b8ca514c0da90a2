from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import formatLang

from odoo.addons.sales_control.tools.groups import SALES_MANAGERS
from odoo.addons.sales_control.tools.money import apportion
from odoo.addons.sales_control.tools.protection import DERIVED

# Follow from the order, its documents and the terms of the payment: never taken from a caller.
COMPUTED = ("amount_due", "date_due", "is_expected", "company_id", "currency_id", "partner_id")


class SalePaymentMilestone(models.Model):
    """A payment that the contract asks for: how much, when, and what real documents say about it."""

    _name = "sale.payment.milestone"
    _inherit = ["sale.payment.milestone.mixin", "protected.fields.mixin"]
    _description = "Contract Payment"
    _order = "order_id desc, sequence, id"

    order_id = fields.Many2one("sale.order", "Order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, index=True)
    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True)
    date = fields.Date("Fixed Date")
    amount = fields.Monetary("Fixed Amount", help="Taxes included; it does not change when the order total changes.")
    amount_due = fields.Monetary(
        "Amount",
        compute="_compute_amount_due",
        store=True,
        help="Amount due under the contract, taxes included: the fixed amount, or the percentage of the order total.",
    )
    date_due = fields.Date("Due Date", compute="_compute_date_due", store=True, index=True)
    is_expected = fields.Boolean(
        "Expected",
        compute="_compute_date_due",
        store=True,
        help="The due date is not certain yet: its event (order, last delivery, acceptance) has not taken place yet.",
    )
    invoice_ids = fields.One2many("account.move", "payment_milestone_id", "Dedicated Invoices", readonly=True)
    amount_invoiced = fields.Monetary("Invoiced", compute="_compute_figures", help="Posted invoices less credit notes.")
    amount_collected = fields.Monetary("Collected", compute="_compute_figures", help="Receipts on these invoices.")
    amount_discounted = fields.Monetary(
        "Discounts", compute="_compute_figures", help="Amount settled without payment: discounts and write-offs."
    )
    amount_open = fields.Monetary("Open", compute="_compute_figures")
    amount_overdue = fields.Monetary("Overdue", compute="_compute_figures")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("invoiced", "Invoiced"),
            ("due", "Due today"),
            ("overdue", "Overdue"),
            ("collected", "Collected"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_figures",
    )

    _check_amount = models.Constraint(
        "CHECK(amount >= 0)", "The fixed amount of a contract payment cannot be negative: enter 0 or more."
    )

    @api.depends("kind")
    def _compute_name(self):
        """Call a payment what its kind is called, unless somebody named it otherwise."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for milestone in self:
            if not milestone.name or milestone.name in kinds.values():
                milestone.name = kinds.get(milestone.kind)

    @api.depends("date")
    def _compute_due_rule(self):
        # EXTENDS: what has a fixed date is due on it
        result = super()._compute_due_rule()
        self.filtered("date").due_rule = "date"
        return result

    @api.depends(
        "percentage",
        "amount",
        "order_id.amount_total",
        "order_id.currency_id",
        "order_id.payment_milestone_ids.percentage",
        "order_id.payment_milestone_ids.sequence",
    )
    def _compute_amount_due(self):
        for order, milestones in self.grouped("order_id").items():
            currency = order.currency_id
            shared = (order.payment_milestone_ids | milestones).filtered("percentage").sorted("sequence")
            amounts = apportion(order.amount_total, shared.mapped("percentage"), currency.rounding or 0.01, whole=100)
            parts = dict(zip(shared, amounts, strict=True))
            for milestone in milestones:
                milestone.amount_due = parts.get(milestone, milestone.amount)

    @api.depends(
        "due_rule",
        "due_delay",
        "due_delay_unit",
        "date",
        "order_id.state",
        "order_id.date_order",
        "order_id.acceptance_date",
        "order_id.commitment_date",
        "order_id.delivery_status",
        "order_id.picking_ids.date_done",
        "order_id.picking_ids.scheduled_date",
    )
    def _compute_date_due(self):
        # Superuser (stored): salespeople do not read every transfer.
        events = {order: order._get_payment_events() for order in self.order_id}
        for milestone in self:
            if milestone.due_rule == "date":
                milestone.date_due, milestone.is_expected = milestone.date, False
                continue
            event, is_known = events.get(milestone.order_id, {}).get(milestone.due_rule, (None, False))
            milestone.date_due = milestone._get_due_date(event)
            milestone.is_expected = not is_known

    @api.depends("amount_due", "date_due", "is_expected", "order_id.state")
    def _compute_figures(self):
        figures = self.env["contract.payment.report"]._get_figures(self._origin)
        for milestone in self:
            found = figures.get(milestone._origin.id, {})
            milestone.amount_invoiced = found.get("invoiced", 0.0)
            milestone.amount_collected = found.get("collected", 0.0)
            milestone.amount_discounted = found.get("discounted", 0.0)
            milestone.amount_open = found.get("open", milestone.amount_due)
            milestone.amount_overdue = found.get("overdue", 0.0)
            milestone.state = found.get("state", "planned")

    @api.constrains("percentage", "amount")
    def _check_percentage_or_amount(self):
        for milestone in self:
            if bool(milestone.percentage) == bool(milestone.amount):
                raise ValidationError(
                    self.env._(
                        'The contract payment "%s" needs either a percentage of the order or a fixed amount: enter one of them and leave the other at 0.',
                        milestone.name,
                    )
                )

    @api.constrains("due_rule", "date")
    def _check_date(self):
        for milestone in self:
            if milestone.due_rule == "date" and not milestone.date:
                raise ValidationError(
                    self.env._(
                        'The contract payment "%s" falls due on a fixed date: enter it, or choose another due rule.',
                        milestone.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **dict.fromkeys(COMPUTED, DERIVED)}

    @api.model_create_multi
    def create(self, vals_list):
        # A default may name the order.
        vals_list = [self.default_get(["order_id"]) | vals for vals in vals_list]
        orders = self.env["sale.order"].browse({vals["order_id"] for vals in vals_list if vals.get("order_id")})
        with self._edit(orders):
            return super().create(vals_list)

    def write(self, vals):
        if "order_id" in vals and any(milestone.order_id.id != vals["order_id"] for milestone in self):
            raise UserError(
                self.env._("A contract payment cannot be moved to another order: delete it here and add it there.")
            )
        with self._edit(self.order_id):
            return super().write(vals)

    def unlink(self):
        with self._edit(self.order_id):
            return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        # Superuser: the salesperson need not read the invoices that speak for this payment.
        if invoiced := self.sudo().filtered("invoice_ids"):
            raise UserError(
                self.env._(
                    'The contract payment "%(name)s" has a dedicated invoice, %(invoices)s: delete or cancel it first.',
                    name=invoiced[0].name,
                    invoices=", ".join(invoiced[0].invoice_ids.mapped("display_name")),
                )
            )

    @contextmanager
    def _edit(self, orders):
        """Check who edits, have the review judge the orders again, and keep what a confirmed order changed."""
        self._check_may_edit(orders)
        before = orders._get_payment_summaries()
        with orders._judge_edit():
            yield
        orders._log_payment_changes(before)

    @api.model
    def _check_may_edit(self, orders):
        """Raise unless the user may change the contract payments of orders.

        :raise UserError: where an order is locked
        :raise AccessError: where an order is confirmed and the user is no sales manager
        """
        if self.env.su:
            return
        confirmed = orders.filtered(lambda order: order.state == "sale")
        if locked := confirmed.filtered("locked"):
            raise UserError(
                self.env._("%s is locked: unlock it before changing its contract payments.", locked[0].display_name)
            )
        if confirmed and not self.env.user.has_groups(SALES_MANAGERS):
            raise AccessError(
                self.env._(
                    "%s is confirmed: only a sales manager can change its contract payments. Ask one.",
                    confirmed[0].display_name,
                )
            )

    def _get_summary(self):
        """Return this payment as one line of text, for the history of the order."""
        self.ensure_one()
        kind = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        amount = formatLang(self.env, self.amount_due, currency_obj=self.currency_id)
        share = f"{self.percentage:g} %, " if self.percentage else ""
        return f"{self.name} ({kind}): {share}{amount}, {self.date_due or '-'}"

    # === ACTION METHODS === #

    def action_invoice(self):
        """Invoice what is left of this payment, by Odoo's own wizard, and open the invoice.

        :raise UserError: where nothing is left, or the order is not confirmed or differs from its payments
        """
        self.ensure_one()
        self.check_access("read")
        self._check_can_invoice()
        invoices = self._create_milestone_invoice()
        return self.order_id.action_view_invoice(invoices=invoices)

    def action_view_invoices(self):
        """Open the invoices of this payment: its own, and those of the order that name none."""
        self.ensure_one()
        self.check_access("read")
        return self.order_id.action_view_invoice(invoices=self._get_invoices())

    # === BUSINESS METHODS === #

    def _get_invoices(self):
        """Return the invoices that fill these payments: `account.move`."""
        own = self.order_id.invoice_ids
        return own.filtered(lambda move: not move.payment_milestone_id or move.payment_milestone_id in self)

    def _is_invoiced_in_advance(self):
        """Tell whether this payment is invoiced as a down payment, and not by what was delivered."""
        self.ensure_one()
        return self.kind in ("advance", "other")

    def _check_can_invoice(self):
        """Raise unless there is something to invoice, with the remedy."""
        order = self.order_id
        if order.state != "sale":
            raise UserError(self.env._("%s is not confirmed: confirm it before invoicing.", order.display_name))
        if message := order._get_milestone_mismatch():
            raise UserError(message)
        # Superuser: the salesperson need not read the invoice.
        drafts = self.sudo().invoice_ids.filtered(lambda move: move.state == "draft")
        if drafts:
            raise UserError(self.env._('"%s" already has a draft invoice: post or delete it first.', self.name))
        if self.currency_id.compare_amounts(self.amount_due, self.amount_invoiced) <= 0:
            raise UserError(self.env._('"%s" is already invoiced: nothing is left.', self.name))

    def _create_milestone_invoice(self):
        """Return the draft invoice of what is left: a down payment in its exact amount, or what was delivered."""
        order = self.order_id
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids)
        if not self._is_invoiced_in_advance():
            return wizard.create({"advance_payment_method": "delivered"})._create_invoices(order)
        left = self.amount_due - self.amount_invoiced
        invoice = wizard.create({"advance_payment_method": "fixed", "fixed_amount": left})._create_invoices(order)
        # Superuser: salespeople create invoices through their orders only.
        invoice.sudo().write(self._prepare_invoice_values())
        return invoice

    def _get_retention_date(self, invoice):
        """Return when this retention falls due on an invoice: by its event, where nobody knows that by the invoice."""
        self.ensure_one()
        day = invoice.invoice_date or self.company_id._get_today()
        return self.date_due or self._get_due_date(day) or day

    def _prepare_invoice_values(self):
        """Return the values of an invoice of its own: named, and due when the contract says, not before its own day."""
        self.ensure_one()
        today = self.company_id._get_today()
        return {
            "payment_milestone_id": self.id,
            "invoice_payment_term_id": False,
            "invoice_date_due": max(self.date_due or today, today),
        }
