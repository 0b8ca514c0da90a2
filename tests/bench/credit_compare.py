"""The fifty situations of credit_situations.py in three databases: stock Odoo, OCA's financial risk, and ours.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/credit_compare.py                     # the table, in Markdown

Compared is one total: ours is the exposure, stock Odoo's its `credit` and `credit_to_invoice` (what its warning adds
up, credit limits being used), OCA's the risk total with every component counted (the way to count most right; draft
invoices are left out in the situation that says so). An opening delivery exists in ours only: the others have its
invoices. The exit code is 0 when ours is right in all, each component too.
"""

import argparse
import sys

from credit_situation import Figures
from credit_situations import SITUATIONS
from credit_world import World, rolled_back
from databases import (
    ADDONS,
    OCA_MODULES,
    add_arguments,
    configure,
    drop_databases,
    environment,
    fetch_oca,
    make_databases,
)

KITS = ("sale_mrp",)
SIDES = {"ours": (*KITS, *ADDONS), "stock": KITS, "oca": (*KITS, *OCA_MODULES)}


def get_stock_total(_world, customer):
    """Return what stock Odoo's credit warning adds up."""
    return customer.credit + customer.credit_to_invoice


def get_oca_total(world, customer):
    """Return OCA's risk total, every component counted, drafts unless the situation says that they do not."""
    flags = dict.fromkeys((include for _value, _limit, include in customer._risk_field_list()), True)
    customer.write(flags | {"risk_invoice_draft_include": world.counts_drafts})
    customer.env.flush_all()
    customer.invalidate_recordset()
    return customer.risk_total


def get_our_figures(_world, customer):
    """Return the components of our exposure."""
    return Figures(*(round(customer[f"credit_{name}"], 2) for name in Figures._fields))


def measure(name, read):
    """Return {number of a situation: what ``read(world, customer)`` says, or the error} in a database."""
    found = {}
    with environment(name) as env:
        world = World(env)
        env.cr.commit()  # the company stays, the situations do not
        for situation in SITUATIONS:
            with rolled_back(env):
                try:
                    found[situation.number] = read(world, world.build(situation))
                except Exception as error:  # noqa: BLE001: the others go on
                    found[situation.number] = error
        env.cr.rollback()  # what waits for a commit is of documents that are gone
    return found


def print_table(found):
    """Print one row per situation and how many each side has right."""
    right = dict.fromkeys(found, 0)
    print("| no | situation | AR | DNI | OPEN | exposure | ours | stock | OCA |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for situation in SITUATIONS:
        cells = []
        for side, totals in found.items():
            text, is_right = judge(situation, totals[situation.number])
            right[side] += is_right
            cells.append(text if is_right else f"**{text}**")
        figures = [f"{value:,.2f}" for value in (*situation.expected[:3], situation.expected.exposure)]
        print("|", " | ".join([situation.number, situation.title, *figures, *cells]), "|")
    counts = [f"{count} of {len(SITUATIONS)}" for count in right.values()]
    print("|", " | ".join(["", "right (wrong ones are bold)", "", "", "", "", *counts]), "|")
    return right


def judge(situation, value):
    """Return a cell and whether it is right; of ours every component has to be."""
    if isinstance(value, Exception):
        print(f"{situation.number}: {value}", file=sys.stderr)
        return "error", False
    if isinstance(value, Figures):
        return f"{value.exposure:,.2f}", value == situation.expected
    return f"{value:,.2f}", round(value - situation.expected.exposure, 2) == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, "sc_creditsit")
    arguments = parser.parse_args()
    fetch_oca()
    configure(arguments)
    names = make_databases(arguments, SIDES)
    try:
        readers = {"ours": get_our_figures, "stock": get_stock_total, "oca": get_oca_total}
        right = print_table({side: measure(name, readers[side]) for side, name in names.items()})
    finally:
        drop_databases(names)
    sys.exit(0 if right["ours"] == len(SITUATIONS) else "ours is wrong somewhere")


if __name__ == "__main__":
    main()
