from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..contract_common import ADVANCE, DELIVERY, RETENTION, ContractCommon


@tagged("post_install", "-at_install")
class TestPaymentMilestones(ContractCommon):
    """Payments of a contract: their amounts, due dates, proposals, and who may change them when."""

    # === AMOUNTS === #

    def test_odd_cents(self):
        order = self._create_order()
        self.assertEqual(order.amount_total, 1130.01)
        self.assertEqual(self._get_figures(order, "amount_due"), [(339.0,), (678.01,), (113.0,)])
        self.assertEqual(order.payment_milestone_difference, 0.0)

    def test_fixed_amounts_stay_percentages_follow(self):
        fixed = {**ADVANCE, "percentage": 0, "amount": 500}
        order = self._create_order([fixed, {**DELIVERY, "percentage": 50}], price=1000, confirm=False)
        self.assertEqual(self._get_figures(order, "amount_due"), [(500.0,), (565.0,)])
        self.assertEqual(order.payment_milestone_difference, 65.0)
        order.order_line.price_unit = 2000
        self.assertEqual(self._get_figures(order, "amount_due"), [(500.0,), (1130.0,)])
        self.assertEqual(order.payment_milestone_difference, 630.0)

    def test_kind_and_share_alone(self):
        """A payment is named by its kind and waits for what the kind mostly waits for, unless told otherwise."""
        cases = (
            ({"kind": "advance"}, ("Advance", "order")),
            ({"kind": "delivery"}, ("Delivery", "delivery")),
            ({"kind": "acceptance"}, ("Acceptance", "acceptance")),
            ({"kind": "retention"}, ("Retention", "delivery")),
            ({}, ("Other", "order")),
            ({"kind": "retention", "date": "2027-10-01"}, ("Retention", "date")),
            ({"kind": "delivery", "name": "On site", "due_rule": "order"}, ("On site", "order")),
        )
        order = self._create_order([{"percentage": 10, **values} for values, _expected in cases], confirm=False)
        payments = order.payment_milestone_ids.sorted("id")
        self.assertEqual(payments.mapped(lambda m: (m.name, m.due_rule)), [expected for _values, expected in cases])
        self.assertEqual(str(payments[5].date_due), "2027-10-01")
        (payments[0] | payments[6]).kind = "acceptance"
        self.assertEqual(payments[0].name, "Acceptance")
        self.assertEqual((payments[6].name, payments[6].due_rule), ("On site", "acceptance"))

    def test_order_without_payments_confirms(self):
        order = self._create_order([])
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.payment_milestone_difference, 0.0)

    def test_sums_are_checked_at_confirmation(self):
        order = self._create_order([ADVANCE, DELIVERY], confirm=False)
        with self.assertRefused(
            UserError, r"add up to \$.1,017\.01, but the order total is \$.1,130\.01: raise .* by \$.113\.00"
        ):
            order.action_confirm()
        with self.assertRefused(ValidationError, "raise an amount"):
            order.write({"state": "sale"})
        order.payment_milestone_ids = [Command.create(dict(RETENTION, percentage=20))]
        with self.assertRefused(UserError, "lower an amount"):
            order.action_confirm()
        order.payment_milestone_ids.filtered(lambda m: m.kind == "retention").percentage = 10
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_sums_are_checked_when_a_confirmed_order_is_edited(self):
        order = self._create_order([{**ADVANCE, "percentage": 0, "amount": 1130.01}])
        line = order.order_line
        with self.assertRefused(UserError, "add up to"):
            order.write({"order_line": [Command.update(line.id, {"product_uom_qty": 2})]})
        with self.assertRefused(UserError, "add up to"):
            order.payment_milestone_ids.amount = 1000
        order.write(
            {
                "order_line": [Command.update(line.id, {"product_uom_qty": 2})],
                "payment_milestone_ids": [Command.update(order.payment_milestone_ids.id, {"amount": 2260.02})],
            }
        )
        self.assertEqual(self._get_figures(order, "amount_due"), [(2260.02,)])

    def test_percentages_follow_a_quantity_changed_after_confirmation(self):
        order = self._create_order()
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.amount_total, 3390.03)
        self.assertEqual(self._get_figures(order, "amount_due"), [(1017.01,), (2034.02,), (339.0,)])
        self.assertFalse(order.on_hold)

    def test_what_a_payment_may_not_be(self):
        order = self._create_order(confirm=False)
        milestone = order.payment_milestone_ids[0]
        for values, message in (
            ({"amount": 10}, "either a percentage"),
            ({"percentage": 0}, "either a percentage"),
            ({"due_rule": "date"}, "fixed date: enter it"),
            ({"due_delay": 700, "due_delay_unit": "months"}, "more than 50 years"),
        ):
            with self.subTest(values), self.assertRaises(ValidationError) as caught:
                milestone.write(values)
            self.assertIn(message, str(caught.exception))
        for values, name in (
            ({"percentage": 100.5}, "check_percentage"),
            ({"percentage": -1}, "check_percentage"),
            ({"percentage": 0, "amount": -5}, "check_amount"),
            ({"due_delay": -1}, "check_due_delay"),
        ):
            with self.subTest(values), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught:
                milestone.write(values)
                milestone.flush_recordset()
            self.assertIn(name, str(caught.exception))

    def test_computed_figures_cannot_be_forged(self):
        order = self._create_order(confirm=False)
        milestone = order.payment_milestone_ids[0]
        milestone.with_user(self.user_s).write(
            {"amount_due": 1, "date_due": "2000-01-01", "is_expected": False, "company_id": 999, "currency_id": 999}
        )
        milestone.invalidate_recordset()
        self.assertEqual(milestone.amount_due, 339.0)
        self.assertNotEqual(milestone.date_due, self._day("2000-01-01"))
        self.assertEqual((milestone.company_id, milestone.currency_id), (self.company, self.usd))
        forged = milestone.with_user(self.user_s).create(
            {**ADVANCE, "order_id": order.id, "amount_due": 5, "date_due": "2000-01-01"}
        )
        self.assertEqual(forged.amount_due, 339.0)

    def test_a_payment_stays_with_its_order(self):
        order, other = self._create_order(confirm=False), self._create_order(confirm=False)
        with self.assertRefused(UserError, "cannot be moved to another order"):
            order.payment_milestone_ids[0].order_id = other

    def test_copy_of_an_order(self):
        order = self._create_order().copy()
        self.assertEqual(
            self._get_figures(order, "amount_due", "state"),
            [
                (339.0, "planned"),
                (678.01, "planned"),
                (113.0, "planned"),
            ],
        )

    # === DUE DATES === #

    def test_due_dates_follow_the_events(self):
        acceptance = {**RETENTION, "due_rule": "acceptance", "due_delay": 30, "due_delay_unit": "days"}
        with freeze_time("2026-03-10 08:00:00"):
            order = self._create_order(
                [ADVANCE, DELIVERY, acceptance], confirm=False, commitment_date="2026-04-30 08:00"
            )
            self.assertEqual(
                self._get_figures(order, "date_due", "is_expected"),
                [(self._day("2026-03-10"), True), (self._day("2026-04-30"), True), (False, True)],
            )
            order.action_confirm()
            self.assertEqual(self._get_figures(order, "date_due", "is_expected")[0], (self._day("2026-03-10"), False))
            self.assertTrue(order.payment_milestone_ids[1].is_expected)
        self._deliver(order, "2026-05-04")
        self.assertEqual(self._get_figures(order, "date_due", "is_expected")[1], (self._day("2026-05-04"), False))
        order.acceptance_date = "2026-05-20"
        self.assertEqual(self._get_figures(order, "date_due", "is_expected")[2], (self._day("2026-06-19"), False))

    def test_retention_a_year_after_the_last_delivery(self):
        with freeze_time("2026-01-05"):
            order = self._create_order(quantity=2)
        self._deliver(order, "2026-02-10", quantity=1)
        self.assertTrue(all(m.is_expected for m in order.payment_milestone_ids[1:]))
        self._deliver(order, "2026-02-28")
        self.assertEqual(
            self._get_figures(order, "date_due", "is_expected")[1:],
            [(self._day("2026-02-28"), False), (self._day("2027-02-28"), False)],
        )

    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-10 17:00:00"):
            order = self._create_order()
        self.assertEqual(order.payment_milestone_ids[0].date_due, self._day("2026-03-11"))

    def test_goods_that_nobody_ships(self):
        self.goods.type = "service"
        with freeze_time("2026-03-10"):
            order = self._create_order(commitment_date="2026-04-30 08:00")
        self.assertEqual(self._get_figures(order, "date_due", "is_expected")[1], (self._day("2026-04-30"), False))

    # === PROPOSALS === #

    def _create_template(self, *lines):
        return self.env["sale.payment.milestone.template"].create(
            {"name": "30/60/10", "line_ids": [Command.create(dict(line)) for line in lines]}
        )

    def test_template(self):
        template = self._create_template(ADVANCE, DELIVERY, RETENTION)
        order = self._create_order([], confirm=False)
        order.payment_milestone_template_id = template
        order.action_propose_payment_milestones()
        self.assertEqual(
            self._get_figures(order, "kind", "amount_due", "due_delay"),
            [("advance", 339.0, 0), ("delivery", 678.01, 0), ("retention", 113.0, 12)],
        )
        order.action_propose_payment_milestones()
        self.assertEqual(len(order.payment_milestone_ids), 3)

    def test_template_chosen_on_the_form(self):
        template = self._create_template(ADVANCE, {**DELIVERY, "percentage": 70})
        order = self._create_order([], confirm=False)
        with Form(order.with_user(self.user_s)) as form:
            form.payment_milestone_template_id = template
        self.assertEqual(self._get_figures(order, "amount_due"), [(339.0,), (791.01,)])

    def test_template_sums_to_100(self):
        with self.assertRefused(ValidationError, "add up to 90.0 %: change"):
            self._create_template(ADVANCE, DELIVERY)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_template({**ADVANCE, "due_rule": "date", "percentage": 100})

    def _create_term(self, *lines):
        return self.env["account.payment.term"].create(
            {"name": "Term", "line_ids": [Command.create(line) for line in lines]}
        )

    def test_payment_terms(self):
        term = self._create_term(
            {"value": "percent", "value_amount": 30, "nb_days": 0},
            {"value": "percent", "value_amount": 70, "nb_days": 60},
        )
        order = self._create_order([], confirm=False, payment_term_id=term.id)
        order.action_propose_payment_milestones()
        self.assertEqual(
            self._get_figures(order, "kind", "due_rule", "due_delay", "amount_due"),
            [("advance", "order", 0, 339.0), ("delivery", "delivery", 60, 791.01)],
        )

    def test_payment_terms_with_an_amount(self):
        term = self._create_term(
            {"value": "fixed", "value_amount": 500, "nb_days": 0},
            {"value": "percent", "value_amount": 100, "nb_days": 30, "delay_type": "days_after_end_of_month"},
        )
        order = self._create_order([], confirm=False, payment_term_id=term.id)
        order.action_propose_payment_milestones()
        self.assertEqual(
            self._get_figures(order, "amount", "percentage", "due_delay_unit"),
            [(500.0, 0.0, "days"), (630.01, 0.0, "end_of_month")],
        )
        order.action_confirm()

    def test_propose_fixed_amounts_of_a_small_order(self):
        """500.00 and then the rest, of an order of 300.00, of 500.00 and of nothing."""
        term = self.env["account.payment.term"].create(
            {
                "name": "500 first",
                "line_ids": [
                    Command.create({"value": "fixed", "value_amount": 500, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 100, "nb_days": 30}),
                ],
            }
        )
        for price, amounts in ((300, [300.0]), (500, [500.0]), (600, [500.0, 100.0])):
            order = self._create_order(milestones=[], price=price, confirm=False, payment_term_id=term.id)
            order.order_line.tax_ids = False
            order.action_propose_payment_milestones()
            self.assertEqual(order.payment_milestone_ids.mapped("amount_due"), amounts)
        order.order_line.unlink()
        with self.assertRefused(UserError, "comes to nothing"):
            order.action_propose_payment_milestones()

    def test_nothing_to_propose(self):
        order = self._create_order([], confirm=False, payment_term_id=False)
        with self.assertRefused(UserError, "neither a payment template nor payment terms"):
            order.action_propose_payment_milestones()

    # === RIGHTS AND HISTORY === #

    def test_salesperson_edits_quotations_only(self):
        order = self._create_order(confirm=False)
        milestone = order.payment_milestone_ids[0].with_user(self.user_s)
        milestone.name = "Down payment"
        order.action_confirm()
        with self.assertRefused(AccessError, "only a sales manager"):
            milestone.name = "Other"
        with self.assertRefused(AccessError, "only a sales manager"):
            milestone.unlink()
        with self.assertRefused(AccessError, "only a sales manager"):
            milestone.create({**ADVANCE, "order_id": order.id})

    def test_manager_edits_confirmed_orders_and_history_is_kept(self):
        order = self._create_order()
        advance, delivery = order.with_user(self.user_manager).payment_milestone_ids[:2]
        order.with_user(self.user_manager).write(
            {
                "payment_milestone_ids": [
                    Command.update(advance.id, {"percentage": 20}),
                    Command.update(delivery.id, {"percentage": 70}),
                ]
            }
        )
        bodies = " ".join(order.message_ids.mapped("body"))
        self.assertIn("Advance (Advance): 30 %, $", bodies)
        self.assertIn("Delivery (Delivery): 70 %, $", bodies)
        order.locked = True
        with self.assertRefused(UserError, "unlock it"):
            advance.name = "X"

    def test_salespeople_see_their_own(self):
        order = self._create_order()
        self.assertEqual(len(self.env["sale.payment.milestone"].with_user(self.user_s).search([])), 3)
        self.assertFalse(self.env["sale.payment.milestone"].with_user(self.user_s2).search([]))
        self.assertFalse(self.env["contract.payment.report"].with_user(self.user_s2).search([]))
        report = self.env["contract.payment.report"]
        for user in self.user_s | self.user_accountant | self.user_manager:
            self.assertEqual(len(report.with_user(user).search([("order_id", "=", order.id)])), 3, user.name)
        with self.assertRaises(AccessError):
            order.payment_milestone_ids[0].with_user(self.user_accountant).write({"name": "X"})

    def test_other_companies_see_nothing(self):
        self._create_order()
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        report = self.env["contract.payment.report"].with_context(allowed_company_ids=other.ids)
        self.assertFalse(report.search([]))
        template = self._create_template({**ADVANCE, "percentage": 100})
        template.company_id = other
        with self.assertRaises(UserError):
            self._create_order([], confirm=False, payment_milestone_template_id=template.id)
