import doctest

from odoo.tests import BaseCase, tagged

from ..models import review_finding, transaction_state


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    """The examples in the plain-Python modules hold."""

    def test_review_finding(self):
        results = doctest.testmod(review_finding)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 5)

    def test_transaction_state(self):
        results = doctest.testmod(transaction_state)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 2)
