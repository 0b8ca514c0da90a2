"""Small database jobs of setup/run and setup/test, through libpq's own settings (PG* variables)."""

import sys

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, quote_ident


def connect(database="postgres"):
    connection = psycopg2.connect(dbname=database, connect_timeout=5)
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    return connection


def execute(statement, *names, database="postgres", params=None):
    """Run one statement; ``{}`` in it takes the quoted identifiers ``names``. Return all rows."""
    connection = connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(*(quote_ident(name, connection) for name in names)), params)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def check():
    """Fail with the reason unless this server can carry Odoo databases made by us."""
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        user, may_create = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'unaccent')")
        extensions = cursor.fetchone()[0]
    if connection.server_version < 130000:
        sys.exit(f"PostgreSQL {connection.server_version // 10000} is too old: 13 or newer is needed")
    if user == "postgres":
        sys.exit("Odoo refuses the database user 'postgres': make another role with CREATEDB and set PGUSER")
    if not may_create:
        sys.exit(f"The role {user} may not create databases: ALTER ROLE {user} CREATEDB")
    if extensions < 2:
        sys.exit("The extensions pg_trgm and unaccent are missing: install postgresql-contrib")


def read_mark(name):
    """Print the mark of a database; nothing if there is no such database or its build was broken off."""
    rows = execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", params=[name])
    print((rows and rows[0][0]) or "")


def mark(name, text):
    """Say what a database was built from, when its build has come to the end."""
    execute("COMMENT ON DATABASE {} IS %s", name, params=[text])


def exists(name):
    sys.exit(0 if execute("SELECT 1 FROM pg_database WHERE datname = %s", params=[name]) else 1)


def drop(name):
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", params=[name])
    execute("DROP DATABASE IF EXISTS {}", name)


def clone(source, target):
    drop(target)
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", params=[source])
    execute("CREATE DATABASE {} TEMPLATE {}", target, source)


def prune(prefix, keep):
    """Drop databases of earlier runs, so that changed manifests do not fill the disk."""
    for (name,) in execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", params=[prefix]):
        if name != keep:
            drop(name)


def set_parameter(name, key, value):
    """Set one of Odoo's system parameters while Odoo is down."""
    execute(
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        database=name,
        params=[key, value],
    )


def logins(name, path):
    """Print those lines of a file "role | login | password" whose user the database has."""
    users = {login for (login,) in execute("SELECT login FROM res_users WHERE active", database=name)}
    with open(path, encoding="utf-8") as file:
        rows = [[cell.strip() for cell in line.split("|")] for line in file if "|" in line and line[0] != "#"]
    rows = [row for row in rows if row[1] in users]
    width = max(len(role) for role, _login, _password in rows)
    for role, login, password in [["Role", "login", "password"], *rows]:
        print(f"       {role:<{width}}   {login:<20} {password}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    globals()[command.replace("-", "_")](*arguments)
