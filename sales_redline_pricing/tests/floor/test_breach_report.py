from odoo.tests import tagged

from ...tools.groups import FLOOR_READERS
from .screens_common import ScreensCommon


@tagged("post_install", "-at_install")
class TestBreachReport(ScreensCommon):
    """What was given away, to whom, by whom, and who approved it."""

    def _get_rows(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["sale.price.breach.report"].with_user(user or self.user_r).search([])

    def test_sum_is_gap_times_quantity(self):
        self._create_floor(compute_price="cost_markup", percentage=0.0077)
        self.product.standard_price = 33.33
        orders = self.env["sale.order"]
        for price, quantity in ((33.32, 3), (30.1, 7), (12.34, 1000), (33.33, 12)):
            orders |= self._create_lines({"price_unit": price, "product_uom_qty": quantity})
        evaluations = [self._evaluate(order)[0] for order in orders]
        expected = sum(round(evaluation.gap * evaluation.quantity, 2) for evaluation in evaluations)
        rows = self._get_rows()
        self.assertEqual(rows.order_id, orders)
        self.assertAlmostEqual(sum(rows.mapped("given_away")), expected, 2)
        ((total,),) = rows._read_group([], aggregates=["given_away:sum"])
        self.assertAlmostEqual(total, expected, 2)

    def test_dimensions_and_units(self):
        self.customer.customer_class_id = self.class_a
        self._create_floor(fixed_price=10)
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._create_lines(
            {"price_unit": 114, "product_uom_id": dozen.id, "product_uom_qty": 2}, partner_id=contact.id
        )
        row = self._get_rows()
        self.assertRecordValues(
            row,
            [
                {
                    "order_id": order.id,
                    "partner_id": self.customer.id,
                    "customer_class_id": self.class_a.id,
                    "user_id": self.user_s.id,
                    "department_id": self.sales_east.id,
                    "quantity": 24,
                    "net_price": 9.5,
                    "price_floor": 10,
                    "floor_gap": 0.5,
                    "given_away": 12,
                    "enforcement": "review",
                    "state": "draft",
                    "approver_id": False,
                }
            ],
        )
        self.assertEqual(row.action_open_order()["res_id"], order.id)

    def test_approver_is_who_decided_last(self):
        self.rule.step_ids.min_measure = 0
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 78})
        order.action_confirm()
        self.assertFalse(self._get_rows().approver_id)
        self._approve_all(order)
        row = self._get_rows()
        self.assertEqual((row.state, row.approver_id), ("sale", self.user_g))

    def test_cancelled_orders_are_left_out(self):
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 78})
        self.assertTrue(self._get_rows())
        order.action_cancel()
        self.assertFalse(self._get_rows())

    def test_salespeople_see_their_own(self):
        self._create_floor(fixed_price=80)
        self._create_lines({"price_unit": 78})
        readers = self.env.ref(FLOOR_READERS)
        (self.user_s | self.user_s2).group_ids |= readers
        self.assertEqual(len(self._get_rows(self.user_s)), 1)
        self.assertFalse(self._get_rows(self.user_s2))

    def test_search_on_orders(self):
        self._create_floor(fixed_price=80)
        order = self._create_lines({"price_unit": 78})
        found = self.env["sale.order"].search([("has_price_below_floor", "=", True)])
        self.assertEqual(found, order.sudo())
