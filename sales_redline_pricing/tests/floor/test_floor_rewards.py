from unittest import skipUnless

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.misc import file_path

from ..common import FloorCommon

TEN_PERCENT = {
    "reward_type": "discount",
    "discount": 10,
    "discount_mode": "percent",
    "discount_applicability": "order",
}


def is_there(module):
    """Tell whether the addon lies beside this one; whether it is installed shows at run time."""
    try:
        return bool(file_path(module))
    except FileNotFoundError:
        return False


@tagged("post_install", "-at_install")
@skipUnless(is_there("sale_loyalty"), "needs sale_loyalty")
class TestRewards(FloorCommon):
    """Rewards of promotions count as what they are: discounts and free goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "loyalty.program" not in cls.env or "coupon_point_ids" not in cls.env["sale.order"]._fields:
            cls.skipTest(cls, "sale_loyalty is not installed")

    def _create_program(self, reward, **rule):
        return self.env["loyalty.program"].create(
            {
                "name": "Promotion",
                "program_type": "promotion",
                "trigger": "auto",
                "company_id": self.company.id,
                "currency_id": self.cny.id,
                "rule_ids": [Command.create({"minimum_qty": 1, "reward_point_amount": 1, **rule})],
                "reward_ids": [Command.create({"required_points": 1, **reward})],
            }
        )

    def _claim(self, order):
        order = order.sudo()
        order._update_programs_and_rewards()
        for coupon, rewards in order._get_claimable_rewards().items():
            order._apply_program_reward(rewards[:1], coupon)

    def _sell(self, reward, floor, quantity=1, **rule):
        self._create_floor(fixed_price=floor)
        self._create_program(reward, **rule)
        order = self._create_lines({"price_unit": 100, "product_uom_qty": quantity})
        self._claim(order)
        return order

    def test_percentage_of_the_order(self):
        order = self._sell(TEN_PERCENT, 95)
        self.assertEqual(order.amount_untaxed, 90)
        self._assert_floor(order, "below", 95, 5)
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        self._approve_all(order)
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 90))

    def test_exactly_at_the_red_line(self):
        order = self._sell(TEN_PERCENT, 90)
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 90))

    def test_fixed_amount(self):
        discount = {
            "reward_type": "discount",
            "discount": 30,
            "discount_mode": "per_order",
            "discount_applicability": "order",
        }
        order = self._sell(discount, 95, quantity=3)
        self.assertEqual(order.amount_untaxed, 270)
        self._assert_floor(order, "below", 95, 5)
        order.action_confirm()
        self.assertEqual(order.review_state, "pending")

    def test_free_product(self):
        reward = {"reward_type": "product", "reward_product_id": self.product.id, "reward_product_qty": 1}
        order = self._sell(reward, 80, quantity=3, minimum_qty=3, reward_point_mode="order")
        self.assertEqual(sum(order.order_line.mapped("product_uom_qty")), 4)
        self.assertEqual(order.amount_untaxed, 300)
        self._assert_floor(order, "below", 80, 5)
        order.action_confirm()
        self.assertEqual(order.review_state, "pending")

    def test_a_reward_grows_inside_confirmation(self):
        """The reward is worked out again when the order confirms: what counts is what comes out."""
        self._create_floor(fixed_price=85, enforcement="block")
        program = self._create_program(TEN_PERCENT)
        order = self._create_lines({"price_unit": 100})
        self._claim(order)
        self._assert_floor(order, "ok", 85)
        program.reward_ids.discount = 20
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.action_confirm()
        order.invalidate_recordset()
        self.assertEqual((order.state, order.amount_untaxed), ("draft", 90))
        self.env["sale.price.floor"].search([]).active = False
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 80))

    # === WHAT A REWARD IS FOR === #

    def _sell_two(self, reward, floor_a=1000, floor_b=95):
        """Return an order of A at 1,000.00 and B at 100.00 with a reward on B."""
        other = self._create_product("A")
        self._create_floor(product_tmpl_id=other.product_tmpl_id.id, fixed_price=floor_a)
        self._create_floor(fixed_price=floor_b)
        values = {"reward_type": "discount", "discount_mode": "percent", "discount": 10, **reward}
        self._create_program(values)
        order = self._create_lines({"product_id": other.id, "price_unit": 1000}, {"price_unit": 100})
        self._claim(order)
        return order

    def test_percentage_of_one_product(self):
        """F16: 10 % on B only, A 1,000.00 is fine, B earns 90.00."""
        specific = {"discount_applicability": "specific", "discount_product_ids": [Command.set(self.product.ids)]}
        order = self._sell_two(specific)
        self.assertEqual(order.amount_untaxed, 1090)
        self._assert_floor(order, "ok", 1000)
        self._assert_floor(order, "below", 95, 5, index=1)

    def test_percentage_of_the_cheapest_line(self):
        order = self._sell_two({"discount_applicability": "cheapest"})
        self.assertEqual(order.amount_untaxed, 1090)
        self._assert_floor(order, "ok", 1000)
        self._assert_floor(order, "below", 95, 5, index=1)

    def test_more_than_its_product_is_for_the_whole_order(self):
        """Whoever raises a reward on a cheap product lowers the dear one too."""
        specific = {"discount_applicability": "specific", "discount_product_ids": [Command.set(self.product.ids)]}
        order = self._sell_two(specific, floor_b=0)
        order.sudo().order_line.filtered("reward_id").price_unit = -300
        self._assert_floor(order, "below", 1000, 200)
        self.assertAlmostEqual(self._evaluate(order)[1].net, 0)

    def test_a_reward_on_one_product_is_billed_as_ordered(self):
        self.env["account.chart.template"].try_loading("generic_coa", self.company, install_demo=False)
        self.company.currency_id = self.cny
        specific = {"discount_applicability": "specific", "discount_product_ids": [Command.set(self.product.ids)]}
        order = self._sell_two(specific, floor_b=90)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 1090))

    # === GIFT CARDS === #

    def _create_card(self, points=50, program_type="gift_card"):
        program = self.env["loyalty.program"].create(
            {
                "name": "Gift Cards",
                "program_type": program_type,
                "applies_on": "future",
                "trigger": "auto" if program_type == "ewallet" else "with_code",
                "company_id": self.company.id,
                "currency_id": self.cny.id,
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1,
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        partner_id = self.customer.id if program_type == "ewallet" else False
        return self.env["loyalty.card"].create(
            {"program_id": program.id, "points": points, "partner_id": partner_id, "code": f"sc-{program.id}"}
        )

    def _pay_by_card(self, order, card):
        order = order.sudo()
        if card.program_id.program_type == "gift_card":
            order._try_apply_code(card.code)
        else:
            order._update_programs_and_rewards()
        order._apply_program_reward(card.program_id.reward_ids, card)

    def test_gift_cards_and_wallets_pay(self):
        """F16: a gift card of 50.00 takes nothing off the price."""
        for program_type in ("gift_card", "ewallet"):
            with self.subTest(program_type=program_type):
                self.env["sale.price.floor"].search([]).unlink()
                self._create_floor(fixed_price=1000)
                order = self._create_lines({"price_unit": 1000})
                card = self._create_card(program_type=program_type)
                self._pay_by_card(order, card)
                self.assertEqual(order.amount_untaxed, 950)
                self._assert_floor(order, "ok", 1000)
                self.assertEqual(order._get_review_amount("untaxed"), 1000)
                order.action_confirm()
                self.assertEqual((order.state, order.on_hold, card.points), ("sale", False, 0))
                self._assert_floor(order, "ok", 1000)
                self.assertEqual(order._get_review_amount("total"), 1000)

    def test_a_card_that_is_charged_less_or_has_less_is_a_discount(self):
        self._create_floor(fixed_price=1000)
        card = self._create_card()
        forgeries = {
            "no card": {"coupon_id": False},
            "charged less": {"points_cost": 1},
            "more than it has": {"price_unit": -500, "points_cost": 500},
            "another product": {"product_id": self._create_product("Goodwill").id, "price_unit": -50},
        }
        for name, forged in forgeries.items():
            with self.subTest(name):
                order = self._create_lines({"price_unit": 1000})
                self._pay_by_card(order, card)
                order.sudo().order_line[1].write(forged)
                self._assert_floor(order, "below", 1000)
                self.assertLess(order._get_review_amount("untaxed"), 1000)

    def test_a_card_is_charged_by_confirming_only(self):
        self._create_floor(fixed_price=1000, enforcement="block")
        order = self._create_lines({"price_unit": 1000})
        self._pay_by_card(order, self._create_card())
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.sudo().write({"state": "sale"})

    def test_a_card_on_the_bill(self):
        self.env["account.chart.template"].try_loading("generic_coa", self.company, install_demo=False)
        self.company.currency_id = self.cny
        self._create_floor(fixed_price=1000, enforcement="block")
        order = self._create_lines({"price_unit": 1000})
        self._pay_by_card(order, self._create_card())
        order.action_confirm()
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 950))
