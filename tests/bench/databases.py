"""What the benches share: clones of the template database, environments, OCA's addons, statements counted."""

import os
import pathlib
import subprocess
import sys
import time
from contextlib import contextmanager

import odoo
import odoo.sql_db
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO / "setup"))
import db  # noqa: E402

ADDONS = sorted(path.parent.name for path in REPO.glob("*/__manifest__.py"))
_HOME_CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
CACHE = pathlib.Path(os.environ.get("SALES_CONTROL_CACHE", _HOME_CACHE / "sales-control"))
# OCA's addons, compared with in the benches only: never a dependency.
OCA_MODULES = ("account_financial_risk", "sale_financial_risk")
OCA_DUNNING_MODULES = ("account_credit_control",)


def add_arguments(parser, prefix):
    """Give a bench the options that say where its databases come from."""
    parser.add_argument("--prefix", default=prefix, help="of the names of the databases")
    parser.add_argument("--config", default=os.environ.get("ODOO_RC", REPO / ".work" / "sc_test.conf"))
    parser.add_argument("--template", help="database to clone (default: the newest of setup/test)")


def configure(arguments):
    """Read Odoo's configuration, with OCA's addons on the path where they are there."""
    options = ["-c", str(arguments.config), "--log-level=error", *get_path_options()]
    config.parse_config(options)


def get_path_options():
    """Return the option that puts OCA's addons beside ours; none before `fetch_oca`."""
    folder = CACHE / "oca" / "odoo" / "addons"
    return [f"--addons-path={REPO},{folder}"] if folder.exists() else []


def fetch_oca():
    """Get OCA's addons from PyPI into the cache, once."""
    wanted = (*OCA_MODULES, *OCA_DUNNING_MODULES)
    if not all((CACHE / "oca" / "odoo" / "addons" / name).exists() for name in wanted):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"]
        packages = [f"odoo-addon-{name}>=19.0,<20" for name in wanted]
        subprocess.run([*command, CACHE / "oca", *packages], check=True)


def find_template():
    """Return the newest template database of ./setup/test."""
    rows = db.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, 'sc_core_')"
        " AND shobj_description(oid, 'pg_database') = 'complete' ORDER BY oid DESC LIMIT 1"
    )
    return rows[0][0] if rows else sys.exit("No template database yet: run ./setup/test --prepare")


def make_databases(arguments, sides, options=()):
    """Return {side: name} of clones of the template, with the modules that ``sides`` has for each installed.

    :param options: further options of Odoo, such as a longer addons path
    """
    names = {side: f"{arguments.prefix}_{side}" for side in sides}
    for side, name in names.items():
        db.clone(arguments.template or find_template(), name)
        if sides[side]:
            install_modules(name, sides[side], arguments.config, options or get_path_options())
    return names


def install_modules(name, modules, configuration, options=()):
    """Install modules in a process of its own: registries of this one stay as they are."""
    options = [
        "-c",
        str(configuration),
        "-d",
        name,
        "-i",
        ",".join(modules),
        "--stop-after-init",
        "--no-http",
        *options,
    ]
    options += ["--log-level=warn"]
    subprocess.run([sys.executable, "-m", "odoo", *options], check=True)


def drop_databases(names):
    for name in names.values():
        odoo.sql_db.close_db(name)
        db.drop(name)


def forget_statistics(name):
    """Have PostgreSQL know nothing of the tables of a database, and learn nothing: no statement may depend on it."""
    db.execute(
        """
        DO $$
        DECLARE name regclass;
        BEGIN
            FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
                EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
                DELETE FROM pg_statistic WHERE starelid = name;
                UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = name;
            END LOOP;
        END $$
        """,
        database=name,
    )


@contextmanager
def environment(name, uid=api.SUPERUSER_ID):
    """An environment in a transaction of its own, committed at the end."""
    with Registry(name).cursor() as cr:
        yield api.Environment(cr, uid, {})


def best(results):
    """Return the smallest of each figure of several turns: what the machine does besides only ever adds."""
    return tuple(map(min, zip(*results, strict=True)))


def timed(cr, work):
    """Return (statements, seconds, seconds of Python) of ``work()``."""
    before, start, cpu_start = cr.sql_log_count, time.perf_counter(), time.process_time()
    work()
    return cr.sql_log_count - before, time.perf_counter() - start, time.process_time() - cpu_start


@contextmanager
def recorded(statements):
    """Append every statement that any cursor executes meanwhile to a list."""
    execute = odoo.sql_db.Cursor.execute

    def record(cursor, query, params=None, log_exceptions=True):
        code = query.code if hasattr(query, "code") else query
        statements.append(" ".join(str(code).split()))
        return execute(cursor, query, params, log_exceptions)

    odoo.sql_db.Cursor.execute = record
    try:
        yield
    finally:
        odoo.sql_db.Cursor.execute = execute
