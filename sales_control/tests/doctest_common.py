import doctest
import importlib
import pkgutil

from odoo.tests import BaseCase

PARTS = ("models", "tools", "report", "wizards", "controllers")


def find_modules(addon):
    """Return the Python modules of an addon that may hold examples: of whatever package of `PARTS` it has."""
    root = importlib.import_module(f"odoo.addons.{addon}")
    for part in pkgutil.iter_modules(root.__path__, f"{root.__name__}."):
        if part.name.rpartition(".")[2] in PARTS:
            package = importlib.import_module(part.name)
            yield package
            for module in pkgutil.walk_packages(package.__path__, f"{part.name}."):
                yield importlib.import_module(module.name)


def find_doctests(addon):
    """Return the examples in the docstrings of an addon.

    :return: dict, name of the module -> list of `doctest.DocTest`; modules that hold any
    """
    finder = doctest.DocTestFinder()
    found = {module.__name__: [test for test in finder.find(module) if test.examples] for module in find_modules(addon)}
    return {name: tests for name, tests in found.items() if tests}


class DoctestCommon(BaseCase):
    """Runs the examples of an addon; Odoo's runner knows no others than methods of tagged classes."""

    def check_doctests(self, addon):
        """Fail for every module of ``addon`` in which an example does not hold, and when there are no examples."""
        found = find_doctests(addon)
        self.assertTrue(found, f"no examples in {addon}")
        for name, tests in found.items():
            with self.subTest(module=name):
                runner, report = doctest.DocTestRunner(verbose=False), []
                for test in tests:
                    runner.run(test, out=report.append)
                self.assertFalse(report, "".join(report))
