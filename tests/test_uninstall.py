"""Uninstalling the addons leaves nothing of them behind, and Odoo's own views whole."""

import os
import pathlib
import subprocess
import sys
from contextlib import contextmanager

import pytest

import odoo.sql_db
from odoo.tests.common import get_db_name

REPO = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(REPO / "setup"))
import db  # noqa: E402

ADDONS = sorted(path.parent.name for path in REPO.glob("*/__manifest__.py"))

# What must be the same before and after: one query each, of rows that name a thing.
SNAPSHOT = {
    "tables, views, sequences and indexes": """
        SELECT relkind::text, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace""",
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    "crons": "SELECT cron_name FROM ir_cron",
    "system parameters": "SELECT key FROM ir_config_parameter",
    # Core leaves dead external ids behind itself: of every model that used a mixin of another module, and of the
    # selection values that it had from there. And it drops those of fields that users inherit from partners when
    # such a field depended on a removed one, and makes them again at the next update.
    "external ids": r"""
        SELECT module, name FROM ir_model_data
        WHERE NOT (module = 'base' AND name LIKE 'module\_%') AND name NOT LIKE 'model\_inherit\_\_%'
            AND NOT (module = 'mail' AND name LIKE 'selection\_\_%')
            AND NOT (module = 'product' AND name = 'field_res_users__property_product_pricelist')""",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model, name FROM ir_model_fields",
    "selection values": """
        SELECT f.model, f.name, s.value FROM ir_model_fields_selection s JOIN ir_model_fields f ON f.id = s.field_id""",
    "views of the interface": "SELECT id::text, name, model, arch_db::text, active::text FROM ir_ui_view",
    "menus": "SELECT id::text, name::text, parent_id::text FROM ir_ui_menu",
    "actions": "SELECT type, id::text, name::text FROM ir_actions",
    "access rights": "SELECT name, model_id::text, group_id::text FROM ir_model_access",
    "record rules": "SELECT name, domain_force, active::text FROM ir_rule",
    "groups": "SELECT id::text, name::text FROM res_groups",
    "implied groups": "SELECT gid::text, hid::text FROM res_groups_implied_rel",
    "privileges": "SELECT id::text, name::text FROM res_groups_privilege",
    "activity types": "SELECT id::text, name::text FROM mail_activity_type",
    "message subtypes": "SELECT id::text, name::text FROM mail_message_subtype",
    "mail templates": "SELECT id::text, name::text FROM mail_template",
    "number sequences": "SELECT id::text, code FROM ir_sequence",
    "defaults": "SELECT field_id::text, json_value FROM ir_default",
    "asset rules": "SELECT bundle, path FROM ir_asset",
    "paper formats": "SELECT id::text, name FROM report_paperformat",
}

# Run in Odoo's shell: every view must still fit its model.
CHECK_VIEWS = """
for view in env["ir.ui.view"].search([("inherit_id", "=", False), ("model", "!=", False)]):
    if view.model in env:
        env[view.model].with_context(load_all_views=True).get_view(view.id, view.type)
"""


@contextmanager
def cloned(source, suffix):
    """Give a clone of a database meanwhile."""
    name = f"{get_db_name()}_{suffix}"
    odoo.sql_db.close_db(source)  # nobody may be connected to what is cloned
    db.clone(source, name)
    try:
        yield name
    finally:
        odoo.sql_db.close_db(name)
        db.drop(name)


@pytest.fixture
def before():
    """What the core stack holds without the addons."""
    template = os.environ.get("SALES_CONTROL_TEMPLATE")
    if not template:
        pytest.skip("needs the template database of ./setup/test")
    with cloned(template, "core") as name:
        return snapshot(name)


@pytest.fixture
def database():
    """A clone of the tests' database, with the addons."""
    with cloned(get_db_name(), "uninstall") as name:
        yield name


def run_odoo(*arguments, **options):
    result = subprocess.run(
        [sys.executable, "-m", "odoo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def snapshot(name):
    with odoo.sql_db.db_connect(name).cursor() as cursor:
        found = {}
        for title, query in SNAPSHOT.items():
            cursor.execute(query)
            found[title] = set(cursor.fetchall())
    odoo.sql_db.close_db(name)
    return found


def test_uninstall_leaves_nothing_behind(before, database):
    target = ("-c", os.environ["ODOO_RC"], "-d", database)
    during = snapshot(database)
    assert during["models"] > before["models"]

    log = run_odoo("module", "uninstall", *target, *ADDONS)
    assert not [line for line in log.splitlines() if " ERROR " in line or " CRITICAL " in line]

    after = snapshot(database)
    left = {title: after[title] - before[title] for title in SNAPSHOT if after[title] - before[title]}
    lost = {title: before[title] - after[title] for title in SNAPSHOT if before[title] - after[title]}
    assert (left, lost) == ({}, {}), "(left behind, lost)"
    run_odoo("shell", *target, "--no-http", "--log-level=warn", input=CHECK_VIEWS)
