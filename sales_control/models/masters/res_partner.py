from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ...tools.groups import AUDITOR, SALES_MANAGERS
from ...tools.protection import DERIVED, Protection

_lt = LazyTranslate(__name__)
# The class decides prices and which orders are reviewed. Odoo itself gives contacts that of their company, as superuser.
CLASS = Protection(
    SALES_MANAGERS,
    _lt(
        "The customer class of %(record)s cannot be changed by you: it decides prices and reviews. Leave the field "
        '"%(fields)s" as it is, or ask a sales manager.'
    ),
)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "protected.fields.mixin"]

    customer_class_id = fields.Many2one(
        "sale.customer.class",
        string="Customer Class",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        ondelete="restrict",
        help="Determines which pricelist, review rules and plan lines apply to the customer and all its contacts. Set by sales managers.",
        groups="base.group_user",
    )
    sale_assignment_count = fields.Integer(
        string="Number of Salespeople",
        compute="_compute_sale_assignment_count",
        groups=f"sales_team.group_sale_salesman,{AUDITOR}",
    )

    def _compute_sale_assignment_count(self):
        counts = dict(
            self.env["sale.customer.assignment"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.sale_assignment_count = counts.get(partner, 0)

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "customer_class_id"]

    @api.depends("customer_class_id.pricelist_id", "customer_class_id.active")
    def _compute_product_pricelist(self):
        return super()._compute_product_pricelist()

    def _inverse_product_pricelist(self):
        """Core stores no list of its own where the country's default is chosen. For customers whose class has a list,
        that list is the default: choosing it stores nothing, choosing any other one does."""
        chosen = {partner: partner.property_product_pricelist for partner in self}
        result = super()._inverse_product_pricelist()
        for partner, class_list in self.env["product.pricelist"]._get_class_pricelists(self).items():
            pricelist = chosen[partner]
            partner.specific_property_product_pricelist = pricelist != class_list and pricelist
        return result

    @api.constrains("user_id")
    def _follow_salesperson(self):
        """Write the history of assignments.

        A constraint because every road passes it: forms, imports, mass edits, RPC, and the salesperson that a contact
        takes over from its company, which is computed and never passes ``write``.
        """
        self.env["sale.customer.assignment"]._follow_salespeople(self)

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), "customer_class_id": CLASS, "commercial_partner_id": DERIVED}

    def write(self, vals):
        moved = self if vals.keys() & {"parent_id", "is_company"} else self.browse()
        before = {partner: (partner.commercial_partner_id, partner.customer_class_id) for partner in moved}
        settings = moved.commercial_partner_id._read_guarded_settings()
        with moved._get_orders_to_judge()._judge_edit():
            result = super().write(vals)
        changed = moved.filtered(lambda partner: partner._takes_class_along(*before[partner]))
        if changed and not self._may_set(CLASS):
            self._refuse_protected(["customer_class_id"], changed[0])
        moved._follow_move({partner: company for partner, (company, _class) in before.items()}, settings)
        if "tz" in vals and self._is_of_company():
            self.env.registry.clear_cache()
        return result

    def _is_of_company(self):
        """Tell whether one of these is the own contact of a company, whose timezone is kept in the cache."""
        # Superuser: users write their own timezone without reading every company.
        return bool(self.env["res.company"].sudo().search_count([("partner_id", "in", self.ids)], limit=1))

    def _takes_class_along(self, company, customer_class):
        """Tell whether this contact, moved to another company or made one, keeps or loses the class it had there.

        A contact without a class that joins a company takes over the company's: that is no change of a class.

        :param company: its commercial entity before
        :param customer_class: its class before
        """
        self.ensure_one()
        now = self.commercial_partner_id
        return customer_class and now != company and (now == self or now.customer_class_id != customer_class)

    def action_view_sale_assignments(self):
        """Open the salespeople that the customer has had.

        :return: a window action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_control.sale_customer_assignment_action")
        return {
            **action,
            "name": self.env._("Salespeople of %(customer)s", customer=self.display_name),
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
