"""Points pytest-odoo at the configuration that setup/test writes, and prints its summary."""

import os
import pathlib

WORK = pathlib.Path(os.environ.get("SALES_CONTROL_WORK", pathlib.Path(__file__).parent / ".work"))

# pytest-odoo reads this when it parses its options.
os.environ.setdefault("ODOO_RC", str(WORK / "sc_test.conf"))


def pytest_terminal_summary(terminalreporter):
    """Say how long the steps before the tests took, and what was not run and why."""
    for title, variable in (("before the tests", "SALES_CONTROL_STEPS"), ("not run", "SALES_CONTROL_NOT_RUN")):
        if os.environ.get(variable):
            terminalreporter.section(title)
            terminalreporter.write_line(os.environ[variable])
