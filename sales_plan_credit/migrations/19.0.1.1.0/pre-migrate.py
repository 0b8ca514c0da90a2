"""The row that claims a payer is called so: model `credit.account` becomes `credit.claim`.

Before the module loads: else Odoo makes an empty table of the new name, and the old one stays behind.
"""

from odoo.tools import SQL

OLD_MODEL, NEW_MODEL = "credit.account", "credit.claim"
OLD_TABLE, NEW_TABLE = "credit_account", "credit_claim"
CONSTRAINTS = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND conname LIKE %s"
INDEXES = (
    "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = %s::regclass AND relname LIKE %s"
)


def migrate(cr, version):
    """Rename the table with all that hangs on it, and what Odoo keeps about the model."""
    cr.execute(SQL("SELECT to_regclass(%s), to_regclass(%s)", OLD_TABLE, NEW_TABLE))
    old, new = cr.fetchone()
    if old and not new:
        rename_table(cr)
        rename_model(cr)


def rename_table(cr):
    """Rename table, sequence, constraints and indexes."""
    table = SQL.identifier(NEW_TABLE)
    cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(OLD_TABLE), table))
    cr.execute(SQL("ALTER SEQUENCE %s RENAME TO %s", *get_identifiers(f"{OLD_TABLE}_id_seq")))
    for name in get_old_names(cr, CONSTRAINTS):
        cr.execute(SQL("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", table, *get_identifiers(name)))
    # After the constraints, which take their own indexes with them.
    for name in get_old_names(cr, INDEXES):
        cr.execute(SQL("ALTER INDEX %s RENAME TO %s", *get_identifiers(name)))


def get_old_names(cr, query):
    """Return the names that begin with that of the old table, of what a query finds on the new one."""
    cr.execute(SQL(query, NEW_TABLE, f"{OLD_TABLE}%"))
    return [name for (name,) in cr.fetchall()]


def get_identifiers(name):
    """Return a name that begins with that of the old table, and the same of the new one."""
    return SQL.identifier(name), SQL.identifier(name.replace(OLD_TABLE, NEW_TABLE, 1))


def rename_model(cr):
    """Rename the model in Odoo's own tables, and the external ids that are made of its name."""
    cr.execute(SQL("UPDATE ir_model SET model = %s WHERE model = %s", NEW_MODEL, OLD_MODEL))
    cr.execute(SQL("UPDATE ir_model_fields SET model = %s WHERE model = %s", NEW_MODEL, OLD_MODEL))
    cr.execute(
        SQL(
            "UPDATE ir_model_constraint SET name = replace(name, %(old)s, %(new)s) WHERE name LIKE %(old)s || '%%'",
            old=OLD_TABLE,
            new=NEW_TABLE,
        )
    )
    cr.execute(
        SQL(
            "UPDATE ir_model_data SET name = replace(name, %s, %s) WHERE module = 'sales_plan_credit'",
            OLD_TABLE,
            NEW_TABLE,
        )
    )
