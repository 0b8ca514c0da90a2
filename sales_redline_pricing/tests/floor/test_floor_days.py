from freezegun import freeze_time

from odoo.tests import tagged

from ..common import FloorCommon

# In Shanghai the last second of the 31st of March, and half past midnight of the 1st of April; in UTC both are the 31st.
BEFORE_MIDNIGHT = "2026-03-31 15:59:59"
AFTER_MIDNIGHT = "2026-03-31 16:30:00"


@tagged("post_install", "-at_install")
class TestFloorDays(FloorCommon):
    """Red lines of 80 until March and of 95 from April on, where the company is: in Shanghai."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls._create_floor(fixed_price=80, date_end="2026-03-31")
        cls._create_floor(fixed_price=95, date_start="2026-04-01")

    def _create_rates(self):
        rates = [
            {"currency_id": self.usd.id, "company_id": self.company.id, "name": name, "rate": rate}
            for name, rate in (("2026-01-01", 0.125), ("2026-04-01", 0.1))
        ]
        self.env["res.currency.rate"].create(rates)

    def test_april_begins_at_midnight(self):
        for moment, state, floor in ((BEFORE_MIDNIGHT, "ok", 80), (AFTER_MIDNIGHT, "below", 95)):
            for tz in (False, "Pacific/Kiritimati", "America/New_York"):
                with self.subTest(moment=moment, tz=tz), freeze_time(moment):
                    order = self._create_lines({"price_unit": 90}).with_context(tz=tz)
                    self._assert_floor(order, state, floor)
                    self.assertEqual(order.order_line.floor_state, state)

    def test_april_holds_the_order_at_midnight(self):
        with freeze_time(BEFORE_MIDNIGHT):
            order = self._create_lines({"price_unit": 90})
        with freeze_time(AFTER_MIDNIGHT):
            order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))

    def test_rate_of_the_day(self):
        """USD 9.00 are 72 at the rate of March, and 90 at that of April: 5 are missing, not 23."""
        self._create_rates()
        pricelist = self.env["product.pricelist"].create({"name": "USD", "currency_id": self.usd.id})
        with freeze_time(AFTER_MIDNIGHT):
            order = self._create_lines({"price_unit": 9}, pricelist_id=pricelist.id)
            self._assert_floor(order, "below", 95, 5)
            [finding] = order._get_review_findings("confirm")[order]
            self.assertEqual(finding.measure, 5)
        with freeze_time(BEFORE_MIDNIGHT):
            order = self._create_lines({"price_unit": 9}, pricelist_id=pricelist.id)
            self._assert_floor(order, "below", 80, 8)

    def test_day_of_the_confirmation_stays(self):
        with freeze_time(BEFORE_MIDNIGHT):
            order = self._create_lines({"price_unit": 90})
            order.action_confirm()
            self.assertEqual((order.state, str(order.confirmed_on)), ("sale", "2026-03-31"))
        with freeze_time(AFTER_MIDNIGHT):
            self._assert_floor(order, "ok", 80)
