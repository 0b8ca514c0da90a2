"""What a line earns, and for whom: rewards, cards, payers, returns and days that somebody forges over HTTP."""

from review_http import BillsHttpCommon, FloorHttpCommon

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestForgedRewards(BillsHttpCommon):
    """A discount of 30 on a Machine of 100 that says it is something else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "coupon_id" not in cls.env["sale.order.line"]._fields:
            cls.skipTest(cls, "sale_loyalty is not installed")
        reward = {"reward_type": "discount", "discount": 1, "required_points": 1}
        cls.gift = cls._create_program(
            "gift_card", {**reward, "discount_mode": "per_point", "discount_applicability": "order"}
        )
        cls.card = cls.env["loyalty.card"].create({"program_id": cls.gift.id, "points": 5, "code": "sc-five"})
        specific = {"discount_applicability": "specific", "discount_product_ids": [Command.set(cls.other.ids)]}
        cls.promotion = cls._create_program("promotion", {**reward, "discount_mode": "percent", **specific})

    @classmethod
    def _create_program(cls, program_type, reward):
        return cls.env["loyalty.program"].create(
            {
                "name": program_type,
                "program_type": program_type,
                "applies_on": "future" if program_type == "gift_card" else "current",
                "trigger": "with_code" if program_type == "gift_card" else "auto",
                "company_id": cls.company.id,
                "currency_id": cls.cny.id,
                "reward_ids": [Command.create(reward)],
            }
        )

    def _get_forgeries(self):
        gift, promotion = self.gift.reward_ids, self.promotion.reward_ids
        paid = {"product_id": gift.discount_line_product_id.id, "reward_id": gift.id, "coupon_id": self.card.id}
        return {
            "a card that has less": {**paid, "points_cost": 30},
            "a card that is charged nothing": {**paid, "points_cost": 0},
            "a card that is paid for it": {**paid, "points_cost": -30},
            "no card": {**paid, "coupon_id": False, "points_cost": 30},
            "another product": {**paid, "product_id": self.other.id, "points_cost": 5},
            "a reward on nothing": {"product_id": self.other.id, "reward_id": promotion.id},
        }

    def test_forged_lines_take_off_what_they_take_off(self):
        for mode in self.MODES:
            for name, values in self._get_forgeries().items():
                with self.subTest(mode=mode, way=name):
                    self._set_mode(mode)
                    order = self._create_lines({"price_unit": 100})
                    line = {"order_id": order.id, "name": "Thanks", "price_unit": -30, **values}
                    line["tax_ids"] = [Command.clear()]
                    self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[line])
                    # By the state: the button works rewards out anew.
                    response = self._post(self.user_s, order, "write", vals={"state": "sale"})
                    self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_a_reward_on_another_line_lowers_that(self):
        """A screw of 1.00 bears 1.00 of 30.00: the rest is a discount of the document."""
        self._set_mode("block")
        order = self._create_lines({"price_unit": 100}, {"product_id": self.other.id, "price_unit": 1})
        line = {"product_id": self.other.id, "reward_id": self.promotion.reward_ids.id, "price_unit": -30}
        line |= {"order_id": order.id, "name": "Thanks", "tax_ids": [Command.clear()]}
        self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[line])
        self._assert_refused(self.user_s, order, "write", 422, "Machine", vals={"state": "sale"})


@tagged("post_install", "-at_install")
class TestPayersAndDays(BillsHttpCommon):
    """Class A buys at 60, everybody else at 80; until yesterday everybody did."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.yesterday = fields.Date.subtract(cls.today, days=1)
        cls.favoured = cls.env["res.partner"].create(
            {"name": "Favoured Ltd.", "company_id": cls.company.id, "customer_class_id": cls.class_a.id}
        )
        cls._create_floor(fixed_price=60, customer_class_ids=[Command.set(cls.class_a.ids)], enforcement="block")

    def test_the_favoured_as_a_front(self):
        """Ordered by the favoured customer and paid by another, or the other way round."""
        for mode in self.MODES:
            self._set_mode(mode)
            for customer, payer in ((self.favoured, self.customer), (self.customer, self.favoured)):
                with self.subTest(mode=mode, customer=customer.name):
                    order = self._create_lines({"price_unit": 70}, partner_id=customer.id)
                    self._call(self.user_s, order, "write", vals={"partner_invoice_id": payer.id})
                    response = self._post(self.user_s, order, "write", vals={"state": "sale"})
                    self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_another_payer_after_the_confirmation(self):
        for mode in self.MODES:
            with self.subTest(mode=mode):
                self._set_mode(mode)
                order = self._create_lines({"price_unit": 70}, partner_id=self.favoured.id)
                self._call(self.user_s, order, "action_confirm")
                vals = {"partner_invoice_id": self.customer.id}
                response = self._post(self.user_s, order, "write", vals=vals)
                self.assertEqual(response.status_code, 422 if mode == "block" else 200, response.text[:300])
                order.invalidate_recordset()
                self.assertEqual(order.partner_invoice_id, self.favoured if mode == "block" else self.customer)
                self.assertEqual(order.on_hold, mode == "review")

    def test_an_order_of_the_favoured_billed_to_another(self):
        line = self._sell({"price_unit": 70}, mode="block", partner_id=self.favoured.id).order_line
        link = self._get_line_values(70, sale_line_ids=[Command.set(line.ids)])
        self._assert_held(lambda: self._bill(link))
        self._assert_posted(lambda: self._bill(link, partner_id=self.favoured.id))

    def test_backdated_papers(self):
        """Whatever day is written into an invoice or an order, the red line of today counts."""
        self.floor.date_start = self.today
        self._create_floor(fixed_price=60, date_end=self.yesterday)
        for day in (str(self.yesterday), "2019-06-01"):
            self._assert_held(lambda day=day: self._bill(self._get_line_values(70), invoice_date=day, date=day))
            for mode in ("block", "review"):
                self._set_mode(mode)
                order = self._create_lines({"price_unit": 70})
                self._call(self.user_s, order, "write", vals={"date_order": f"{day} 08:00:00"})
                self._post(self.user_s, order, "write", vals={"confirmed_on": day})
                self._assert_refused(self.user_s, order, "write", 422, "Machine", vals={"state": "sale"})


