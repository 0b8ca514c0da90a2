from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.groups import DUNNING_READERS


class ResPartner(models.Model):
    """What is overdue of a customer, and the way to its worklist and calls."""

    _name = "res.partner"
    _inherit = "res.partner"

    collection_overdue = fields.Monetary(
        "Overdue Receivables",
        compute="_compute_collection_overdue",
        currency_field="collection_currency_id",
        groups=DUNNING_READERS,
        help="Past due, less open credits, in company currency.",
    )
    collection_currency_id = fields.Many2one("res.currency", compute="_compute_collection_currency_id")

    @api.depends_context("company")
    def _compute_collection_currency_id(self):
        self.collection_currency_id = self.env.company.currency_id

    @api.depends_context("company", "uid")
    def _compute_collection_overdue(self):
        domain = Domain("partner_id", "in", self.commercial_partner_id.ids)
        domain &= Domain("company_id", "=", self.env.company.id)
        rows = self.env["collection.worklist"].search_fetch(domain, ["partner_id", "amount_overdue"])
        overdue = {row.partner_id.id: row.amount_overdue for row in rows}
        for partner in self:
            partner.collection_overdue = overdue.get(partner.commercial_partner_id._origin.id, 0.0)

    # === ACTION METHODS === #

    def action_view_collection(self):
        """Open what is collected from this customer: its line of the worklist."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.collection_worklist_action")
        domain = [("partner_id", "=", self.commercial_partner_id.id)]
        rows = self.env["collection.worklist"].search(domain, limit=2)
        if len(rows) == 1:
            form = self.env.ref("sales_collection.collection_worklist_view_form")
            return dict(action, views=[(form.id, "form")], res_id=rows.id, domain=domain, context={})
        return dict(action, domain=domain, context={})

    def action_view_collection_calls(self):
        """Open the collection calls of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.collection_call_action")
        customer = self.commercial_partner_id
        return dict(
            action,
            domain=[("partner_id", "=", customer.id)],
            context={"default_partner_id": customer.id},
        )
