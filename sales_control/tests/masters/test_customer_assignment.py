from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..masters_common import MastersCommon


@tagged("post_install", "-at_install")
class TestCustomerAssignment(MastersCommon):
    def history(self, partner):
        """The partner's assignments, oldest first: (salesperson, from, to)."""
        self.env.flush_all()
        assignments = self.env["sale.customer.assignment"].search([("partner_id", "=", partner.id)], order="date_start")
        return [(a.user_id, str(a.date_start), a.date_end and str(a.date_end)) for a in assignments]

    def partner_since(self, day, user=None):
        with freeze_time(day):
            return self.make_partners(1, user or self.anna)

    def assign(self, partner, user, day):
        with freeze_time(day):
            partner.user_id = user

    # --- the mechanism ----------------------------------------------------------------------------------------------

    def test_create_opens(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assertEqual(self.history(partner), [(self.anna, "2025-03-01", False)])
        self.assertFalse(self.history(self.make_partners(1)))

    def test_write_closes_and_opens(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assign(partner, self.boris, "2025-03-10 12:00:00")
        self.assertEqual(
            self.history(partner), [(self.anna, "2025-03-01", "2025-03-09"), (self.boris, "2025-03-10", False)]
        )

    def test_clearing_closes(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assign(partner, False, "2025-03-10 12:00:00")
        self.assertEqual(self.history(partner), [(self.anna, "2025-03-01", "2025-03-09")])

    def test_same_salesperson_again_changes_nothing(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assign(partner, self.anna, "2025-03-10 12:00:00")
        self.assertEqual(self.history(partner), [(self.anna, "2025-03-01", False)])

    def test_replaced_on_the_first_day(self):
        partner = self.partner_since("2025-03-01 08:00:00")
        self.assign(partner, self.boris, "2025-03-01 18:00:00")
        self.assertEqual(self.history(partner), [(self.boris, "2025-03-01", False)])

    def test_there_and_back_on_one_day(self):
        partner = self.partner_since("2025-03-01 08:00:00")
        self.assign(partner, self.boris, "2025-03-10 08:00:00")
        self.assign(partner, self.anna, "2025-03-10 09:00:00")
        self.assertEqual(self.history(partner), [(self.anna, "2025-03-01", False)])

    def test_cleared_on_the_first_day(self):
        partner = self.partner_since("2025-03-01 08:00:00")
        self.assign(partner, False, "2025-03-01 09:00:00")
        self.assertEqual(self.history(partner), [])

    def test_back_after_a_gap(self):
        partner = self.partner_since("2025-03-01 08:00:00")
        self.assign(partner, False, "2025-03-10 08:00:00")
        self.assign(partner, self.anna, "2025-03-20 08:00:00")
        self.assertEqual(
            self.history(partner), [(self.anna, "2025-03-01", "2025-03-09"), (self.anna, "2025-03-20", False)]
        )

    def test_company_moved_westward_makes_no_negative_span(self):
        contact = self.env.company.partner_id
        with freeze_time("2025-03-10 20:00:00"):
            contact.tz = "Asia/Shanghai"
            partner = self.make_partners(1)
            partner.user_id = self.anna  # the 11th in Shanghai
            self.assertEqual(self.history(partner), [(self.anna, "2025-03-11", False)])
            contact.tz = "America/New_York"
            partner.user_id = self.boris  # still the 10th in New York
        self.assertEqual(self.history(partner), [(self.boris, "2025-03-10", False)])

    def test_timezone_of_whoever_writes_decides_nothing(self):
        self.env.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2025-03-10 20:00:00"):
            partner = self.make_partners(1).with_context(tz="Pacific/Kiritimati")
            partner.user_id = self.anna
            self.assertEqual(self.history(partner), [(self.anna, "2025-03-11", False)])

    def test_contact_takes_the_salesperson_over(self):
        company = self.partner_since("2025-03-01 08:00:00")
        with freeze_time("2025-03-05 08:00:00"):
            contact = self.env["res.partner"].create({"name": "Contact", "parent_id": company.id})
        self.assertEqual(self.history(contact), [(self.anna, "2025-03-05", False)])

    def test_person_joins_a_company(self):
        company = self.partner_since("2025-03-01 08:00:00")
        person = self.env["res.partner"].create({"name": "Person"})
        with freeze_time("2025-03-07 08:00:00"):
            person.parent_id = company
            self.env.flush_all()
        self.assertEqual(person.user_id, self.anna)
        self.assertEqual(self.history(person), [(self.anna, "2025-03-07", False)])

    def test_import(self):
        with freeze_time("2025-03-01 08:00:00"):
            result = self.env["res.partner"].load(["name", "user_id/.id"], [["Imported", str(self.anna.id)]])
        self.assertEqual(
            self.history(self.env["res.partner"].browse(result["ids"])), [(self.anna, "2025-03-01", False)]
        )

    def test_mass_edit_by_a_salesperson(self):
        partners = self.partner_since("2025-03-01 08:00:00") | self.partner_since("2025-03-02 08:00:00", self.boris)
        with freeze_time("2025-03-10 08:00:00"):
            partners.with_user(self.anna).write({"user_id": self.boris.id})
        self.assertEqual(
            self.history(partners[0]), [(self.anna, "2025-03-01", "2025-03-09"), (self.boris, "2025-03-10", False)]
        )
        self.assertEqual(self.history(partners[1]), [(self.boris, "2025-03-02", False)])

    def test_archived_partner(self):
        partner = self.partner_since("2025-03-01 08:00:00")
        partner.action_archive()
        self.assign(partner, self.boris, "2025-03-10 08:00:00")
        self.assertEqual(len(self.history(partner)), 2)

    def test_deleted_partner_takes_its_history_along(self):
        partner = self.partner_since("2025-03-01 08:00:00")
        assignment = self.env["sale.customer.assignment"].search([("partner_id", "=", partner.id)])
        partner.unlink()
        self.assertFalse(assignment.exists())

    def test_department_and_company(self):
        self.move_to(self.employee_anna, self.west, "2025-06-01")
        shared = self.partner_since("2025-03-01 08:00:00")
        with freeze_time("2025-07-01 08:00:00"):
            own = self.make_partners(1, self.anna, company_id=self.company.id)
        assignments = self.env["sale.customer.assignment"].search([("partner_id", "in", (shared | own).ids)])
        self.assertEqual(
            {(a.partner_id, a.department_id, a.company_id) for a in assignments},
            {(shared, self.east, self.env["res.company"]), (own, self.west, self.company)},
        )

    def test_statements_do_not_grow(self):
        def hand_over(count):
            partners = self.partner_since("2025-03-01 08:00:00")
            with freeze_time("2025-03-01 08:00:00"):
                partners = self.make_partners(count, self.anna)
            self.env.flush_all()
            with freeze_time("2025-03-10 08:00:00"):
                follow = self.env["sale.customer.assignment"]._follow_salespeople
                self.env.cr.execute(
                    "UPDATE res_partner SET user_id = %s WHERE id IN %s", [self.boris.id, tuple(partners.ids)]
                )
                return self.count_queries(lambda: follow(partners))

        hand_over(2)
        few = hand_over(5)
        self.assertEqual(hand_over(100), few)
        # the ORM sends rows in packets of 100: one UPDATE and one INSERT for each further packet
        self.assertLessEqual(hand_over(500), few + 2 * 4)

    def test_nothing_to_do_costs_one_statement(self):
        partners = self.make_partners(50)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["sale.customer.assignment"]._follow_salespeople(partners)

    # --- questions --------------------------------------------------------------------------------------------------

    def test_who_served_at(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assign(partner, self.boris, "2025-03-10 12:00:00")
        get = self.env["sale.customer.assignment"]._get_assignments_at
        for day, user in (
            (date(2025, 2, 28), self.env["res.users"]),
            (date(2025, 3, 1), self.anna),
            (date(2025, 3, 9), self.anna),
            (date(2025, 3, 10), self.boris),
            (date(2030, 1, 1), self.boris),
        ):
            self.assertEqual(get(partner, day)[partner].user_id, user, day)

    def test_contact_without_own_salesperson(self):
        company = self.partner_since("2025-03-01 12:00:00")
        contact = self.env["res.partner"].create({"name": "Invoices", "type": "invoice", "parent_id": company.id})
        contact.user_id = False
        found = self.env["sale.customer.assignment"]._get_assignments_at(contact | company, date(2025, 4, 1))
        self.assertEqual(found[contact].user_id, self.anna)

    def test_questions_cost_one_statement(self):
        partners = self.make_partners(30, self.anna)
        self.env.flush_all()
        partners.mapped("commercial_partner_id")
        with self.assertQueryCount(1):
            self.env["sale.customer.assignment"]._get_assignments_at(partners, date(2025, 4, 1))

    def test_current_filter(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assign(partner, self.boris, "2025-03-10 12:00:00")
        Assignment = self.env["sale.customer.assignment"]
        mine = [("partner_id", "=", partner.id)]
        self.assertEqual(Assignment.search([*mine, ("is_current", "=", True)]).user_id, self.boris)
        self.assertEqual(Assignment.search([*mine, ("is_current", "!=", True)]).user_id, self.anna)
        self.assertEqual(Assignment.search([*mine, ("is_current", "=", True)]).is_current, True)

    def test_smart_button(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        self.assign(partner, self.boris, "2025-03-10 12:00:00")
        partner = partner.with_user(self.anna)
        self.assertEqual(partner.sale_assignment_count, 2)
        action = partner.action_view_sale_assignments()
        self.assertEqual(len(self.env["sale.customer.assignment"].search(action["domain"])), 2)

    # --- corrections and forgeries ----------------------------------------------------------------------------------

    def test_salespeople_and_managers_forge_nothing(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        assignment = self.env["sale.customer.assignment"].search([("partner_id", "=", partner.id)])
        for user in (self.anna, self.manager, self.auditor):
            mine = assignment.with_user(user)
            self.assertEqual(mine.user_id, self.anna)
            for forge in (
                lambda mine=mine: mine.write({"date_start": "2020-01-01"}),
                lambda mine=mine, user=user: mine.create(
                    {"partner_id": partner.id, "user_id": user.id, "date_start": "2020-01-01", "date_end": "2020-12-31"}
                ),
                mine.unlink,
            ):
                with self.assertRaises(AccessError):
                    forge()

    def test_administrator_imports_the_past(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        Assignment = self.env["sale.customer.assignment"].with_user(self.administrator)
        result = Assignment.load(
            ["partner_id/.id", "user_id/.id", "date_start", "date_end"],
            [[str(partner.id), str(self.boris.id), "2024-01-01", "2025-02-28"]],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(
            self.history(partner), [(self.boris, "2024-01-01", "2025-02-28"), (self.anna, "2025-03-01", False)]
        )

    def test_overlap_is_refused(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        Assignment = self.env["sale.customer.assignment"]
        vals = {"partner_id": partner.id, "user_id": self.boris.id}
        message = "Boris from 2025-01-01 to 2025-03-01 overlaps with the one to Anna"
        with self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
            Assignment.create({**vals, "date_start": "2025-01-01", "date_end": "2025-03-01"})
        Assignment.create({**vals, "date_start": "2025-01-01", "date_end": "2025-02-28"})
        with self.assertRaises(ValidationError):
            Assignment.create(
                [
                    {**vals, "date_start": "2024-01-01", "date_end": "2024-06-30"},
                    {**vals, "date_start": "2024-06-30", "date_end": "2024-12-31"},
                ]
            )

    def test_open_assignment_is_the_current_salesperson(self):
        partner = self.make_partners(1)
        Assignment = self.env["sale.customer.assignment"]
        with self.assertRaisesRegex(ValidationError, "Boris is not the salesperson of Customer 0"):
            Assignment.create({"partner_id": partner.id, "user_id": self.boris.id, "date_start": "2025-01-01"})

    def test_database_refuses_nonsense(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        vals = {"partner_id": partner.id, "user_id": self.anna.id}
        for dates in ({"date_start": "2025-02-02", "date_end": "2025-02-01"}, {"date_start": "2025-05-01"}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.env["sale.customer.assignment"].create({**vals, **dates})

    def test_change_after_an_administrator_closed_ahead(self):
        partner = self.partner_since("2025-03-01 12:00:00")
        assignment = self.env["sale.customer.assignment"].search([("partner_id", "=", partner.id)])
        assignment.date_end = "2025-03-31"
        self.assign(partner, self.boris, "2025-03-10 12:00:00")
        self.assertEqual(
            self.history(partner), [(self.anna, "2025-03-01", "2025-03-09"), (self.boris, "2025-03-10", False)]
        )

    def test_other_companies_are_hidden(self):
        partner = self.make_partners(1, self.anna, company_id=self.other_company.id)
        Assignment = self.env["sale.customer.assignment"]
        self.assertTrue(Assignment.search([("partner_id", "=", partner.id)]))
        for user in (self.anna, self.auditor, self.administrator):
            self.assertFalse(Assignment.with_user(user).search([("partner_id", "=", partner.id)]))

    # --- installation and merging -----------------------------------------------------------------------------------

    def test_installation_opens_what_is_missing(self):
        served, archived = self.make_partners(2, self.anna)
        self.make_partners(1)
        archived.active = False
        everything = self.env["sale.customer.assignment"].search([("partner_id", "in", (served | archived).ids)])
        everything.unlink()
        kept = self.partner_since("2025-01-01 08:00:00", self.boris)
        self.move_to(self.employee_anna, self.west, "2025-06-01")
        with freeze_time("2025-03-01 08:00:00"):
            self.env["sale.customer.assignment"]._open_missing()
            self.env["sale.customer.assignment"]._open_missing()
        self.assertEqual(self.history(served), [(self.anna, "2025-03-01", False)])
        self.assertEqual(self.history(archived), [(self.anna, "2025-03-01", False)])
        self.assertEqual(self.history(kept), [(self.boris, "2025-01-01", False)])
        opened = self.env["sale.customer.assignment"].search([("partner_id", "=", served.id)])
        self.assertEqual(opened.department_id, self.east)

    def test_installation_before_the_first_version(self):
        partner = self.make_partners(1, self.anna)
        self.env["sale.customer.assignment"].search([("partner_id", "=", partner.id)]).unlink()
        self.move_to(self.employee_anna, self.west, "2025-06-01")
        with freeze_time("2023-01-01 08:00:00"):
            self.env["sale.customer.assignment"]._open_missing()
        opened = self.env["sale.customer.assignment"].search([("partner_id", "=", partner.id)])
        self.assertEqual(opened.department_id, self.east)

    def test_merged_duplicates(self):
        target = self.partner_since("2025-03-01 08:00:00", self.anna)
        source = self.partner_since("2024-01-01 08:00:00", self.boris)
        self.assign(source, False, "2024-06-01 08:00:00")
        self.assign(source, self.boris, "2025-04-01 08:00:00")
        self.env["base.partner.merge.automatic.wizard"]._merge((source | target).ids, target)
        self.assertEqual(
            self.history(target), [(self.boris, "2024-01-01", "2024-05-31"), (self.anna, "2025-03-01", False)]
        )

    def test_merge_into_a_customer_without_salesperson(self):
        target = self.make_partners(1)
        source = self.partner_since("2025-01-01 08:00:00", self.boris)
        with freeze_time("2025-05-01 08:00:00"):
            self.env["base.partner.merge.automatic.wizard"]._merge((source | target).ids, target)
        self.assertFalse(target.user_id)
        self.assertEqual(self.history(target), [(self.boris, "2025-01-01", "2025-04-30")])
