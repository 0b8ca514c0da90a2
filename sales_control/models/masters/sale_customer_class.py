from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class SaleCustomerClass(models.Model):
    _name = "sale.customer.class"
    _description = "Customer Class"
    _order = "sequence, code, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Short code of the class, for example A. Unique among the classes of a company.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_key = fields.Boolean(string="Key Customers", help="Key customers get their own lines in sales plans.")
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Pricelist",
        company_dependent=True,
        check_company=True,
        copy=True,
        help="Pricelist for customers of this class that have none of their own. It takes precedence over the pricelists of country groups. Each company sets its own.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Company",
        index=True,
        ondelete="restrict",
        help="Leave empty to use the class in all companies.",
    )
    partner_count = fields.Integer(string="Customers", compute="_compute_partner_count")

    # NULLS NOT DISTINCT needs PostgreSQL 15: 0 stands for "all companies"
    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code <> ''",
        "Another customer class of this company has the same code. Choose another code, or restore the archived class.",
    )

    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(self._get_partner_domain(), ["customer_class_id"], ["__count"])
        )
        for customer_class in self:
            customer_class.partner_count = counts.get(customer_class, 0)

    def _get_partner_domain(self):
        """Return the domain of the customers of these classes: companies and single persons, not their contacts."""
        return Domain("customer_class_id", "in", self.ids) & (
            Domain("is_company", "=", True) | Domain("parent_id", "=", False)
        )

    @api.depends("code")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for customer_class in self.filtered("code"):
            customer_class.display_name = f"[{customer_class.code}] {customer_class.name}"
        return result

    @api.constrains("code", "company_id")
    def _check_code(self):
        """A class of all companies and one of a single company may not share a code: imports look classes up by it.

        The index sees to classes of the same company.
        """
        coded = self.filtered("code")
        same_code = (
            self.with_context(active_test=False)
            .sudo()
            .search_fetch(Domain("code", "in", coded.mapped("code")), ["code", "company_id"])
            .grouped("code")
        )
        for customer_class in coded:
            rivals = same_code[customer_class.code] - customer_class
            if rivals and not (customer_class.company_id and all(rival.company_id for rival in rivals)):
                raise ValidationError(
                    self.env._(
                        'The code "%(code)s" is already used by another customer class, which may be archived or belong'
                        " to all companies. Choose another code.",
                        code=customer_class.code,
                    )
                )

    @api.constrains("company_id")
    def _check_partner_companies(self):
        """Customers outside the company may not be left with a class that they cannot use."""
        limited = self.filtered("company_id")
        partners = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                Domain("customer_class_id", "in", limited.ids), ["customer_class_id", "company_id", "display_name"]
            )
        )
        for partner in partners:
            customer_class = partner.customer_class_id
            if partner.company_id != customer_class.company_id:
                raise ValidationError(
                    self.env._(
                        'The customer class "%(name)s" cannot be limited to %(company)s: it is assigned to the customer %(customer)s, who belongs to another company or to all companies. Give that customer another class first.',
                        name=customer_class.name,
                        company=customer_class.company_id.name,
                        customer=partner.display_name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [
            {
                **vals,
                "code": (default or {}).get("code", False),
                "name": (default or {}).get("name") or self.env._("%(name)s (copy)", name=customer_class.name),
            }
            for customer_class, vals in zip(self, vals_list, strict=True)
        ]

    def action_view_partners(self):
        """Open the customers of the class.

        :return: a window action
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers of %(name)s", name=self.name),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": list(self._get_partner_domain()),
            "context": {"default_customer_class_id": self.id, "default_is_company": True},
        }
