from odoo.fields import Command

from odoo.addons.sales_control.tests.common import ReviewCommon


class FloorCommon(ReviewCommon):
    """The trading company of the review tests, with red lines; its rule of kind price asks the department manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.kind = "price"
        cls.rule.min_amount = 0
        cls.product.list_price = 100.0
        cls.class_a = cls.env["sale.customer.class"].create({"name": "Class A", "code": "TA"})

    @classmethod
    def _create_floor(cls, **values):
        return cls.env["sale.price.floor"].create(
            {
                "applied_on": "template",
                "product_tmpl_id": cls.product.product_tmpl_id.id,
                "company_id": cls.company.id,
                "currency_id": cls.cny.id,
                **values,
            }
        )

    def _create_lines(self, *lines, **values):
        """Return a quotation with one line per dict of values."""
        order = self._create_order(0, **values)
        order.order_line.unlink()
        commands = [
            Command.create({"product_id": self.product.id, "product_uom_qty": 1, "tax_ids": [Command.clear()], **line})
            for line in lines
        ]
        order.write({"order_line": commands})
        return order

    def _evaluate(self, order):
        """Return the evaluations of the lines of an order, freshly computed."""
        return order._get_floor_evaluations()[order]

    def _assert_floor(self, order, state, floor=None, gap=None, index=0):
        evaluation = self._evaluate(order)[index]
        self.assertEqual(evaluation.state, state)
        if floor is not None:
            self.assertAlmostEqual(evaluation.price, floor, 6)
        if gap is not None:
            self.assertAlmostEqual(evaluation.gap, gap, 6)
