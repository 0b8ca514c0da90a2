"""Credit figures of thousands of customers, and what checking them costs at confirmation, in one run.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/credit_exposure.py                    # figures (both sizes) and confirmations
    "$PY" tests/bench/credit_exposure.py --only confirm --lines 10 100 --log

Figures: a list of 80 customers as a client reads it, in stock Odoo (`credit`, `credit_to_invoice`), with OCA's
financial risk (`risk_total`) and ours; the exposure of all customers, those over their limit, and the 80 that owe most.
Confirmations: `sale.order.action_confirm`, see statements.py: stock, OCA, sales_control, with sales_plan_credit, all.
"""

import argparse
import sys

from credit_data import Generator
from databases import (
    ADDONS,
    OCA_MODULES,
    add_arguments,
    best,
    configure,
    db,
    drop_databases,
    environment,
    fetch_oca,
    forget_statistics,
    make_databases,
    timed,
)
from statements import STATEMENTS_ALLOWED, measure, prepare

SIZES = {"small": (2000, 20000, 40000), "large": (10000, 50000, 166667)}  # customers, orders, invoices without order
CONFIRM_SIDES = {
    "stock": (),
    "oca": OCA_MODULES,
    "control": ("sales_control",),
    "credit": ("sales_plan_credit",),
    "all": ADDONS,
}
FIGURE_SIDES = {"stock": (), "oca": OCA_MODULES, "ours": ("sales_plan_credit",)}
LIST_FIELDS = {
    "stock": ["name", "credit", "credit_to_invoice"],
    "oca": ["name", "risk_total"],
    "ours": ["name", "credit_receivable", "credit_uninvoiced", "credit_undelivered", "credit_exposure",
             "credit_available", "credit_overdue_amount", "credit_overdue_days", "effective_credit_limit"],
}  # fmt: skip
STATEMENTS_OF_LIST = 6
SECONDS_OF_ALL = 1.0
CREDIT_STATEMENTS = 2  # more than sales_control alone, at confirmation


# ---------------------------------------------------------------- figures


def fill(name, size):
    """Fill a database; return the ids of its customers."""
    with environment(name) as env:
        ids = Generator(env, *size).run()
        if "credit.grade" in env:
            grade = env["credit.grade"].create({"name": "Bench", "code": "B", "credit_limit": 50000})
            env.ref("base.main_company").credit_default_grade_id = grade
        if "risk_total" in env["res.partner"]:
            flags = [include for _value, _limit, include in env["res.partner"]._risk_field_list()]
            env["res.partner"].browse(ids[:80]).write(dict.fromkeys(flags, True))
    db.execute("VACUUM ANALYZE", database=name)
    return ids


def turns(name, work, repeat):
    """Return the best (statements, seconds, seconds of Python) of ``work(env)``.

    Each turn has an empty cache, but for the user and his company, which every request has read.
    """
    results = []
    for turn in range(repeat + 1):
        with environment(name) as env:
            env.user.fetch()
            env.company.fetch()
            env.company.currency_id.fetch()
            result = timed(env.cr, lambda env=env: work(env))
            if turn:  # the first one warms the registry
                results.append(result)
    return best(results)


def measure_figures(arguments, size):
    """Return rows: (what, side, result) of the figures of customers."""
    rows = []
    names = make_databases(arguments, FIGURE_SIDES)
    try:
        for side, name in names.items():
            ids = fill(name, SIZES[size])
            figures = LIST_FIELDS[side]
            read = turns(name, lambda env, ids=ids, names=figures: env["res.partner"].browse(ids[:80]).read(names),
                         arguments.repeat)  # fmt: skip
            rows.append(("list of 80", side, read))
        rows += measure_sets(names["ours"], ids, arguments.repeat)
        forget_statistics(names["ours"])
        sets = measure_sets(names["ours"], ids, arguments.repeat)
        rows += [(f"{what}, without statistics", side, result) for what, side, result in sets]
        if arguments.explain:
            explain(names["ours"])
        print_sizes(size, names["ours"])
    finally:
        drop_databases(names)
    return rows


