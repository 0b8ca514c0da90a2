from datetime import date, datetime

from odoo.fields import Command
from odoo.tests import tagged

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestLeavingGoods(ReviewCommon):
    """How much of an order line leaves with moves, and on which day of the company it was delivered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.goods = cls._create_goods("Pump")

    @classmethod
    def _create_goods(cls, name):
        return cls._create_product(name, type="consu", invoice_policy="delivery")

    def _confirm(self, quantity, unit="uom.product_uom_unit", **values):
        line = {"product_id": self.goods.id, "product_uom_qty": quantity, "price_unit": 100, "tax_ids": []}
        line["product_uom_id"] = self.env.ref(unit).id
        order = self._create_order(100, user=self.env.user, order_line=[Command.create(line)], **values)
        order.action_confirm()
        return order

    def _deliver(self, picking, moment):
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        picking.date_done = moment

    def test_picked_before_reserved_before_demand(self):
        order = self._confirm(10)
        moves, line = order.picking_ids.move_ids, order.order_line
        for quantity, picked, leaving in ((0, False, 10), (4, False, 4), (4, True, 4), (12, True, 12)):
            moves.write({"quantity": quantity, "picked": picked})
            self.assertEqual(moves._get_leaving_quantities(), {line.id: leaving})

    def test_unit_of_the_line(self):
        """18 pieces are one and a half dozen."""
        order = self._confirm(2, "uom.product_uom_dozen")
        moves = order.picking_ids.move_ids
        pieces = self.goods.uom_id._compute_quantity(18, moves.product_uom)
        moves.write({"quantity": pieces, "picked": True})
        self.assertEqual(moves._get_leaving_quantities(), {order.order_line.id: 1.5})

    def test_kit(self):
        """A line that moves as its components: 3 and 1 of a kit; of the kits leaves what is complete."""
        order = self._confirm(10)
        moves = order.picking_ids.move_ids
        for number, demand in enumerate((30, 10)):
            component = self._create_goods(f"Component {number}")
            moves += moves[0].copy({"product_id": component.id, "product_uom_qty": demand})
        moves[0]._action_cancel()
        components = moves[1:]
        components._action_confirm(merge=False)
        for quantities, kits in (((12, 4), 4), ((12, 10), 4), ((0, 4), 0), ((36, 12), 12)):
            for move, quantity in zip(components, quantities, strict=True):
                move.write({"quantity": quantity, "picked": True})
            self.assertEqual(components._get_leaving_quantities(), {order.order_line.id: kits})

    def test_delivery_day(self):
        """Half an hour after midnight in Shanghai it is still the day before in UTC."""
        order = self._confirm(4, commitment_date="2026-04-29 16:30:00")
        self.assertEqual(order._get_delivery_day(), (date(2026, 4, 30), False))
        first = order.picking_ids
        self._deliver(first, datetime(2026, 4, 30, 16, 30))
        self.assertEqual(order._get_delivery_day(), (date(2026, 4, 30), False))
        self._deliver(order.picking_ids - first, datetime(2026, 4, 30, 15, 30))
        self.assertEqual(order._get_delivery_day(), (date(2026, 5, 1), True))
