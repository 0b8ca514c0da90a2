from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditOpeningDelivery(models.Model):
    """Billing and importing opening deliveries."""

    _inherit = "credit.opening.delivery"

    invoice_count = fields.Integer("Invoices", compute="_compute_invoice_count", compute_sudo=True)
    age = fields.Integer("Age (Days)", compute="_compute_age", help="Days since the goods left; 0 once invoiced.")

    @api.depends("invoice_line_ids.move_id")
    def _compute_invoice_count(self):
        for delivery in self:
            delivery.invoice_count = len(delivery.invoice_line_ids.move_id)

    @api.depends("date", "state")
    def _compute_age(self):
        for delivery in self:
            waits = delivery.date and delivery.state != "done"
            delivery.age = (delivery.company_id._get_today() - delivery.date).days if waits else 0

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
            key = reference, None if company is None else row[company]
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
                "Reference %(reference)s: the file has it already, %(rows)s rows further up; enter each only once.",
                reference=reference,
                rows=index - first,
            ),
        }

    # === INVOICES === #

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
            raise UserError(self.env._("Nothing is left to invoice, or it is on a draft invoice already."))
        moves = self.env["account.move"]
        for company, deliveries in waiting.grouped("company_id").items():
            groups = deliveries.grouped(lambda delivery: (delivery._get_invoice_address(), delivery.currency_id))
            # The journal is found in the company of the goods, not the active one.
            moves += moves.with_company(company).create([group._prepare_invoice() for group in groups.values()])
        return self._get_invoice_action(moves)

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
