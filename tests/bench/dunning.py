"""Dunning proposals over thousands of open items: Sales Control beside OCA's account_credit_control, in one run.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/dunning.py                            # both sizes; OCA at the small one only
    "$PY" tests/bench/dunning.py --sizes small --no-oca --profile

The same items (dunning_data.py), levels and minimum in a database each. A process of its own per system measures: CPU of
Python and of the PostgreSQL process behind it, statements, time, rows and the peak of its memory. It proposes for a day,
proposes once more for that day, sends (ours: 100 by e-mail, the others without), and proposes for a day two weeks later:
with what PostgreSQL knew of the tables before the first run, and again after ANALYZE. Before, a run of a day
on which nothing is due warms the caches. The exit code says whether the targets are met; time is judged by CPU, because
other work on the machine slows the clock.
"""

import argparse
import cProfile
import json
import os
import pathlib
import pstats
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from typing import NamedTuple

from databases import (
    OCA_DUNNING_MODULES,
    add_arguments,
    configure,
    db,
    drop_databases,
    environment,
    fetch_oca,
    make_databases,
    recorded,
)
from dunning_data import FIRST_RUN, DunningGenerator
from dunning_systems import CHARGING, Oca, Ours

from odoo import fields
from odoo.tools import SQL

SIZES = {"small": (3000, 20000), "large": (15000, 100000)}  # customers, open items
SIDES = {"ours": ("sales_collection",), "oca": OCA_DUNNING_MODULES}
SYSTEMS = {"ours": Ours, "oca": Oca}
NEVER = date(2000, 1, 1)  # a day on which nothing is due
CPU_RATIO = 20
STATEMENTS = {"small": 30, "large": 50}
SECONDS_OF_LARGE = 8.0
SECONDS_OF_LATER = 12.0
GROWTH = 6.0  # from 20,000 to 100,000 items
LATER = ("run two weeks later", "the same after ANALYZE")
MEGABYTES = 400
MAILS = 100
STATEMENTS_OF_MAILS = 60
SECONDS_OF_MAILS = 2.0


class Result(NamedTuple):
    """What a piece of work costs: seconds, and rows that it added."""

    what: str
    statements: int
    wall: float
    python: float
    postgres: float
    rows: dict

    @property
    def cpu(self):
        """Of both processes."""
        return self.python + self.postgres


# ---------------------------------------------------------------- measuring, in a process per system


class Meter:
    """Measures work in the transaction of ``env``, which it commits."""

    def __init__(self, name, tables, arguments):
        self.name, self.tables, self.arguments = name, tables, arguments
        self.results = []

    def measure(self, what, work):
        """Remember what ``work(env)`` costs in a transaction of its own, with the user and his company read."""
        with environment(self.name) as env:
            env.cr.execute("SET max_parallel_workers_per_gather TO 0")  # else their time is in other processes
            self._read_company(env)
            before = self._count(env)
            statements = []
            record = recorded(statements) if self.arguments.log else nullcontext()
            with record, self._profiled(what):
                counter, start, python = env.cr.sql_log_count, time.perf_counter(), time.process_time()
                postgres = self._get_backend_seconds(env)
                work(env)
                env.flush_all()
                python, wall = time.process_time() - python, time.perf_counter() - start
                counter = env.cr.sql_log_count - counter
            postgres = self._get_backend_seconds(env) - postgres
            rows = {table: count - before[table] for table, count in self._count(env).items()}
        self.results.append(Result(what, counter, wall, python, postgres, rows))
        print(f"{self.name}: {what}, {python + postgres:.2f} s of CPU", file=sys.stderr)
        for number, statement in enumerate(statements, 1):
            print(what, number, statement[:220], file=sys.stderr)

    def _read_company(self, env):
        env.user.fetch()
        env.company.fetch()
        env.company.currency_id.fetch()

    def _count(self, env):
        """Return {table: rows}."""
        return {
            table: env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0]
            for table in self.tables
        }

    def _get_backend_seconds(self, env):
        """Return the CPU time of the PostgreSQL process, which has to be on this machine."""
        pid = env.cr._cnx.get_backend_pid()
        fields_of_stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields_of_stat[11]) + int(fields_of_stat[12])) / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def _profiled(self, what):
        """Print where the time goes, where that is asked for."""
        if not self.arguments.profile:
            yield
            return
        profile = cProfile.Profile()
        with profile:
            yield
        print(f"\n{what}", file=sys.stderr)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(25)


