from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user

SALESPERSON = "sales_team.group_sale_salesman_all_leads,base.group_partner_manager"


class MastersCommon(TransactionCase):
    """Two departments, two salespeople, a sales manager, an administrator of Sales Control and an auditor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "mail_create_nolog": True})
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere Ltd"})
        cls.east, cls.west = cls.env["hr.department"].create(
            [
                {"name": "Sales East", "company_id": cls.company.id},
                {"name": "Sales West", "company_id": cls.company.id},
            ]
        )
        cls.anna = new_test_user(cls.env, "sc_anna", SALESPERSON, name="Anna")
        cls.boris = new_test_user(cls.env, "sc_boris", SALESPERSON, name="Boris")
        cls.manager = new_test_user(cls.env, "sc_manager", "sales_team.group_sale_manager", name="Mia Manager")
        cls.administrator = new_test_user(
            cls.env, "sc_administrator", "sales_control.sales_control_group_administrator", name="Ada Administrator"
        )
        cls.auditor = new_test_user(cls.env, "sc_auditor", "sales_control.sales_control_group_auditor", name="Otto")
        cls.accountant = new_test_user(cls.env, "sc_accountant", "account.group_account_invoice", name="Bill")
        cls.employee_anna = cls.make_employee(cls.anna, cls.east, "2024-01-01")
        cls.employee_boris = cls.make_employee(cls.boris, cls.west, "2024-01-01")
        cls.product = cls.env["product.product"].create(
            {"name": "Pump", "type": "service", "list_price": 100.0, "invoice_policy": "order", "taxes_id": False}
        )

    @classmethod
    def make_employee(cls, user, department, start, company=None):
        company = company or cls.company
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": company.id,
                "department_id": department.id,
                "date_version": start,
            }
        )

    @classmethod
    def move_to(cls, employee, department, start):
        """Let the employee change departments on a day."""
        employee.create_version({"date_version": fields.Date.to_date(start), "department_id": department.id})

    @classmethod
    def make_partners(cls, count, user=None, **vals):
        return cls.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "is_company": True, "user_id": user and user.id, **vals}
                for number in range(count)
            ]
        )

    @classmethod
    def make_order(cls, user=None, quantity=1.0, price=100.0, **vals):
        partner_id = vals.pop("partner_id", None) or cls.make_partners(1).id
        return cls.env["sale.order"].create(
            {
                "partner_id": partner_id,
                "user_id": (user or cls.anna).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": False,
                        }
                    )
                ],
                **vals,
            }
        )

    def count_queries(self, function):
        """Return how many statements ``function`` sends, flushing included, from cold caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before
