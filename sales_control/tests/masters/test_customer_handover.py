from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..masters_common import SALESPERSON, MastersCommon


@tagged("post_install", "-at_install")
class TestCustomerHandover(MastersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls.make_partners(2, cls.anna)
        cls.contact = cls.env["res.partner"].create({"name": "Ms Li", "parent_id": cls.first.id})
        cls.boris_contact = cls.env["res.partner"].create(
            {"name": "Mr Wu", "parent_id": cls.first.id, "user_id": cls.boris.id}
        )
        cls.quotation = cls.make_order(partner_id=cls.contact.id)
        cls.sent = cls.make_order(partner_id=cls.second.id)
        cls.sent.action_quotation_sent()
        cls.confirmed = cls.make_order(partner_id=cls.first.id)
        cls.confirmed.action_confirm()
        cls.of_boris = cls.make_order(user=cls.boris, partner_id=cls.first.id)
        cls.carla = new_test_user(cls.env, "sc_carla", SALESPERSON, name="Carla")
        cls.activities = cls.env["mail.activity"].browse()
        for record, user in (
            (cls.first, cls.anna),
            (cls.quotation, cls.anna),
            (cls.confirmed, cls.anna),
            (cls.first, cls.boris),
        ):
            cls.activities |= record.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)

    def wizard(self, user=None, **vals):
        return (
            self.env["sale.customer.handover"]
            .with_user(user or self.manager)
            .create({"to_user_id": self.carla.id, "reason": "Anna leaves", **vals})
        )

    def all_of_anna(self, user=None, **vals):
        return self.wizard(user, from_user_id=self.anna.id, **vals)

    def test_summary(self):
        self.assertRecordValues(self.all_of_anna(), [{"partner_count": 3, "quotation_count": 2, "activity_count": 2}])

    def test_everything_of_a_salesperson(self):
        action = self.all_of_anna().action_handover()
        moved = self.first | self.second | self.contact
        self.assertEqual(moved.user_id, self.carla)
        self.assertEqual(self.boris_contact.user_id, self.boris)
        self.assertEqual((self.quotation | self.sent).user_id, self.carla)
        self.assertEqual(self.confirmed.user_id, self.anna)
        self.assertEqual(self.of_boris.user_id, self.boris)
        self.assertEqual(self.activities.mapped("user_id.name"), ["Carla", "Anna", "Boris"])
        self.assertEqual(
            [activity.user_id for activity in self.activities], [self.carla, self.carla, self.anna, self.boris]
        )
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(
            action["params"]["message"], "3 customers, 2 open quotations and 2 activities handed over to Carla."
        )

    def test_history_follows(self):
        self.env["sale.customer.assignment"].search([("partner_id", "=", self.first.id)]).date_start = "2025-01-01"
        self.all_of_anna().action_handover()
        history = self.env["sale.customer.assignment"].search([("partner_id", "=", self.first.id)])
        today = fields.Date.context_today(history)
        self.assertRecordValues(
            history,
            [
                {"user_id": self.carla.id, "date_start": today, "date_end": False},
                {
                    "user_id": self.anna.id,
                    "date_start": fields.Date.to_date("2025-01-01"),
                    "date_end": fields.Date.subtract(today, days=1),
                },
            ],
        )

    def test_department_of_the_quotations(self):
        self.assertEqual(self.quotation.department_id, self.east)
        self.make_employee(self.carla, self.west, "2024-01-01")
        self.all_of_anna().action_handover()
        self.assertEqual((self.quotation | self.sent).department_id, self.west)

    def test_team_follows_as_in_odoo(self):
        team = self.env["crm.team"].create({"name": "Carla's", "member_ids": self.carla.ids})
        self.all_of_anna().action_handover()
        expected = self.make_order(user=self.carla, partner_id=self.first.id).team_id
        self.assertEqual(expected, team)
        self.assertEqual(
            self.quotation.team_id,
            self.env["sale.order"].with_context(default_team_id=False).browse(self.quotation.id).team_id,
        )

    def test_reason_in_the_chatter(self):
        self.all_of_anna(reason="Leaves on <Friday>").action_handover()
        for partner in self.first | self.second:
            note = partner.message_ids.filtered(lambda message: "Handed over" in (message.body or ""))
            self.assertEqual(len(note), 1)
            self.assertIn("from Anna to Carla. Leaves on &lt;Friday&gt;", note.body)
            self.assertEqual(note.author_id, self.manager.partner_id)

    def test_receiver_gets_one_message(self):
        before = self.env["mail.message"].search_count([("partner_ids", "in", self.carla.partner_id.ids)])
        self.all_of_anna().action_handover()
        messages = self.env["mail.message"].search([("partner_ids", "in", self.carla.partner_id.ids)])
        self.assertEqual(len(messages), before + 1)
        self.assertIn("3 customers", messages[:1].body)

    def test_chosen_customers_from_the_list(self):
        wizard = (
            self.env["sale.customer.handover"]
            .with_user(self.manager)
            .with_context(active_model="res.partner", active_ids=self.first.ids)
        )
        with Form(wizard) as form:
            form.to_user_id = self.carla
            self.assertEqual((form.partner_count, form.quotation_count), (2, 1))
        form.save().action_handover()
        self.assertEqual((self.first | self.contact).user_id, self.carla)
        self.assertEqual(self.boris_contact.user_id, self.boris)
        self.assertEqual(self.second.user_id, self.anna)
        self.assertEqual((self.quotation.user_id, self.sent.user_id), (self.carla, self.anna))

    def test_chosen_customers_of_one_salesperson(self):
        foreign = self.make_partners(1, self.boris)
        self.all_of_anna(partner_ids=(self.second | foreign).ids).action_handover()
        self.assertEqual(self.second.user_id, self.carla)
        self.assertEqual((self.first.user_id, foreign.user_id), (self.anna, self.boris))

    def test_chosen_customer_without_salesperson(self):
        nobodys = self.make_partners(1)
        self.wizard(partner_ids=nobodys.ids).action_handover()
        self.assertEqual(nobodys.user_id, self.carla)

    def test_salesperson_who_has_left(self):
        self.anna.action_archive()
        self.all_of_anna().action_handover()
        self.assertEqual(self.first.user_id, self.carla)

    # --- refusals ---------------------------------------------------------------------------------------------------

    def test_refusals(self):
        internal = new_test_user(self.env, "sc_internal", "base.group_user", name="Ivan")
        portal = new_test_user(self.env, "sc_customer", "base.group_portal", name="Pat")
        archived = new_test_user(self.env, "sc_gone", SALESPERSON, name="Gone")
        archived.action_archive()
        for receiver, message in (
            (self.anna, "Anna cannot hand customers over to themselves"),
            (internal, "Ivan cannot take over customers"),
            (portal, "Pat cannot take over customers"),
            (archived, "Gone cannot take over customers"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.all_of_anna(to_user_id=receiver.id).action_handover()
        with self.assertRaisesRegex(UserError, "nothing to hand over"):
            self.wizard(from_user_id=self.carla.id, to_user_id=self.boris.id).action_handover()
        with self.assertRaisesRegex(UserError, "nothing to hand over"):
            self.wizard().action_handover()
        self.assertEqual(self.first.user_id, self.anna)

    def test_salespeople_hand_nothing_over(self):
        for user in (self.anna, self.auditor):
            with self.assertRaises(AccessError):
                self.all_of_anna(user)
            with self.assertRaises(AccessError):
                self.all_of_anna().with_user(user).sudo().with_env(self.env(user=user, su=False)).action_handover()

    def test_administrator_of_sales_control(self):
        self.all_of_anna(self.administrator).action_handover()
        self.assertEqual((self.first | self.quotation.partner_id).user_id, self.carla)
        self.assertEqual((self.quotation | self.sent).user_id, self.carla)

    # --- companies --------------------------------------------------------------------------------------------------

    def test_other_companies_stay(self):
        elsewhere = self.make_partners(1, self.anna, company_id=self.other_company.id)
        order = (
            self.env["sale.order"]
            .with_company(self.other_company)
            .create({"partner_id": self.first.id, "user_id": self.anna.id, "company_id": self.other_company.id})
        )
        self.all_of_anna().action_handover()
        self.assertEqual((elsewhere.user_id, order.user_id), (self.anna, self.anna))

    def test_receiver_works_in_the_company(self):
        self.manager.company_ids |= self.other_company
        self.make_partners(1, self.anna, company_id=self.other_company.id)
        companies = (self.company | self.other_company).ids
        wizard = self.all_of_anna().with_context(allowed_company_ids=companies)
        self.assertEqual(len(wizard._get_partners()), 4)
        with self.assertRaisesRegex(UserError, "Carla has no access to Elsewhere Ltd"):
            wizard.action_handover()

    # --- size -------------------------------------------------------------------------------------------------------

    def test_summary_costs_the_same_for_many(self):
        def summary(count):
            self.make_partners(count, self.boris)
            wizard = self.wizard(from_user_id=self.boris.id)
            self.count_queries(lambda: wizard.partner_count)  # access rules are cached from here on
            return self.count_queries(lambda: wizard.partner_count)

        self.assertEqual(summary(3), summary(40))