def get_peak():
    """Return the most memory that this process has had, in MB, Odoo and its registry included."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_system(arguments):
    """Measure one system in one database, and print the results as JSON: the work of a process of its own."""
    name, system = arguments.database, SYSTEMS[arguments.system]
    meter = Meter(name, system.tables, arguments)
    today = fields.Date.today()
    day = today - timedelta(days=FIRST_RUN)
    set_up(name, system)
    first = propose(meter, system, "first run", day)
    peak = get_peak()
    if system is Ours:
        meter.measure("proposed anew", lambda env: Ours(env).compute(Ours(env).get_run(first)))
    propose(meter, system, "second run of the day", day)
    if system is Ours:
        measure_sending(meter, first)
    else:
        db.execute("UPDATE credit_control_line SET state = 'sent' WHERE state = 'draft'", database=name)
    later = propose(meter, system, LATER[0], today)
    if system is Ours:
        db.execute("ANALYZE", database=name)
        meter.measure(LATER[1], lambda env: Ours(env).compute(Ours(env).get_run(later)))
    print(json.dumps({"results": meter.results, "peak": peak, "peak_later": get_peak()}))


def measure_sending(meter, run):
    """Measure approving all notices of a run, sending some by e-mail, and the others without."""
    meter.measure("approved", lambda env: Ours(env).get_run(run).action_approve())
    with environment(meter.name) as env:  # views and templates are read once
        Ours(env).get_run(run).notice_ids[-1]._dispatch()
        env.cr.rollback()
    meter.measure("mails queued", lambda env: Ours(env).get_run(run).notice_ids[:MAILS]._dispatch())
    meter.measure("the others sent without mail", lambda env: Ours(env).send(Ours(env).get_run(run)))


def set_up(name, system):
    """Make the policy, and warm the caches with a run that is undone."""
    with environment(name) as env:
        company = env.ref("base.main_company")
        system(env).set_up(company, CHARGING)
        env.cr.commit()
        system(env).compute(system(env).create_run(company, NEVER))
        env.flush_all()
        env.cr.rollback()


def propose(meter, system, what, day):
    """Measure the proposal of a new run; return its id."""
    with environment(meter.name) as env:
        run = system(env).create_run(env.ref("base.main_company"), day).id
    meter.measure(what, lambda env: system(env).compute(system(env).get_run(run)))
    return run


# ---------------------------------------------------------------- both systems


def fill(name, size):
    """Fill a database."""
    with environment(name) as env:
        DunningGenerator(env, *SIZES[size]).run()
    db.execute("VACUUM ANALYZE", database=name)


def measure_size(arguments, size):
    """Return {side: (results, peak, peak at the end)}."""
    sides = {side: modules for side, modules in SIDES.items() if side == "ours" or has_oca(arguments, size)}
    names = make_databases(arguments, sides)
    found = {}
    try:
        for side, name in names.items():
            fill(name, size)
            command = [sys.executable, __file__, "--config", arguments.config, "--system", side, "--database", name]
            command += ["--profile"] * arguments.profile + ["--log"] * arguments.log
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            answer = json.loads(output.splitlines()[-1])
            found[side] = [Result(*row) for row in answer["results"]], answer["peak"], answer["peak_later"]
            print_side(size, side, *found[side])
    finally:
        if not arguments.keep:
            drop_databases(names)
    return found


def has_oca(arguments, size):
    return size == "small" and not arguments.no_oca


def print_side(size, side, results, peak, peak_later):
    for row in results:
        times = " | ".join(f"{value:.2f}" for value in (row.cpu, row.python, row.postgres, row.wall))
        rows = ", ".join(f"{table} {count:+,}" for table, count in row.rows.items() if count) or "none"
        print(f"| {size} | {row.what} | {side} | {row.statements:,} | {times} | {rows} |")
    load = os.getloadavg()[0]
    print(f"{side}: peak memory {peak:.0f} MB at the first run, {peak_later:.0f} MB at the end; load {load:.1f}")
    sys.stdout.flush()


def check(size, found):
    """Return what misses its target."""
    results, peak, _later = found["ours"]
    rows = {row.what: row for row in results}
    first = rows["first run"]
    wrong = []
    if first.statements > STATEMENTS[size]:
        wrong.append(f"{size}: {first.statements} statements, {STATEMENTS[size]} allowed")
    for what in ("proposed anew", "second run of the day"):
        if any(rows[what].rows.values()):
            wrong.append(f"{size}, {what}: adds {rows[what].rows}")
    if "oca" in found:
        ratio = found["oca"][0][0].cpu / first.cpu
        print(f"\nOCA takes {ratio:.1f} times our CPU for the first run")
        if ratio < CPU_RATIO:
            wrong.append(f"{size}: {ratio:.1f} times less CPU than OCA, {CPU_RATIO} wanted")
    wrong += check_mails(size, rows["mails queued"])
    if size == "large":
        limits = {"first run": SECONDS_OF_LARGE, **dict.fromkeys(LATER, SECONDS_OF_LATER)}
        wrong += [
            f"{size}, {what}: {rows[what].cpu:.1f} s of CPU, {limit:.0f} allowed"
            for what, limit in limits.items()
            if rows[what].cpu > limit
        ]
    if size == "large" and peak > MEGABYTES:
        wrong.append(f"{size}: {peak:.0f} MB, {MEGABYTES} allowed")
    return wrong


def check_growth(found):
    """Return which runs grow faster than the number of items, where both sizes were measured."""
    if len(found) < len(SIZES):
        return []
    small, large = ({row.what: row.cpu for row in found[size]["ours"][0]} for size in SIZES)
    return [
        f"{what}: {large[what] / small[what]:.1f} times as long for 5 times as many items, {GROWTH:.0f} allowed"
        for what in ("first run", *LATER)
        if large[what] > GROWTH * small[what]
    ]


def check_mails(size, mails):
    """Return what the mails miss: their number and cost."""
    wrong = []
    if mails.rows["mail_mail"] != MAILS:
        wrong.append(f"{size}: {mails.rows['mail_mail']} mails queued, {MAILS} wanted")
    if mails.statements > STATEMENTS_OF_MAILS or mails.cpu > SECONDS_OF_MAILS:
        wrong.append(f"{size}: mails queued with {mails.statements} statements and {mails.cpu:.1f} s of CPU")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, "sc_dunning")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--no-oca", action="store_true", help="ours alone")
    parser.add_argument("--profile", action="store_true", help="print where the time goes (which takes time itself)")
    parser.add_argument("--log", action="store_true", help="print every statement")
    parser.add_argument("--keep", action="store_true", help="leave the databases there")
    parser.add_argument("--system", choices=SYSTEMS, help=argparse.SUPPRESS)  # of the process that measures
    parser.add_argument("--database", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    fetch_oca()
    configure(arguments)
    if arguments.system:
        measure_system(arguments)
        return
    print("| items | what | of | statements | CPU (s) | Python | PostgreSQL | wall (s) | rows |")
    print("|---|---|---|---:|---:|---:|---:|---:|---|")
    wrong, found = [], {}
    for size in arguments.sizes:
        found[size] = measure_size(arguments, size)
        wrong += check(size, found[size])
    wrong += check_growth(found)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
