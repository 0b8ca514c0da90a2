from odoo.tests import tagged

from odoo.addons.sales_control.tests.doctest_common import DoctestCommon, find_doctests


@tagged("post_install", "-at_install")
class TestDoctests(DoctestCommon):
    """The examples in the modules hold, and none is overlooked."""

    def test_doctests(self):
        self.check_doctests("sales_redline_pricing")

    def test_tools_are_walked(self):
        names = [name.rpartition(".")[2] for name in find_doctests("sales_redline_pricing")]
        self.assertLessEqual({"floors", "priced_line", "rounding"}, set(names))