def measure_sets(name, ids, repeat):
    """Return the rows of what is asked of all customers at once."""

    def exposures(env):
        env["res.partner"].browse(ids)._get_credit_positions(env.company)

    def every(env):
        env["credit.exposure.report"]._flush_exposure()
        env.execute_query(env["credit.exposure.report"]._get_position_query(env.company))

    def over_limit(env):
        env["res.partner"].search([("credit_available", "<", 0)], limit=80)

    def by_exposure(env):
        env["res.partner"].search([("is_company", "=", True)], order="credit_exposure desc", limit=80)

    def rows(env):
        env["credit.exposure.report"]._read_group([], ["component"], ["amount:sum"])

    asked = {
        f"exposure of {len(ids)} customers, as records": exposures,
        f"exposure of {len(ids)} customers, the query": every,
        "over their limit, first 80": over_limit,
        "sorted by exposure, first 80": by_exposure,
        "report, by component": rows,
    }
    return [(what, "ours", turns(name, work, repeat)) for what, work in asked.items()]


def explain(name):
    """Print how PostgreSQL finds the exposure of all customers."""
    with environment(name) as env:
        env.cr.execute("SET max_parallel_workers_per_gather TO 0")
        query = env["credit.exposure.report"]._get_position_query(env.company)
        env.cr.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query.code}", query.params)
        print("\n".join(line for (line,) in env.cr.fetchall()))


def print_sizes(size, name):
    with environment(name) as env:
        counts = []
        for table in ("res_partner", "sale_order", "sale_order_line", "account_move", "account_move_line"):
            env.cr.execute(f"SELECT count(*) FROM {table}")  # pylint: disable=sql-injection
            counts.append(f"{table} {env.cr.fetchone()[0]:,}")
    print(f"\n{size}: " + ", ".join(counts))


def print_figures(rows):
    print("\n| asked | of | statements | ms | ms of Python |\n|---|---|---:|---:|---:|")
    for what, side, (count, seconds, cpu) in rows:
        print(f"| {what} | {side} | {count} | {seconds * 1000:.1f} | {cpu * 1000:.1f} |")


def check_figures(rows):
    """Return what misses its target."""
    wrong = []
    for what, side, (count, seconds, _cpu) in rows:
        if side == "ours" and what == "list of 80" and count > STATEMENTS_OF_LIST:
            wrong.append(f"{what}: {count} statements")
        if "the query" in what and (seconds > SECONDS_OF_ALL or count > 1):
            wrong.append(f"{what}: {count} statements, {seconds:.2f} s")
    return wrong


# ---------------------------------------------------------------- confirmations


def measure_confirmations(arguments):
    """Return {lines: {side: result}} of confirming a small order."""
    names = make_databases(arguments, CONFIRM_SIDES)
    try:
        ids = {side: prepare(name) for side, name in names.items()}
        return {
            lines: measure(names, ids, "small", lines, arguments.repeat, arguments.log) for lines in arguments.lines
        }
    finally:
        drop_databases(names)


def print_confirmations(found):
    print("\n| lines | side | statements | over stock | ms | ratio | ms of Python | ratio |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for lines, sides in found.items():
        stock = sides["stock"]
        for side, (count, seconds, cpu) in sides.items():
            times = f"{seconds * 1000:.0f} | {seconds / stock[1]:.2f} | {cpu * 1000:.0f} | {cpu / stock[2]:.2f}"
            print(f"| {lines} | {side} | {count} | {count - stock[0]} | {times} |")


def check_confirmations(found):
    """Return what misses its target: few statements more, the same for every number of lines."""
    wrong = []
    for more, less, allowed in (
        ("credit", "control", CREDIT_STATEMENTS),
        ("all", "stock", STATEMENTS_ALLOWED["small"]),
    ):
        surplus = {lines: sides[more][0] - sides[less][0] for lines, sides in found.items()}
        if len(set(surplus.values())) > 1 or max(surplus.values()) > allowed:
            wrong.append(f"{more} over {less}: {surplus} statements, {allowed} allowed")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, "sc_creditexp")
    parser.add_argument("--only", choices=["figures", "confirm"])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--lines", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--repeat", type=int, default=5, help="turns after the first, which warms the caches")
    parser.add_argument("--explain", action="store_true", help="print the plan of the exposure of all customers")
    parser.add_argument("--log", action="store_true", help="print the statements that differ at confirmation")
    arguments = parser.parse_args()
    fetch_oca()
    configure(arguments)
    wrong = []
    for size in arguments.sizes if arguments.only != "confirm" else ():
        rows = measure_figures(arguments, size)
        print_figures(rows)
        wrong += check_figures(rows)
    if arguments.only != "figures":
        found = measure_confirmations(arguments)
        print_confirmations(found)
        wrong += check_confirmations(found)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
