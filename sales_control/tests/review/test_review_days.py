from datetime import date, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from ..common import ReviewCommon

# The 1st of April, 00:30, in Shanghai; still the 31st of March in UTC.
AFTER_MIDNIGHT = "2026-03-31 16:30:00"
FAR_EAST = "Pacific/Kiritimati"


@tagged("post_install", "-at_install")
class TestReviewDays(ReviewCommon):
    """Which day it is for a review: the company's, whatever timezone the caller's context names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"

    def _create_delegation(self, start, end):
        return self.env["sale.review.delegation"].create(
            {"user_id": self.user_m.id, "delegate_id": self.user_d.id, "date_start": start, "date_end": end}
        )

    def _get_deciders(self, **context):
        step = self._create_order(60000).with_user(self.user_s)
        step.action_confirm()
        return list(step.sudo().with_context(**context).order_review_ids.step_ids[0]._get_deciders())

    def test_delegation_begins_with_the_companys_day(self):
        with freeze_time(AFTER_MIDNIGHT):
            self._create_delegation("2026-04-01", "2026-04-01")
            self.assertIn(self.user_d, self._get_deciders())

    def test_delegation_of_tomorrow_waits_for_it(self):
        with freeze_time("2026-03-31 12:00:00"):
            self._create_delegation("2026-04-01", "2026-04-05")
            self.assertNotIn(self.user_d, self._get_deciders(tz=FAR_EAST))  # the 1st of April there
            elsewhere = self.user_d.with_context(tz=FAR_EAST)
            self.assertFalse(self.env["sale.review.delegation"]._get_current_principals(elsewhere))

    def test_new_delegation_begins_on_the_companys_day(self):
        with freeze_time(AFTER_MIDNIGHT):
            values = self.env["sale.review.delegation"].with_context(tz="UTC").default_get(["date_start", "date_end"])
            self.assertEqual(values, {"date_start": date(2026, 4, 1), "date_end": date(2026, 4, 1)})

    def test_validity_counts_from_the_companys_day(self):
        self.rule.validity_days = 10
        with freeze_time(AFTER_MIDNIGHT):
            order = self._create_order(60000).with_user(self.user_s)
            order.action_request_review()
            review = order.sudo().order_review_ids
            review.with_user(self.user_m).with_context(tz="UTC").action_approve()
            self.assertEqual(review.valid_until, date(2026, 4, 11))

    def test_day_of_confirmation_is_the_companys(self):
        with freeze_time(AFTER_MIDNIGHT):
            order = self._create_order(100)
            order.with_context(tz="America/Los_Angeles").action_confirm()
            self.assertEqual(order.confirmed_on, date(2026, 4, 1))
            confirmed = self.env["sale.order"].create({"partner_id": self.customer.id, "state": "sale"})
            self.assertEqual(confirmed.confirmed_on, date(2026, 4, 1))

    def test_confirming_again_dates_nothing_anew(self):
        with freeze_time(AFTER_MIDNIGHT):
            order = self._create_order(100)
            order.action_confirm()
        with freeze_time(AFTER_MIDNIGHT) as clock:
            clock.tick(timedelta(days=30))
            order.write({"state": "sale"})
            self.assertEqual(order.confirmed_on, date(2026, 4, 1))
            order._action_cancel()
            order.action_draft()
            self.assertFalse(order.confirmed_on)

    def test_rate_of_an_amount_is_that_of_the_companys_day(self):
        for day, rate in (("2026-03-31", 0.10), ("2026-04-01", 0.20)):
            self.env["res.currency.rate"].create(
                {"currency_id": self.usd.id, "company_id": self.company.id, "name": day, "rate": rate}
            )
        with freeze_time(AFTER_MIDNIGHT):
            order = self._create_order(10000)
            order.sudo().currency_id = self.usd
            elsewhere = order.with_context(tz="America/Los_Angeles")
            self.assertAlmostEqual(elsewhere._get_review_amount("untaxed"), 50000)

    def test_orders_of_two_companies_confirm_on_two_days(self):
        other = self.env["res.company"].create({"name": "West Coast", "currency_id": self.cny.id})
        other.partner_id.tz = "America/Los_Angeles"
        self.env.user.company_ids |= other
        partner = self.env["res.partner"].create({"name": "Everybody's"})
        orders = self.env["sale.order"].with_context(allowed_company_ids=(self.company | other).ids)
        with freeze_time(AFTER_MIDNIGHT):
            orders = orders.create([{"partner_id": partner.id, "company_id": one.id} for one in self.company | other])
            orders.write({"state": "sale"})
            self.assertEqual(orders.mapped("confirmed_on"), [date(2026, 4, 1), date(2026, 3, 31)])
