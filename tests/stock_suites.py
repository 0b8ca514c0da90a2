#!/usr/bin/env python3
"""Run Odoo's own test suites without and with our addons, and compare test by test.

    . setup/common.sh && prepare && "$PY" tests/stock_suites.py [--tags /sale,/sale_management]

Needs the template database that ./setup/test makes. Takes a quarter of an hour and more for each of
the two runs, since some of the tests install charts of accounts; so it stands beside ./setup/test.
Exits with 1 if a test passes without our addons and not with them.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parent.parent
WORK = pathlib.Path(os.environ.get("SALES_CONTROL_WORK", REPO / ".work"))
ADDONS = sorted(path.parent.name for path in REPO.glob("*/__manifest__.py"))
TAGS = "/sale,/sale_management,/sale_stock"

STARTED = re.compile(r" INFO \S+ (?P<module>odoo\.addons\.\S+): Starting (?P<test>\S+) ?\.\.\.")
# "FAIL: TestA.test_b", also "FAIL: Subtest TestA.test_b ..." and "ERROR: setUpClass (....TestA)".
BROKEN = re.compile(
    r" (?:ERROR|INFO) \S+ (?P<module>odoo\.addons\.\S+): (?P<kind>FAIL|ERROR): (?:Subtest )?(?P<test>\S+(?: \(.*\))?)"
)
SKIPPED = re.compile(r" INFO \S+ (?P<module>odoo\.addons\.\S+): skipped (?P<test>\S+)")


def tool(*arguments):
    subprocess.run([sys.executable, REPO / "setup" / "db.py", *arguments], check=True)


def find_template():
    """Return the name of the template database that setup/test made last."""
    names = [path.stem for path in sorted(WORK.glob("sc_core_*.conf"), key=lambda path: path.stat().st_mtime)]
    return os.environ.get("SALES_CONTROL_TEMPLATE") or (names or [""])[-1] or sys.exit("Run ./setup/test first")


def odoo(database, log, *arguments):
    config = WORK / f"{find_template()}.conf"
    command = [sys.executable, "-m", "odoo", "-c", config, "-d", database, "--db-filter", f"^{database}$"]
    with open(log, "w", encoding="utf-8") as file:
        return subprocess.run([*command, "--stop-after-init", *arguments], stdout=file, stderr=file, check=False)


def run(label, addons, options):
    """Return {test: "passed", "skipped" or what it failed with} of one run on a clone of the core stack."""
    database = f"sc_stock_{label}"
    log = WORK / "log" / f"stock-suites-{label}.log"
    tool("clone", find_template(), database)
    print(f"Running {options.tags} {label} our addons; the log: {log}", flush=True)
    start = time.monotonic()
    if addons and odoo(database, log, "--no-http", "-i", ",".join(addons)).returncode:
        sys.exit(f"The addons do not install, see {log}")
    # Modules are not updated: post_install tests run on what is installed.
    odoo(database, log, "--test-tags", options.tags, "--http-port", str(options.port))
    print(f"  took {time.monotonic() - start:.0f} s", flush=True)
    tool("drop", database)
    return read_results(log.read_text(encoding="utf-8"))


def read_results(text):
    results = {}
    for line in text.splitlines():
        if match := STARTED.search(line):
            results[f"{match['module']}: {match['test']}"] = "passed"
        elif match := SKIPPED.search(line):
            results[f"{match['module']}: {match['test']}"] = "skipped"
        elif match := BROKEN.search(line):
            results[f"{match['module']}: {match['test']}"] = match["kind"].lower()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", default=TAGS, help=f"Odoo's test tags (default {TAGS})")
    parser.add_argument("--port", type=int, default=8079, help="HTTP port for tours (default 8079)")
    options = parser.parse_args()
    without, with_ours = run("without", [], options), run("with", ADDONS, options)
    regressions = []
    print(f"{'without':<10}{'with':<10}test (those that do not pass in both)")
    for test in sorted(without | with_ours):
        before, after = without.get(test, "not run"), with_ours.get(test, "not run")
        if (before, after) != ("passed", "passed"):
            print(f"{before:<10}{after:<10}{test}")
        # A class whose set-up fails has no test that starts.
        if (before == "passed" and after != "passed") or (before == "not run" and after in ("fail", "error")):
            regressions.append(test)
    for label, results in (("without", without), ("with", with_ours)):
        counts = {kind: list(results.values()).count(kind) for kind in ("passed", "fail", "error", "skipped")}
        print(f"{label:<10}" + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    print(f"{len(regressions)} tests pass without our addons and not with them")
    sys.exit(1 if regressions or not without else 0)


if __name__ == "__main__":
    main()
