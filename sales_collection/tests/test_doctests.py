from odoo.tests import tagged

from odoo.addons.sales_control.tests.doctest_common import DoctestCommon


@tagged("post_install", "-at_install")
class TestDoctests(DoctestCommon):
    """The examples in the modules hold."""

    def test_doctests(self):
        self.check_doctests("sales_collection")
