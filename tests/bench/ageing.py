"""Aged receivables over 100,000 open items, today and on a day in the past.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/ageing.py

The items of dunning_data.py. What the screens ask for is read in a transaction of its own each, with the caches of Python
warm: CPU of Python and of the PostgreSQL process behind it, statements and time. The exit code says whether one of
them takes longer than it may; time is judged by CPU, because other work on the machine slows the clock.
"""

import argparse
import sys
from datetime import timedelta

from databases import add_arguments, configure, drop_databases, forget_statistics, make_databases
from dunning import SIDES, SIZES, Meter, fill

from odoo import fields

SECONDS = {"by_customer_and_bucket": 1.5}  # 0.5 for the rest
BLIND = 4  # times as long without statistics
TURNS = 3
PAST = 60  # days
SUMS = ["amount:sum", "amount_overdue:sum"]
PAGE = {name: {} for name in ("document", "date_maturity", "days_overdue", "bucket", "amount", "amount_overdue")}


def by_customer(report):
    """The list as it opens: customers, each with his sums."""
    return report.formatted_read_group([], ["partner_id"], ["__count", *SUMS], limit=80)


def by_customer_and_bucket(report):
    """The pivot of everything."""
    return report.formatted_read_group([], ["partner_id", "bucket"], SUMS)


def by_bucket(report):
    """The graph."""
    return report.formatted_read_group([], ["bucket"], SUMS)


def first_page(report):
    """The list without groups, with the number of all items."""
    return report.web_search_read([], PAGE, limit=80)


def last_page(report):
    return report.web_search_read([], PAGE, offset=90000, limit=80)


def disputed(report):
    """A filter."""
    return report.web_search_read([("is_disputed", "=", True)], PAGE, limit=80)


def worklist(report):
    """Whom to call: the first page."""
    return report.env["collection.worklist"].web_search_read([], {"partner_id": {}}, limit=80)


WORK = (by_customer, by_customer_and_bucket, by_bucket, first_page, last_page, disputed, worklist)


def get_report(env, days):
    """Return the report as of some days ago."""
    company = env.ref("base.main_company")
    day = fields.Date.today() - timedelta(days=days)
    return env["receivable.ageing"].with_context(allowed_company_ids=company.ids, ageing_date=day)


def measure(arguments, name):
    """Measure in a database, with and without PostgreSQL's statistics of it, and return what takes too long."""
    slow = measure_work(arguments, name)
    forget_statistics(name)
    print("\nWithout statistics:\n")
    return slow + measure_work(arguments, name, BLIND)


def measure_work(arguments, name, patience=1):
    meter = Meter(name, [], arguments)
    slow = []
    print("| as of | what | statements | CPU (s) | Python | PostgreSQL | wall (s) |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for days in (0, PAST):
        for work in WORK:
            for _turn in range(TURNS):
                meter.measure(work.__name__, lambda env, work=work, days=days: work(get_report(env, days)))
            row = min(meter.results[-TURNS:], key=lambda result: result.cpu)
            times = " | ".join(f"{value:.2f}" for value in (row.cpu, row.python, row.postgres, row.wall))
            print(f"| {days} days ago | {row.what.replace('_', ' ')} | {row.statements} | {times} |", flush=True)
            allowed = SECONDS.get(row.what, 0.5) * patience
            if row.cpu > allowed:
                slow.append(f"{row.what}, {days} days ago: {row.cpu:.2f} s, {allowed} allowed")
    return slow


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, "sc_ageing")
    parser.add_argument("--size", choices=SIZES, default="large")
    parser.add_argument("--profile", action="store_true", help="print where the time goes (which takes time itself)")
    parser.add_argument("--log", action="store_true", help="print every statement")
    parser.add_argument("--keep", action="store_true", help="leave the database there")
    parser.add_argument("--database", help="measure in this one, made before with --keep")
    arguments = parser.parse_args()
    configure(arguments)
    if arguments.database:
        sys.exit("\n".join(measure(arguments, arguments.database)) or 0)
    names = make_databases(arguments, {"ours": SIDES["ours"]})
    try:
        fill(names["ours"], arguments.size)
        slow = measure(arguments, names["ours"])
    finally:
        if not arguments.keep:
            drop_databases(names)
    sys.exit("\n".join(slow) or 0)


if __name__ == "__main__":
    main()
