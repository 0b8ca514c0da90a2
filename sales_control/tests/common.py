from odoo.fields import Command

from odoo.addons.base.tests.common import BaseCommon

# With these core skips checks or finds other records; none of them may open anything of ours.
CORE_CONTEXT = {
    "tracking_disable": True,
    "mail_notrack": True,
    "import_file": True,
    "active_test": False,
    "install_mode": True,
    "no_validate": True,
}


class ReviewCommon(BaseCommon):
    """A trading company in CNY: salesperson S, department manager M, general manager G, delegate D.

    Rule: orders from 50,000 untaxed are decided by the department manager, from 200,000 by G as well.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cny = cls.env.ref("base.CNY")
        cls.usd = cls.env.ref("base.USD")
        cls.jpy = cls.env.ref("base.JPY")
        (cls.cny | cls.usd | cls.jpy).active = True
        cls.company = cls.env["res.company"].create({"name": "Huaxin Trading", "currency_id": cls.cny.id})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls._create_people()
        cls.customer = cls.env["res.partner"].create({"name": "Jade Dragon Ltd.", "company_id": cls.company.id})
        cls.product = cls._create_product("Machine")
        cls.rule = cls._create_rule()
        cls.step_m, cls.step_g = cls.rule.step_ids

    @classmethod
    def _create_people(cls):
        """Create everybody at once: one by one they would take most of the time of this class."""
        cls.user_s, cls.user_s2, cls.user_m, cls.user_g, cls.user_d = cls._create_salespeople(
            s="Shen Salesperson", s2="Su Colleague", m="Ma Manager", g="Gao General", d="Du Delegate"
        )
        departments = cls.env["hr.department"]
        cls.head_office = departments.create({"name": "Head Office", "company_id": cls.company.id})
        cls.sales_east = departments.create(
            {"name": "Sales East", "company_id": cls.company.id, "parent_id": cls.head_office.id}
        )
        places = {
            cls.user_g: cls.head_office,
            cls.user_m: cls.sales_east,
            cls.user_s: cls.sales_east,
            cls.user_s2: cls.sales_east,
        }
        employees = cls._create_employees(places)
        cls.head_office.manager_id, cls.sales_east.manager_id = employees[:2]

    @classmethod
    def _create_west(cls):
        """Create the department and the teams of another manager, who would approve whatever a friend asks."""
        cls.user_w = cls._create_salesperson("w", "Wang of the West")
        cls.user_x = cls._create_salesperson("x", "Xu of the West")
        cls.sales_west = cls._create_department("Sales West", cls.user_w, parent_id=cls.head_office.id)
        cls._create_employee(cls.user_x, cls.sales_west)
        cls.east, cls.west = cls.env["crm.team"].create(
            [
                {"name": "East", "company_id": cls.company.id, "user_id": cls.user_m.id, "member_ids": cls.user_s.ids},
                {"name": "West", "company_id": cls.company.id, "user_id": cls.user_w.id, "member_ids": cls.user_x.ids},
            ]
        )

    @classmethod
    def _create_salespeople(cls, groups="sales_team.group_sale_salesman", **names):
        """Return a user for each login and name."""
        common = {
            "group_ids": [Command.set([cls.env.ref(group).id for group in groups.split(",")])],
            "company_id": cls.company.id,
            "company_ids": [Command.set(cls.company.ids)],
        }
        return cls.env["res.users"].create(
            [
                {
                    **common,
                    "login": f"sc_{login}",
                    "password": f"sc_{login}".ljust(8, "x"),
                    "name": name,
                    "email": f"{login}@example.com",
                }
                for login, name in names.items()
            ]
        )

    @classmethod
    def _create_salesperson(cls, login, name, groups="sales_team.group_sale_salesman"):
        return cls._create_salespeople(groups, **{login: name})

    @classmethod
    def _create_department(cls, name, manager, **values):
        department = cls.env["hr.department"].create({"name": name, "company_id": cls.company.id, **values})
        department.manager_id = cls._create_employee(manager, department)
        return department

    @classmethod
    def _create_employee(cls, user, department):
        return cls._create_employees({user: department})

    @classmethod
    def _create_employees(cls, departments):
        """Return an employee for each user, in his department."""
        return cls.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": cls.company.id,
                    "department_id": department.id,
                    "date_version": "2020-01-01",
                }
                for user, department in departments.items()
            ]
        )

    @classmethod
    def _create_product(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": 1000.0,
                "taxes_id": [Command.clear()],
                "invoice_policy": "order",
                **values,
            }
        )

    @classmethod
    def _create_vat(cls):
        """Return a sales tax of 13 %, not included in the price."""
        values = {"company_id": cls.company.id, "country_id": cls.env.ref("base.cn").id}
        group = cls.env["account.tax.group"].create({"name": "VAT", **values})
        return cls.env["account.tax"].create({"name": "VAT 13", "amount": 13, "tax_group_id": group.id, **values})

    @classmethod
    def _create_rule(cls, **values):
        return cls.env["sale.review.rule"].create(
            {
                "name": "Large orders",
                "kind": "amount",
                "company_id": cls.company.id,
                "min_amount": 50000,
                "step_ids": [
                    Command.create({"sequence": 1, "approver_type": "department_manager"}),
                    Command.create(
                        {"sequence": 2, "approver_type": "user", "user_id": cls.user_g.id, "min_measure": 200000}
                    ),
                ],
                **values,
            }
        )

    def _create_order(self, price, quantity=1, user=None, **values):
        """Return a quotation of ``user`` (S by default) with one line."""
        user = user or self.user_s
        return (
            self.env["sale.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": quantity,
                                "price_unit": price,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    def _prepare_forged_review(self, order):
        """Return the values of a review that would approve whatever rule L1 finds in ``order``."""
        return {
            "order_id": order.id,
            "kind": "amount",
            "key": f"rule:{self.rule.id}",
            "measure": 1e9,
            "message": "forged",
            "fingerprint": order.sudo()._get_review_fingerprint(),
            "state": "approved",
            "requested_by": order.user_id.id,
            "requested_on": "2026-01-01 00:00:00",
        }

    def _prepare_forged_tax_data(self, tax, price, quantity):
        """Return tax data as core keeps them of rounding differences, which make a line into 10."""
        amounts = {"tax_amount_currency": 1, "tax_amount": 1, "base_amount_currency": 10, "base_amount": 10}
        return {
            "computation_key": "x",
            "manual_tax_amounts": {str(tax.id): amounts},
            "rate": 1,
            "manual_total_excluded_currency": 10,
            "manual_total_excluded": 10,
            "currency_id": self.cny.id,
            "price_unit": price,
            "discount": 0,
            "quantity": quantity,
        }

    def _approve_all(self, order, comment=None):
        """Let whoever's turn it is approve until nothing of ``order`` is pending."""
        while pending := order.sudo().order_review_ids.filtered("current_step_id"):
            step = pending[0].current_step_id
            decider = next(iter(step._get_deciders()))
            pending[0].with_user(decider).action_approve(comment)

    def _get_reviewers(self, order):
        """Return who has an activity on a review of ``order``."""
        return order.sudo().order_review_ids.activity_ids.user_id
