import doctest
import importlib
import pkgutil

from odoo.tests import BaseCase, tagged

from odoo.addons import sales_collection


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    """The examples in the docstrings hold, in whichever module they stand."""

    def test_examples(self):
        attempted = 0
        for module in self._get_modules():
            results = doctest.testmod(module)
            attempted += results.attempted
            with self.subTest(module=module.__name__):
                self.assertEqual(results.failed, 0)
        self.assertGreater(attempted, 50)

    def _get_modules(self):
        """Yield all modules of the addon but its tests."""
        root = f"{sales_collection.__name__}."
        for package in ("models", "report", "tools", "wizards"):
            path = [f"{folder}/{package}" for folder in sales_collection.__path__]
            for info in pkgutil.walk_packages(path, f"{root}{package}."):
                yield importlib.import_module(info.name)
