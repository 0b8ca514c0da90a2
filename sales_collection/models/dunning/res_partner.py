from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.sales_control.tools.protection import Protection

from ...tools.groups import DUNNING_READERS, MANAGER

_lt = LazyTranslate(__name__)
# How a customer is dunned: one decision per commercial partner and company, made by collection managers.
DECISIONS = dict.fromkeys(
    (
        "dunning_policy_id",
        "dunning_opt_out",
        "dunning_blocked_until",
        "dunning_block_reason",
        "dunning_contact_id",
        "collector_id",
    ),
    Protection(MANAGER, _lt("%(fields)s of a customer: only collection managers set this; ask one of them.")),
)


class ResPartner(models.Model):
    """How a customer is dunned: one decision per commercial partner and company; contacts have none of their own."""

    _name = "res.partner"
    _inherit = "res.partner"

    dunning_policy_id = fields.Many2one(
        "dunning.policy",
        "Dunning Policy",
        company_dependent=True,
        ondelete="restrict",
        copy=False,
        check_company=True,
        tracking=True,
        groups=DUNNING_READERS,
        help="Empty: the policy of the company.",
    )
    dunning_opt_out = fields.Boolean(
        "Never Dun",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="This customer gets no dunning notices at all.",
    )
    dunning_blocked_until = fields.Date(
        "No Dunning until",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="Up to this day, included, nothing is dunned.",
    )
    dunning_block_reason = fields.Char(
        "Why Not Dunned", company_dependent=True, copy=False, tracking=True, groups=DUNNING_READERS
    )
    dunning_contact_id = fields.Many2one(
        "res.partner",
        "Dunning Contact",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="Who gets the notices. Empty: the invoice address.",
    )
    collector_id = fields.Many2one(
        "res.users",
        "Collector",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="Who chases what the customer owes. Empty: the salesperson.",
    )
    dunning_level_id = fields.Many2one(
        "dunning.level",
        "Dunning Level",
        compute="_compute_dunning_level_id",
        groups=DUNNING_READERS,
        help="The highest level among the items that are still open.",
    )
    collection_overdue = fields.Monetary(
        "Overdue Receivables",
        compute="_compute_collection_overdue",
        currency_field="collection_currency_id",
        groups=DUNNING_READERS,
        help="Past the due date, in company currency; open credits are not deducted.",
    )
    collection_currency_id = fields.Many2one("res.currency", compute="_compute_collection_currency_id")

    @api.depends_context("company")
    def _compute_collection_currency_id(self):
        self.collection_currency_id = self.env.company.currency_id

    @api.depends_context("company", "uid")
    def _compute_dunning_level_id(self):
        # The rules of dunned items tell whose the user sees.
        items = self.env["dunning.item"].search(
            [
                ("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("level_id", "!=", False),
            ]
        )
        # Superuser: salespeople do not read every entry of their customers.
        is_open = items.sudo().filtered(lambda item: not item.move_line_id.reconciled)
        grouped = is_open.grouped(lambda item: item.partner_id.commercial_partner_id.id)
        for partner in self:
            levels = grouped.get(partner.commercial_partner_id._origin.id, items.browse()).level_id
            highest = levels.sorted(lambda level: (level.days, level.id))[-1:]
            partner.dunning_level_id = highest.sudo(False)

    @api.depends_context("company", "uid")
    def _compute_collection_overdue(self):
        domain = Domain("partner_id", "in", self.commercial_partner_id.ids)
        domain &= Domain("company_id", "=", self.env.company.id)
        rows = self.env["collection.worklist"].search_fetch(domain, ["partner_id", "amount_overdue"])
        overdue = {row.partner_id.id: row.amount_overdue for row in rows}
        for partner in self:
            partner.collection_overdue = overdue.get(partner.commercial_partner_id._origin.id, 0.0)

    # === CONSTRAINTS === #

    @api.constrains("dunning_contact_id")
    def _check_dunning_contact_id(self):
        # Superuser: whoever edits a contact does not read how it is dunned.
        for partner in self.sudo():
            contact = partner.dunning_contact_id
            if contact and contact.commercial_partner_id != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Dunning Contact: %(contact)s belongs to %(other)s; choose a contact of %(customer)s.",
                        contact=contact.display_name,
                        other=contact.commercial_partner_id.display_name,
                        customer=partner.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model
    def _get_protected_fields(self):
        return {**super()._get_protected_fields(), **DECISIONS}

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

    # === BUSINESS METHODS === #

    def _get_collector(self, company):
        """Return who chases what this customer owes a company: its collector, else its salesperson.

        :return: `res.users`, empty where it has neither
        """
        self.ensure_one()
        # Superuser: the figures of a customer are for those who collect; who does it is not secret.
        customer = self.commercial_partner_id.sudo().with_company(company)
        return (customer.collector_id or customer.user_id).sudo(False)
