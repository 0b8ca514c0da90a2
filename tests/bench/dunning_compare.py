"""The situations of dunning_situations.py in three databases: ours, stock Odoo, and OCA's account_credit_control.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/dunning_compare.py                    # the table, in Markdown

Compared is what the customer is asked for by the letters of the last run. Stock Odoo writes no letters: of it, the overdue
invoices that the customer finds in the portal. The exit code is 0 when ours is right in all.
"""

import argparse
import sys
from collections import defaultdict

from credit_world import rolled_back
from databases import (
    OCA_DUNNING_MODULES,
    add_arguments,
    configure,
    drop_databases,
    environment,
    fetch_oca,
    make_databases,
)
from dunning_situations import SITUATIONS
from dunning_systems import Oca, Ours
from dunning_world import DunningWorld

from odoo import fields

SIDES = {"ours": ("sales_collection",), "stock": (), "oca": OCA_DUNNING_MODULES}


class Stock:
    """Stock Odoo: no runs and no letters; a customer sees his overdue invoices in the portal."""

    def __init__(self, env):
        self.env = env

    def set_up(self, company, ladder):
        """There is nothing to set up."""

    def create_run(self, company, date):
        """Return the company, in place of a run."""
        return company

    def compute(self, run):
        """There is nothing to propose."""

    def send(self, run):
        """Return the overdue invoices of the company, as the portal finds them."""
        domain = [
            ("company_id", "=", run.id),
            ("state", "=", "posted"),
            ("move_type", "in", ("out_invoice", "out_receipt")),
            ("payment_state", "not in", ("in_payment", "paid", "reversed", "blocked", "invoicing_legacy")),
            ("invoice_date_due", "<", fields.Date.today()),
        ]
        return self.env["account.move"].search(domain)

    def get_claims(self, moves):
        """Return what they leave open: ``{(customer, name of a currency): amount}``."""
        asked = defaultdict(float)
        for move in moves:
            asked[move.partner_id, move.currency_id.name] += move.amount_residual
        return dict(asked)


SYSTEMS = {"ours": Ours, "stock": Stock, "oca": Oca}


def measure(name, system, situations):
    """Return {title of a situation: what the customer is asked for, or the error} in a database."""
    found = {}
    with environment(name) as env:
        world = DunningWorld(env, system)
        env.cr.commit()  # the company stays, the situations do not
        for situation in situations:
            with rolled_back(env):
                try:
                    found[situation.title] = world.build(situation)
                except Exception as error:  # noqa: BLE001: the others go on
                    print(f"{name}, {situation.title}: {error}", file=sys.stderr)
                    found[situation.title] = None
        env.cr.rollback()  # what waits for a commit is of documents that are gone
    return found


def print_table(found, situations):
    """Print a row per situation, wrong cells bold; return how many each side has right."""
    right = dict.fromkeys(found, 0)
    known = dict.fromkeys(found, 0)
    print("| situation | expected |", " | ".join(found), "|")
    print("|---|---:|" + "---:|" * len(found))
    for situation in situations:
        cells = []
        for side, claims in found.items():
            is_right = claims[situation.title] == situation.expected
            right[side] += is_right
            known[side] += is_right and not situation.lacks
            text = describe(claims[situation.title])
            cells.append(text if is_right else f"**{text}**")
        title = f"{situation.title} ({situation.lacks})" if situation.lacks else situation.title
        print("|", " | ".join([title, describe(situation.expected), *cells]), "|")
    plain = sum(not situation.lacks for situation in situations)
    print("| right | |", " | ".join(f"{count} of {len(situations)}" for count in right.values()), "|")
    print("| right, of those that need only levels | |", " | ".join(f"{n} of {plain}" for n in known.values()), "|")
    return right


def describe(claims):
    """Return the text of a cell."""
    if claims is None:
        return "error"
    return ", ".join(f"{key} {amount:,.2f}" for key, amount in sorted(claims.items())) or "nothing"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, "sc_dunningsit")
    parser.add_argument("--only", default="", help="situations whose title contains this")
    arguments = parser.parse_args()
    situations = [situation for situation in SITUATIONS if arguments.only in situation.title]
    fetch_oca()
    configure(arguments)
    names = make_databases(arguments, SIDES)
    try:
        right = print_table(
            {side: measure(name, SYSTEMS[side], situations) for side, name in names.items()}, situations
        )
    finally:
        drop_databases(names)
    sys.exit(0 if right["ours"] == len(situations) else "ours is wrong somewhere")


if __name__ == "__main__":
    main()
