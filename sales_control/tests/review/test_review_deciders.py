from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReviewDeciders(ReviewCommon):
    """Nobody chooses who decides: not by another salesperson, not by another team, not by a delegation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_west()

    def _request(self, **values):
        order = self._create_order(60000, **values)
        order.action_confirm()
        return order.sudo(), order.sudo().order_review_ids

    def _assert_needs_both(self, order, review):
        """Expect that the friend's approval confirms nothing, and that the own manager's does after it."""
        steps = review.step_ids.filtered(lambda step: step.state in ("pending", "waiting"))
        self.assertEqual([step.candidate_ids for step in steps], [self.user_w, self.user_m])
        review.with_user(self.user_w).action_approve()
        self.assertEqual((order.state, review.state), ("draft", "pending"))
        self.assertEqual(self._get_reviewers(order), self.user_m)
        review.with_user(self.user_m).action_approve()
        self.assertEqual(order.state, "sale")

    def test_the_department_of_another_salesperson(self):
        order = self._create_order(60000)
        order.user_id = self.user_x
        self.assertEqual(order.sudo().department_id, self.sales_west)
        self.assertIn("Wang of the West → Ma Manager", order.sudo().review_banner)
        order.with_user(self.user_x).action_confirm()
        self._assert_needs_both(order.sudo(), order.sudo().order_review_ids)

    def test_the_team(self):
        self.step_m.approver_type = "team_leader"
        order, review = self._request(team_id=self.west.id)
        self._assert_needs_both(order, review)

    def test_the_own_team_is_asked_alone(self):
        self.step_m.approver_type = "team_leader"
        order, review = self._request(team_id=self.east.id)
        review.with_user(self.user_m).action_approve()
        self.assertEqual(order.state, "sale")

    def test_the_manager_of_another_salesperson(self):
        self.step_m.approver_type = "manager"
        employees = self.env["hr.employee"]
        for user, manager in (self.user_s, self.user_m), (self.user_x, self.user_w):
            own = employees.search([("user_id", "=", user.id)])
            own.parent_id = employees.search([("user_id", "=", manager.id)])
        order = self._create_order(60000)
        order.user_id = self.user_x
        order.with_user(self.user_x).action_confirm()
        self._assert_needs_both(order.sudo(), order.sudo().order_review_ids)

    def test_an_order_of_the_system_that_a_salesperson_requests(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id, "user_id": self.user_s.id})
        order.order_line = [Command.create({"product_id": self.product.id, "price_unit": 60000, "tax_ids": False})]
        self.step_m.approver_type = "team_leader"
        order.with_user(self.user_s).team_id = self.west
        order.with_user(self.user_s).action_confirm()
        self._assert_needs_both(order, order.order_review_ids)

    def test_rules_of_the_own_team_hold(self):
        self.rule.team_ids = self.east
        order, review = self._request(team_id=self.west.id)
        self.assertEqual((order.state, review.rule_id), ("draft", self.rule))

    def test_rules_of_both_teams_claim(self):
        self.rule.active = False
        own, other = (
            self._create_rule(
                name=team.name,
                kind="mismatch",
                min_amount=0,
                sequence=sequence,
                team_ids=[Command.set(team.ids)],
                step_ids=[Command.create({"approver_type": "user", "user_id": user.id})],
            )
            for team, user, sequence in ((self.east, self.user_m, 20), (self.west, self.user_w, 10))
        )
        order, review = self._request(team_id=self.west.id, contract_amount=1)
        self.assertEqual(review.step_ids.rule_step_id.rule_id, own | other)
        self._assert_needs_both(order, review)

    # === DELEGATES === #

    def _delegate(self, user, delegate):
        return self.env["sale.review.delegation"].create({"user_id": user.id, "delegate_id": delegate.id})

    def test_the_requester_is_the_only_delegate(self):
        self._delegate(self.user_m, self.user_s)
        order = self._create_order(60000)
        self.assertIn("Gao General", order.review_banner)
        self.assertNotIn("Ma Manager", order.review_banner)
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual(self._get_reviewers(order), self.user_g)
        review.with_user(self.user_g).action_approve()
        self.assertEqual(order.state, "sale")

    def test_the_requester_becomes_the_only_delegate(self):
        order, _review = self._request()
        self.assertEqual(self._get_reviewers(order), self.user_m)
        self._delegate(self.user_m, self.user_s)
        self.assertEqual(self._get_reviewers(order), self.user_g)

    def test_another_delegate_decides(self):
        self._delegate(self.user_m, self.user_s)
        self._delegate(self.user_m, self.user_d)
        order, review = self._request()
        self.assertEqual(self._get_reviewers(order), self.user_m | self.user_d)
        review.with_user(self.user_d).action_approve()
        self.assertEqual(order.state, "sale")

    def test_without_anybody_above_the_approver_himself_decides(self):
        self.step_g.unlink()
        self._delegate(self.user_m, self.user_s)
        order, review = self._request()
        self.assertEqual(self._get_reviewers(order), self.user_m)
        review.with_user(self.user_m).action_approve()
        self.assertEqual(order.state, "sale")

    def test_an_approver_who_becomes_the_salesperson_is_asked_no_longer(self):
        order, _review = self._request()
        order.user_id = self.user_m
        self.assertEqual(self._get_reviewers(order), self.user_g)

    # === WHO ASKS === #

    def test_the_warehouse_neither_asks_nor_writes_contracts(self):
        keeper = new_test_user(
            self.env,
            "sc_keeper",
            "stock.group_stock_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        order = self._create_order(60000).with_user(keeper)
        order.write({"client_order_ref": "the warehouse may write orders"})
        for method in ("action_request_review", "action_confirm"):
            with self.assertRaisesRegex(AccessError, "salesperson"):
                getattr(order, method)()
        self.assertFalse(order.sudo().order_review_ids)
        for vals in ({"contract_amount": 1}, {"contract_number": "X"}, {"special_reason": "x"}):
            with self.assertRaisesRegex(AccessError, "contract"):
                order.write(vals)
        with self.assertRaisesRegex(AccessError, "contract"):
            order.order_line.write({"contract_qty": 5})
        order.write({"contract_amount": 0, "contract_number": False})
        order.with_user(self.user_s).contract_amount = 1
        order.with_user(self.user_s).write({"contract_mismatch": False})
        self.assertTrue(order.sudo().contract_mismatch)

    def test_remarks_are_text_and_figures_have_bounds(self):
        order, review = self._request()
        for comment in ({"a": 1}, ["x"], 7, True):
            for method in ("action_approve", "action_reject"):
                with self.assertRaisesRegex(UserError, "enter text"):
                    getattr(review.with_user(self.user_m), method)(comment)
        self.assertEqual(order.review_state, "pending")
        for record, name in ((self.step_m, "deadline_hours"), (self.rule, "validity_days"), (self.rule, "tolerance")):
            with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.cr.savepoint():
                record[name] = 10**9
        self.step_m.deadline_hours = 87600
        self.rule.validity_days = 36500
        order.order_line.price_unit = 61000
        self._approve_all(order)
        self.assertEqual(order.state, "sale")
