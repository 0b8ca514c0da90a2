"""Points pytest-odoo at the configuration that setup/test writes, orders the tests and prints a summary."""

import os
import pathlib
from collections import Counter

WORK = pathlib.Path(os.environ.get("SALES_CONTROL_WORK", pathlib.Path(__file__).parent / ".work"))

# pytest-odoo reads this when it parses its options.
os.environ.setdefault("ODOO_RC", str(WORK / "sc_test.conf"))


# They start servers or databases of their own, or take a minute: begun last, they would keep one core busy alone.
LONGEST = ("test_demo.py", "test_dunning_crash.py", "test_dunning_race.py", "test_uninstall.py", "test_credit_race.py",
           "test_dunning_situations.py", "test_credit_situations.py", "test_http_redline_bills.py")  # fmt: skip


def pytest_collection_modifyitems(config, items):
    """Where the files are shared among processes, order them: the longest first, then by their number of tests."""
    if config.getoption("dist", "no") != "loadfile":
        return
    sizes = Counter(item.path for item in items)

    def rank(item):
        name = item.path.name
        return (LONGEST.index(name) if name in LONGEST else len(LONGEST), -sizes[item.path], str(item.path))

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter):
    """Say how long the steps before the tests took, and what was not run and why."""
    for title, variable in (("before the tests", "SALES_CONTROL_STEPS"), ("not run", "SALES_CONTROL_NOT_RUN")):
        if os.environ.get(variable):
            terminalreporter.section(title)
            terminalreporter.write_line(os.environ[variable])
