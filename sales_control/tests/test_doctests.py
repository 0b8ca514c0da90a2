import doctest

from odoo.tests import BaseCase, tagged

from ..models import dso_kernel, review_finding, transaction_state


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    """The examples in the plain-Python modules hold."""

    def test_dso_kernel(self):
        results = doctest.testmod(dso_kernel)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 2)

    def test_review_finding(self):
        results = doctest.testmod(review_finding)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 5)

    def test_transaction_state(self):
        results = doctest.testmod(transaction_state)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 2)
