from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from ..common import ReviewCommon


@tagged("post_install", "-at_install")
class TestReviewRuns(ReviewCommon):
    """How often the findings of an order are looked for: every addon adds its own to each time."""

    @contextmanager
    def _expect_runs(self, count):
        model = self.registry["sale.order"]
        find, runs = model._get_review_findings, []

        def note(orders, stage):
            runs.extend(orders.ids and [stage])
            return find(orders, stage)

        with patch.object(model, "_get_review_findings", note):
            yield
        self.assertEqual(len(runs), count, runs)

    def test_reading_the_form(self):
        """Banner and button are made of one look; warnings and later findings included."""
        order = self._create_order(60000)
        order.invalidate_recordset()
        with self._expect_runs(1):
            values = order.read(["review_banner", "can_request_review", "review_state"])
        self.assertIn("60,000.00", values[0]["review_banner"])
        self.assertTrue(values[0]["can_request_review"])

    def test_confirming(self):
        """What waits is found before core confirms; the guard looks again at what core made of the order."""
        order = self._create_order(100)
        with self._expect_runs(2):
            order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_asking(self):
        order = self._create_order(60000)
        with self._expect_runs(1):
            order.action_confirm()
        self.assertEqual(order.review_state, "pending")

    def test_last_approval(self):
        """The decision, Confirm and the guard."""
        order = self._create_order(60000)
        order.action_confirm()
        review = order.order_review_ids.with_user(self.user_m)
        with self._expect_runs(3):
            review.action_approve()
        self.assertEqual((order.state, order.review_state, order.on_hold), ("sale", "approved", False))
