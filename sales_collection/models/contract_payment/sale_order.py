from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools.misc import format_date

# Key of the finding that contract payments do not make the order's total
MILESTONES = "payment_milestones"

# Nobody knows the day before it comes.
EVENT_RULES = ("delivery", "acceptance")


class SaleOrder(models.Model):
    """The payments that the contract of an order asks for."""

    _inherit = "sale.order"

    payment_milestone_ids = fields.One2many(
        "sale.payment.milestone", "order_id", "Contract Payments", copy=True, groups="base.group_user"
    )
    payment_milestone_template_id = fields.Many2one(
        "sale.payment.milestone.template",
        "Payment Template",
        check_company=True,
        index="btree_not_null",
        help="Choosing a template proposes its payments.",
        groups="base.group_user",
    )
    payment_milestone_difference = fields.Monetary(
        "Not Covered by Payments",
        compute="_compute_payment_milestone_difference",
        help="Amount by which the order total exceeds the sum of its contract payments.",
        groups="base.group_user",
    )
    payment_milestone_open = fields.Monetary(
        "Open Payments", compute="_compute_payment_milestone_open", groups="base.group_user"
    )
    acceptance_date = fields.Date(
        copy=False,
        tracking=True,
        help="Day on which the customer accepted the goods; payments may depend on it.",
        groups="base.group_user",
    )

    @api.depends("amount_total", "payment_milestone_ids.amount_due")
    def _compute_payment_milestone_difference(self):
        for order in self:
            milestones = order.payment_milestone_ids
            difference = order.amount_total - sum(milestones.mapped("amount_due")) if milestones else 0.0
            order.payment_milestone_difference = order.currency_id.round(difference) if order.currency_id else 0.0

    @api.depends("payment_milestone_ids.amount_open")
    def _compute_payment_milestone_open(self):
        for order in self:
            order.payment_milestone_open = sum(order.payment_milestone_ids.mapped("amount_open"))

    @api.constrains("acceptance_date")
    def _check_acceptance_date(self):
        for order in self.filtered("acceptance_date"):
            if order.acceptance_date > (order.company_id or self.env.company)._get_today():
                raise ValidationError(
                    self.env._(
                        "Acceptance Date: %s is in the future. Enter the day on which the customer accepted the goods.",
                        format_date(self.env, order.acceptance_date),
                    )
                )

    @api.onchange("payment_milestone_template_id")
    def _onchange_payment_milestone_template_id(self):
        if self.payment_milestone_template_id:
            values = self.payment_milestone_template_id._prepare_milestones()
            self.payment_milestone_ids = [Command.clear(), *map(Command.create, values)]

    def write(self, vals):
        result = super().write(vals)
        if "acceptance_date" in vals:
            self._sync_retention_dates()
        return result

    # === HOOKS === #

    def _get_milestone_findings(self, stage):
        """Yield (order, finding) for each of these orders whose contract payments do not make its total.

        At confirmation: it has to be put right, nobody approves it.
        """
        for order in self.filtered("payment_milestone_ids") if stage == "confirm" else ():
            if facts := order._get_milestone_facts():
                measure = order._get_milestone_measure()
                yield order, order._make_finding("mismatch", MILESTONES, measure, "block", facts)

    def _get_review_watched_fields(self):
        return super()._get_review_watched_fields() | {"payment_milestone_ids"}

    @api.model
    def _get_banner_dependencies(self):
        return [*super()._get_banner_dependencies(), "payment_milestone_difference"]

    def _get_payment_events(self):
        """Return the days on which the payments of this order depend.

        :return: dict, due rule -> (``date`` or None, whether the event has happened)
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        ordered = company._get_day(self.date_order)
        delivered, is_delivered = self._get_delivery_day()
        return {
            "order": (ordered, self.state == "sale"),
            "delivery": (delivered, is_delivered),
            "acceptance": (self.acceptance_date or None, bool(self.acceptance_date)),
        }

    # === ACTION METHODS === #

    def action_propose_payment_milestones(self):
        """Replace the contract payments by those that the template, or else the payment terms, propose.

        :raise UserError: where the order has neither
        """
        self.ensure_one()
        source = self.payment_milestone_template_id or self.payment_term_id
        if not source:
            raise UserError(
                self.env._("%s has neither a payment template nor payment terms: choose one first.", self.display_name)
            )
        values = source._prepare_milestones() if source == self.payment_milestone_template_id else None
        values = values or self.payment_term_id._prepare_milestones(self)
        if not values:
            raise UserError(
                self.env._(
                    "%s comes to nothing: there is no payment to propose. Add what is sold first.", self.display_name
                )
            )
        self.write({"payment_milestone_ids": [Command.clear(), *map(Command.create, values)]})
        return True

    def action_view_payment_milestones(self):
        """Open the contract payments of these orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.contract_payment_report_action")
        return dict(action, domain=[("order_id", "in", self.ids)], context={})

    # === BUSINESS METHODS === #

    def _get_milestone_mismatch(self):
        """Return by how much the contract payments miss the order's total, as a sentence; None where they make it."""
        facts = self._get_milestone_facts()
        return facts and self.env["sale.order.review"]._get_finding_message("mismatch", MILESTONES, facts)

    def _get_milestone_facts(self):
        """Return the figures of contract payments that miss the order's total; None where they make it."""
        self.ensure_one()
        difference, total = self.payment_milestone_difference, self.amount_total
        if self.currency_id.is_zero(difference):
            return None
        return {
            "order": self.name,
            "milestone_sum": total - difference,
            "order_total": total,
            "milestone_difference": difference,
            "currency": self.currency_id.name,
        }

    def _get_milestone_measure(self):
        """Return by how much the contract payments miss the order's total, in company currency."""
        self.ensure_one()
        company = self.company_id
        difference = abs(self.payment_milestone_difference)
        return self.currency_id._convert(difference, company.currency_id, company, self._get_review_date())

    def _get_invoiced_before(self, invoice):
        """Return what posted invoices of this order, less credit notes, come to beside one invoice.

        :param invoice: `account.move` that is left out
        :return: taxes included, in the order's currency
        """
        self.ensure_one()
        lines = self.order_line.invoice_lines.filtered(
            lambda line: line.parent_state == "posted" and line.move_id != invoice
        )
        amounts = (
            line.currency_id._convert(line.price_total, self.currency_id, self.company_id, line.move_id.invoice_date)
            * (-1 if line.move_id.move_type == "out_refund" else 1)
            for line in lines
        )
        return self.currency_id.round(sum(amounts))

    def _sync_retention_dates(self):
        """Let open receivables of contract payments fall due on the day that has become certain."""
        # Superuser: neither the warehouse nor the salesperson edits journal items.
        certain = self.sudo().payment_milestone_ids.filtered(
            lambda m: m.date_due and not m.is_expected and (m.kind == "retention" or m.due_rule in EVENT_RULES)
        )
        if not certain:
            return
        items = self.env["account.move.line"].sudo()
        items = items.search([("payment_milestone_id", "in", certain.ids), ("reconciled", "=", False)])
        for item in items:
            day = item.payment_milestone_id.date_due
            if item.payment_milestone_id.kind != "retention":
                day = max(day, item.move_id.invoice_date or item.date)
            if item.date_maturity != day:
                item.date_maturity = day

    def _get_payment_summaries(self):
        """Return the payments of confirmed orders as text, to compare after an edit: dict, order -> list of lines."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        return {
            order: [m._get_summary() for m in order.payment_milestone_ids.sorted("sequence")] for order in confirmed
        }

    def _log_payment_changes(self, before):
        """Keep in the history of confirmed orders what their contract payments were and are."""
        after = self.exists()._get_payment_summaries()
        for order, lines in after.items():
            if order in before and before[order] != lines:
                body = Markup("<b>%s</b><br/>%s<br/><b>%s</b><br/>%s") % (
                    self.env._("Contract payments before"),
                    Markup("<br/>").join(before[order] or ["-"]),
                    self.env._("Contract payments now"),
                    Markup("<br/>").join(lines or ["-"]),
                )
                order._message_log(body=body)
