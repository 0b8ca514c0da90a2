"""Red lines beside other systems: what each catches of the traps, and what it costs at confirmation, in one run.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/redline_peers.py                      # both tables
    "$PY" tests/bench/redline_peers.py --only combo --systems stock ours --no-times

One clone of the template database per system: stock Odoo, OCA's modules for 19.0 from PyPI (fetched into the work folder,
for this run only), and ours. Every trap is played anew in each, in a transaction that is rolled back: a seller sells below
a red line and, as the control, exactly at it. The verdict is what became of the two documents.
"""

import argparse
import pathlib
import subprocess
import sys
import traceback
import zipfile

import redline_roads  # noqa: F401 registers its traps
from databases import REPO, add_arguments, drop_databases, environment, make_databases
from redline_systems import SYSTEMS, RedLine
from redline_traps import TRAPS
from redline_world import World
from statements import measure, prepare

from odoo.modules.registry import Registry
from odoo.tools import config

VERDICTS = {
    (False, True): "caught",
    (False, False): "wrongly refused",
    (True, True): "missed",
    (True, False): "missed",
    (None, True): "right",
    (None, False): "wrongly refused",
    (False, None): "caught",
    (True, None): "missed",
    (None, None): "does not apply",
}


def fetch_peers(systems, folder):
    """Fetch the packages of the systems from PyPI, as wheels for Odoo 19.0, and return the folder of their addons."""
    packages = sorted({package for system in systems for package in SYSTEMS[system].packages})
    if packages:
        wanted = [f"{package}>=19.0,<20" for package in packages]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder]
        subprocess.run([*command, *wanted], check=True)
    for wheel in pathlib.Path(folder).glob("*.whl"):
        print("peer:", "-".join(wheel.name.split("-")[:2]))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return pathlib.Path(folder) / "odoo" / "addons"


def play(name, system, ids, trap):
    """Play one trap on one system, in a transaction of its own that is rolled back; return the verdict."""
    registry = Registry(name)
    try:
        with registry.cursor() as cr:
            try:
                return VERDICTS[trap(World(cr, SYSTEMS[system], ids))]
            finally:
                cr.rollback()
    except Exception:  # a scenario that broke is no verdict: say where, and go on with the others
        traceback.print_exc()
        return "broken"
    finally:
        registry.clear_all_caches()


def print_verdicts(rows, systems):
    print("\n| trap |", " | ".join(SYSTEMS[system].label for system in systems), "|")
    print("|---|" + "---|" * len(systems))
    for trap, verdicts in rows.items():
        print("|", " | ".join([trap, *verdicts]), "|")
    for verdict in ("caught", "right", "missed", "wrongly refused", "does not apply", "broken"):
        counts = [sum(row[index] == verdict for row in rows.values()) for index in range(len(systems))]
        print("|", " | ".join([f"**{verdict}**", *map(str, counts)]), "|")


def add_block_rule(name, system, ids):
    """Give a system one red line over everything that every price of the timed orders passes."""
    if system == "stock":
        return
    with environment(name) as env:
        users = env["res.users"].browse([ids["seller"], ids["manager"]])
        ready = SYSTEMS[system](env, {"seller": users[0], "manager": users[1]})
        ready.enforcement = "block"
        ready.add_red_line(RedLine(price=0.01))


def print_times(names, ids, sizes, repeat):
    print("\n| lines | system | statements | wall (ms) | Python (ms) |\n|---:|---|---:|---:|---:|")
    for lines in sizes:
        for system, (count, seconds, cpu) in measure(names, ids, "small", lines, repeat).items():
            print(f"| {lines} | {SYSTEMS[system].label} | {count} | {seconds * 1000:.0f} | {cpu * 1000:.0f} |")


def run(arguments, names):
    """Play all traps on all systems, then time them; return the rows of the first table."""
    ids = {system: prepare(name, rules=False) for system, name in names.items()}
    rows = {}
    for label, trap in TRAPS.items():
        if arguments.only in label:
            rows[label] = [play(names[system], system, ids[system], trap) for system in names]
            print(label, rows[label], flush=True)
    print_verdicts(rows, list(names))
    if not arguments.no_times:
        for system, name in names.items():
            add_block_rule(name, system, ids[system])
        print_times(names, ids, arguments.lines, arguments.repeat)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--only", default="", help="traps whose name contains this")
    parser.add_argument("--no-times", action="store_true", help="only the traps")
    parser.add_argument("--lines", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--repeat", type=int, default=3, help="turns after the first, which warms the caches")
    add_arguments(parser, "sc_redline")
    parser.add_argument("--log-level", default="critical", help="of Odoo; debug shows every refusal")
    parser.add_argument("--peers", help="folder for the peers' packages (default: beside the configuration)")
    arguments = parser.parse_args()
    folder = arguments.peers or pathlib.Path(arguments.config).resolve().parent / "peers"
    addons = fetch_peers(arguments.systems, folder)
    options = [f"--addons-path={REPO},{addons}"] if addons.is_dir() else []
    config.parse_config(["-c", str(arguments.config), f"--log-level={arguments.log_level}", *options])
    modules = {system: SYSTEMS[system].modules for system in arguments.systems}
    names = make_databases(arguments, modules, options)
    try:
        rows = run(arguments, names)
    finally:
        drop_databases(names)
    sys.exit(any("broken" in verdicts for verdicts in rows.values()))


if __name__ == "__main__":
    main()
