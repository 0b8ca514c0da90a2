"""What lines of notices save by two columns without a foreign key (`UncheckedMany2one`).

    "$PY" tests/bench/dunning.py --sizes small --no-oca --keep
    "$PY" tests/bench/dunning_keys.py

The lines that the bench has left are inserted again by one statement, as they are and with foreign keys on the two columns, in
turn; all of it is rolled back. PostgreSQL says how long its checks take.
"""

import argparse

from databases import add_arguments, best, configure, environment

from odoo.tools import SQL

ROWS = 20000
TURNS = 5
COLUMNS = {"currency_id": "res_currency", "level_id": "dunning_level"}


def add_keys(cr):
    for column, table in COLUMNS.items():
        query = "ALTER TABLE dunning_notice_line ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (id)"
        cr.execute(SQL(query, *map(SQL.identifier, (f"bench_{column}", column, table))))


def insert(cr, with_keys):
    """Return (milliseconds of the statement, rows) of inserting lines that are there already."""
    if with_keys:
        add_keys(cr)
    cr.execute(SQL("CREATE TEMP TABLE kept AS SELECT * FROM dunning_notice_line ORDER BY id LIMIT %s", ROWS))
    cr.execute("DELETE FROM dunning_notice_line WHERE id IN (SELECT id FROM kept)")
    cr.execute("EXPLAIN (ANALYZE, FORMAT JSON) INSERT INTO dunning_notice_line SELECT * FROM kept")
    milliseconds = cr.fetchone()[0][0]["Execution Time"]
    cr.execute("SELECT COUNT(*) FROM kept")
    rows = cr.fetchone()[0]
    cr.rollback()
    return milliseconds, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, "sc_dunning")
    arguments = parser.parse_args()
    configure(arguments)
    with environment(f"{arguments.prefix}_ours") as env:
        turns = [(insert(env.cr, False), insert(env.cr, True)) for _turn in range(TURNS)]
    without, checked = (best(results) for results in zip(*turns, strict=True))
    print(f"{without[1]:,} lines: {without[0]:.0f} ms, with the foreign keys {checked[0]:.0f} ms")


if __name__ == "__main__":
    main()
