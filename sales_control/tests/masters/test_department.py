from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..accounting_common import PreparedCompanies
from ..masters_common import MastersCommon


@tagged("post_install", "-at_install")
class TestOrderDepartment(MastersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move_to(cls.employee_anna, cls.west, "2025-06-01")  # Anna: East until May 2025, West since

    # --- the look-up ------------------------------------------------------------------------------------------------

    def departments(self, *keys):
        found = self.env["hr.employee"]._get_departments_at(keys)
        return [found[key] for key in keys]

    def test_department_at_a_day(self):
        key = (self.anna.id, self.company.id)
        self.assertEqual(
            self.departments(
                (*key, date(2025, 5, 31)), (*key, date(2025, 6, 1)), (*key, date(2030, 1, 1)), (*key, date(2020, 1, 1))
            ),
            [self.east, self.west, self.west, self.east],
        )

    def test_employee_of_the_company(self):
        south = self.env["hr.department"].create({"name": "South", "company_id": self.other_company.id})
        self.anna.company_ids |= self.other_company
        self.make_employee(self.anna, south, "2024-01-01", company=self.other_company)
        day = date(2025, 1, 1)
        nobody = self.env["hr.department"]
        self.assertEqual(
            self.departments(
                (self.anna.id, self.other_company.id, day),
                (self.anna.id, False, day),
                (self.boris.id, self.other_company.id, day),
                (self.manager.id, self.company.id, day),
                (False, self.company.id, day),
            ),
            [south, self.east, nobody, nobody, nobody],
        )

    def test_archived_employee_still_counts(self):
        self.employee_anna.action_archive()
        self.assertEqual(self.departments((self.anna.id, self.company.id, date(2025, 1, 1))), [self.east])

    def test_look_up_costs_one_statement(self):
        keys = [
            (user.id, self.company.id, date(2025, month, 1))
            for user in (self.anna, self.boris)
            for month in range(1, 13)
        ]
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["hr.employee"]._get_departments_at(keys)
        with self.assertQueryCount(0):
            self.assertEqual(self.env["hr.employee"]._get_departments_at([]), {})

    # --- orders -----------------------------------------------------------------------------------------------------

    def test_department_of_the_orders_day(self):
        self.assertEqual(self.make_order(date_order="2025-05-15 12:00:00").department_id, self.east)
        self.assertEqual(self.make_order(date_order="2025-06-15 12:00:00").department_id, self.west)
        self.assertFalse(self.make_order(user=self.manager).department_id)

    def test_day_is_the_companys(self):
        order = self.make_order(date_order="2025-05-31 20:00:00")
        self.assertEqual(order.department_id, self.east)
        values = {"partner_id": order.partner_id.id, "user_id": self.anna.id, "date_order": "2025-05-31 20:00:00"}
        elsewhere = self.env["sale.order"].with_context(tz="Asia/Shanghai").create(values)
        self.assertEqual(elsewhere.department_id, self.east)  # whoever writes it
        self.env.company.partner_id.tz = "Asia/Shanghai"
        order = self.env["sale.order"].create(values)
        self.assertEqual(order.department_id, self.west)  # the 1st of June, 4 o'clock, in Shanghai

    def test_stays_when_the_person_moves(self):
        order = self.make_order()
        order.action_confirm()
        self.employee_anna.department_id = self.east
        self.env.flush_all()
        self.assertEqual(order.department_id, self.west)
        self.employee_anna.action_archive()
        self.assertEqual(order.department_id, self.west)

    def test_another_salesperson_brings_his(self):
        order = self.make_order(date_order="2025-05-15 12:00:00")
        order.department_id = False
        order.user_id = self.boris
        self.assertEqual(order.department_id, self.west)

    def test_confirmation_dates_the_order_anew(self):
        order = self.make_order(date_order="2025-05-15 12:00:00")
        order.action_confirm()
        self.assertEqual(order.department_id, self.west)

    def test_chosen_department_survives_confirmation(self):
        north = self.env["hr.department"].create({"name": "North", "company_id": self.company.id})
        order = self.make_order(date_order="2025-05-15 12:00:00")
        order.with_user(self.manager).department_id = north
        order.action_confirm()
        self.assertEqual(order.department_id, north)

    def test_constraints_see_the_new_department(self):
        order = self.make_order(date_order="2025-05-15 12:00:00")
        seen = []

        def check(orders):
            seen.append(orders.department_id)

        check._constrains = ("state",)
        self.patch(type(order), "_constraint_methods", [*order._constraint_methods, check])
        order.write({"state": "sale", "date_order": datetime(2025, 7, 1)})
        self.assertEqual(seen, [self.west])

    def test_same_day_confirmation_costs_nothing(self):
        order = self.make_order()
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertFalse(order._get_department_followers({"date_order": order.date_order}))

    def test_copy_finds_its_own(self):
        order = self.make_order(date_order="2025-05-15 12:00:00")
        order.department_id = False
        self.assertEqual(order.copy().department_id, self.west)

    def test_form_fills_the_department(self):
        with Form(self.env["sale.order"].with_user(self.manager)) as form:
            form.partner_id = self.make_partners(1)
            form.user_id = self.anna
            self.assertEqual(form.department_id, self.west)
        self.assertEqual(form.save().department_id, self.west)

    def test_salesperson_uses_the_form(self):
        with Form(self.env["sale.order"].with_user(self.anna)) as form:
            form.partner_id = self.make_partners(1, self.anna)
        self.assertEqual(form.save().department_id, self.west)

    def test_statements_do_not_grow(self):
        def create(count):
            partner = self.make_partners(1)
            vals = {"partner_id": partner.id, "user_id": self.anna.id}
            orders = self.env["sale.order"].create([vals] * count)
            return self.count_queries(orders._compute_department_id)

        create(2)
        self.assertEqual(create(3), create(60))

    def test_company_of_the_department(self):
        south = self.env["hr.department"].create({"name": "South", "company_id": self.other_company.id})
        with self.assertRaises(UserError):
            self.make_order().department_id = south

    # --- who may ----------------------------------------------------------------------------------------------------

    def test_salesperson_chooses_no_department(self):
        order = self.make_order().with_user(self.anna)
        with self.assertRaisesRegex(AccessError, "ask a sales manager"):
            order.department_id = self.east
        with self.assertRaises(AccessError):
            order.write({"department_id": False, "user_id": self.boris.id})
        vals = {"partner_id": order.partner_id.id, "user_id": self.anna.id}
        with self.assertRaises(AccessError):
            order.create({**vals, "department_id": self.east.id})
        with self.assertRaises(AccessError):
            order.create({**vals, "department_id": False})
        with self.assertRaises(AccessError):
            order.with_context(default_department_id=self.east.id).create(vals)

    def test_salesperson_may_repeat_what_is(self):
        order = self.make_order().with_user(self.anna)
        order.write({"department_id": self.west.id, "client_order_ref": "X"})
        created = order.create(
            {"partner_id": order.partner_id.id, "user_id": self.anna.id, "department_id": self.west.id}
        )
        self.assertEqual(created.department_id, self.west)
        nobodys = order.create({"partner_id": order.partner_id.id, "user_id": self.manager.id, "department_id": False})
        self.assertFalse(nobodys.department_id)
        created.user_id = self.boris
        self.assertEqual(created.copy().department_id, self.west)

    def test_managers_choose(self):
        order = self.make_order()
        order.with_user(self.manager).department_id = self.east
        self.assertEqual(order.department_id, self.east)
        created = (
            self.env["sale.order"]
            .with_user(self.manager)
            .create({"partner_id": order.partner_id.id, "user_id": self.anna.id, "department_id": self.east.id})
        )
        self.assertEqual(created.department_id, self.east)

    # --- analysis ---------------------------------------------------------------------------------------------------

    def test_sales_analysis(self):
        partner = self.make_partners(1)
        self.make_order(partner_id=partner.id, quantity=3, date_order="2025-05-15 12:00:00")
        self.make_order(partner_id=partner.id, quantity=2, price=50.0)
        self.make_order(partner_id=partner.id, user=self.manager, price=7.0)
        self.env.flush_all()
        figures = self.env["sale.report"]._read_group(
            [("partner_id", "=", partner.id)], ["department_id"], ["price_subtotal:sum", "product_uom_qty:sum"]
        )
        self.assertEqual(
            {department: figure for department, *figure in figures},
            {self.east: [300.0, 3.0], self.west: [100.0, 2.0], self.env["hr.department"]: [7.0, 1.0]},
        )


@tagged("post_install", "-at_install")
class TestInvoiceDepartment(PreparedCompanies, AccountTestInvoicingCommon):
    make_employee = classmethod(MastersCommon.make_employee.__func__)
    make_partners = classmethod(MastersCommon.make_partners.__func__)
    make_order = classmethod(MastersCommon.make_order.__func__)
    move_to = classmethod(MastersCommon.move_to.__func__)

    @classmethod
    def get_default_groups(cls):
        groups = ("hr.group_hr_manager", "sales_team.group_sale_manager", "base.group_erp_manager")
        return super().get_default_groups().union(*map(cls.env.ref, groups))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.product = cls.product_a
        cls.product.invoice_policy = "order"
        cls.east, cls.west, cls.north = cls.env["hr.department"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("East", "West", "North")]
        )
        cls.anna, cls.boris, cls.biller, cls.chief, cls.seller = (
            new_test_user(cls.env, f"sc_inv_{name}", groups, name=name)
            for name, groups in (
                ("Anna", "sales_team.group_sale_salesman"),
                ("Boris", "sales_team.group_sale_salesman"),
                ("Bill", "account.group_account_invoice"),
                ("Chief", "account.group_account_manager"),
                ("Sel", "sales_team.group_sale_manager,account.group_account_invoice"),
            )
        )
        cls.employee_anna = cls.make_employee(cls.anna, cls.east, "2024-01-01")
        cls.make_employee(cls.boris, cls.west, "2024-01-01")
        cls.move_to(cls.employee_anna, cls.west, "2025-06-01")

    def invoice(self, **vals):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_user_id": self.anna.id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.product_a.id, "price_unit": 100.0, "tax_ids": False})
                ],
                **vals,
            }
        )

    def test_department_at_the_invoice_date(self):
        self.assertEqual(self.invoice(invoice_date="2025-05-31").department_id, self.east)
        self.assertEqual(self.invoice(invoice_date="2025-06-01").department_id, self.west)

    def test_undated_invoice_is_of_today(self):
        with freeze_time("2025-03-01"):
            self.assertEqual(self.invoice().department_id, self.east)

    def test_only_customer_documents(self):
        for move_type, department in (
            ("out_refund", self.east),
            ("out_receipt", self.east),
            ("in_invoice", self.env["hr.department"]),
            ("in_refund", self.env["hr.department"]),
        ):
            self.assertEqual(
                self.invoice(move_type=move_type, invoice_date="2025-05-01").department_id, department, move_type
            )

    def test_dating_moves_the_automatic_one_only(self):
        automatic, chosen = self.invoice(invoice_date="2025-05-01"), self.invoice(invoice_date="2025-05-01")
        chosen.with_user(self.seller).department_id = self.north
        (automatic | chosen).invoice_date = "2025-07-01"
        self.assertEqual([automatic.department_id, chosen.department_id], [self.west, self.north])

    def test_stays_when_the_person_moves_and_posts(self):
        invoice = self.invoice(invoice_date="2025-05-01")
        invoice.action_post()
        self.employee_anna.department_id = self.north
        self.assertEqual(invoice.department_id, self.east)

    def test_credit_note_belongs_to_its_invoice(self):
        invoice = self.invoice(invoice_date="2025-05-01")
        invoice.department_id = self.north
        invoice.action_post()
        refund = invoice.with_user(self.biller)._reverse_moves([{"invoice_date": date(2025, 8, 1)}])
        self.assertEqual(refund.department_id, self.north)
        refund.invoice_date = "2025-08-02"
        self.assertEqual(refund.department_id, self.north)

    def test_invoice_of_an_order(self):
        order = self.make_order(partner_id=self.partner_a.id, date_order="2025-05-15 12:00:00")
        order.action_confirm()
        order.department_id = self.north
        invoice = order._create_invoices()
        self.assertEqual(invoice.department_id, self.north)
        invoice.invoice_date = "2025-05-01"
        invoice.action_post()
        self.assertEqual(invoice.department_id, self.north)

    def test_order_without_department(self):
        order = self.make_order(partner_id=self.partner_a.id)
        order.action_confirm()
        order.department_id = False
        self.assertEqual(order._create_invoices().department_id, self.west)

    def test_biller_chooses_no_department(self):
        invoice = self.invoice(invoice_date="2025-05-01").with_user(self.biller)
        with self.assertRaises(AccessError):
            invoice.department_id = self.north
        invoice.with_user(self.chief).department_id = self.north
        self.assertEqual(invoice.department_id, self.north)

    def test_biller_passes_the_orders_department_on(self):
        order = self.make_order(partner_id=self.partner_a.id)
        order.action_confirm()
        order.department_id = self.north
        line = order.order_line
        vals = {
            "move_type": "out_invoice",
            "partner_id": self.partner_a.id,
            "department_id": self.north.id,
            "invoice_user_id": self.anna.id,
        }
        Move = self.env["account.move"].with_user(self.biller)
        with self.assertRaises(AccessError):
            Move.create(vals)
        move = Move.create(
            {
                **vals,
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "sale_line_ids": [Command.link(line.id)]})
                ],
            }
        )
        self.assertEqual(move.department_id, self.north)

    def test_invoice_analysis(self):
        invoices = self.invoice(invoice_date="2025-05-01") | self.invoice(invoice_date="2025-07-01")
        refund = self.invoice(move_type="out_refund", invoice_date="2025-07-02")
        refund.invoice_line_ids.price_unit = 30.0
        (invoices | refund).action_post()
        figures = self.env["account.invoice.report"]._read_group(
            [("move_id", "in", (invoices | refund).ids)], ["department_id"], ["price_subtotal:sum"]
        )
        self.assertEqual(dict(figures), {self.east: 100.0, self.west: 70.0})
