import doctest

from odoo.tests import BaseCase, tagged

from ..models import credit_kernel


@tagged("post_install", "-at_install")
class TestCreditKernel(BaseCase):
    def test_examples_in_docstrings(self):
        result = doctest.testmod(credit_kernel)
        self.assertGreater(result.attempted, 0)
        self.assertEqual(result.failed, 0)
