import doctest

from odoo.tests import BaseCase, tagged

from ..models import bulk_sql, dunning_kernel, interest_kernel


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    """The examples in the plain-Python modules hold."""

    def test_dunning_kernel(self):
        results = doctest.testmod(dunning_kernel)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 12)

    def test_interest_kernel(self):
        results = doctest.testmod(interest_kernel)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 12)

    def test_bulk_sql(self):
        results = doctest.testmod(bulk_sql)
        self.assertEqual(results.failed, 0)
        self.assertGreater(results.attempted, 1)
