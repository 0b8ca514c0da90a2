import doctest
import importlib.util
import pkgutil

from odoo.tests import BaseCase, tagged

ADDON = __package__.rpartition(".")[0]
FOLDERS = ("controllers", "models", "report", "tools", "wizards")


def find_modules():
    """Return all modules of this addon that may have examples."""
    folders = [f"{ADDON}.{folder}" for folder in FOLDERS if importlib.util.find_spec(f"{ADDON}.{folder}")]
    return [
        importlib.import_module(info.name)
        for folder in folders
        for info in pkgutil.walk_packages(importlib.import_module(folder).__path__, f"{folder}.")
    ]


@tagged("post_install", "-at_install")
class TestDoctests(BaseCase):
    def test_examples_in_docstrings(self):
        attempted = 0
        for module in find_modules():
            with self.subTest(module=module.__name__):
                result = doctest.testmod(module)
                self.assertEqual(result.failed, 0)
                attempted += result.attempted
        self.assertGreater(attempted, 30)