@tagged("post_install", "-at_install")
class TestReturnsAsDiscounts(BillsHttpCommon):
    """Goods that come back for more than they were sold for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._create_product("Goods", type="consu")

    def test_on_orders(self):
        dear = {"product_id": self.goods.id, "product_uom_qty": -1, "price_unit": 30}
        for mode in self.MODES:
            for same in (False, True):
                with self.subTest(mode=mode, same=same):
                    self._set_mode(mode)
                    self.product.type = "consu" if same else "service"
                    line = dict(dear, product_id=self.product.id, price_unit=500) if same else dear
                    order = self._create_lines({"price_unit": 100, "product_uom_qty": 11 if same else 1})
                    line = {"order_id": order.id, "tax_ids": [Command.clear()], **line}
                    self._call(self.user_s, self.env["sale.order.line"], "create", vals_list=[line])
                    response = self._post(self.user_s, order, "write", vals={"state": "sale"})
                    self.assertEqual(response.status_code, 422 if mode else 200, response.text[:300])
                    self.assertEqual(self._is_sold_too_low(order), not mode)

    def test_on_invoices(self):
        back = self._get_line_values(30, product_id=self.goods.id, quantity=-1)
        self._assert_held(lambda: self._bill(self._get_line_values(100), back))


@tagged("post_install", "-at_install")
class TestGoodsBesides(FloorHttpCommon):
    """Wu, who ships what he sells, adds a Machine to a delivery of something else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo lets nobody add goods to an order who may not write orders.
        groups = "stock.group_stock_user,sales_team.group_sale_salesman_all_leads"
        cls.user_stock = cls._create_salesperson("stock", "Wu Warehouse", groups)
        cls.goods = cls._create_product("Goods", type="consu")
        cls.product.type = "consu"
        cls.company.review_default_reviewer_ids = cls.user_m

    def _create_delivery(self):
        order = self._create_lines({"product_id": self.goods.id, "price_unit": 100})
        order.action_confirm()
        picking = order.sudo().picking_ids
        values = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "product_uom": self.product.uom_id.id,
            "picking_id": picking.id,
            "location_id": picking.location_id.id,
            "location_dest_id": picking.location_dest_id.id,
        }
        self._call(self.user_stock, self.env["stock.move"], "create", vals_list=[values])
        self._call(self.user_stock, picking.move_ids, "write", vals={"quantity": 1, "picked": True})
        return order, picking

    def test_they_leave_and_somebody_is_told(self):
        for mode in self.MODES:
            for price in (0, 1):
                with self.subTest(mode=mode, price=price):
                    self._set_mode(mode)
                    self.product.write({"list_price": price, "invoice_policy": "delivery" if price else "order"})
                    order, picking = self._create_delivery()
                    self._call(self.user_stock, picking, "button_validate")
                    order.invalidate_recordset()
                    self.assertEqual(order.order_line[1].price_unit, price)
                    self.assertEqual((picking.state, order.on_hold), ("done", bool(mode)))
                    self.assertEqual(self._get_reviewers(order), self.user_m if mode else self.user_m.browse())
