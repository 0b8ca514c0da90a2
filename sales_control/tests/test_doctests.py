from odoo.tests import tagged

from .doctest_common import DoctestCommon, find_doctests


@tagged("post_install", "-at_install")
class TestDoctests(DoctestCommon):
    """The examples in the modules hold, and none is overlooked."""

    def test_doctests(self):
        self.check_doctests("sales_control")

    def test_modules_in_folders_are_walked(self):
        names = [name.rpartition(".")[2] for name in find_doctests("sales_control")]
        self.assertLessEqual({"dso", "finding", "judgement"}, set(names))
