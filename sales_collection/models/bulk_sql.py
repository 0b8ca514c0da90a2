"""Thousands of rows by one statement: for records that only our own code makes, with no hooks of others behind them."""

from odoo.tools import SQL, split_every

ROWS_PER_STATEMENT = 20000


def draw_ids(env, table, count):
    """Return so many new ids of a table."""
    sequence = f"{table}_id_seq"
    return [row[0] for row in env.execute_query(SQL("SELECT nextval(%s) FROM generate_series(1, %s)", sequence, count))]


def insert_rows(env, model, columns, rows):
    """Insert rows into the table of a model, with who and when; the caches of the model are emptied.

    :param columns: names, of stored fields
    :param rows: tuples of values, in the order of the columns
    """
    table = env[model]._table
    names = SQL(", ").join(map(SQL.identifier, columns))
    stamp = SQL("%s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'", env.uid, env.uid)
    for chunk in split_every(ROWS_PER_STATEMENT, rows):
        env.execute_query(
            SQL(
                "INSERT INTO %s (%s, create_uid, write_uid, create_date, write_date) SELECT *, %s FROM %s RETURNING 1",
                SQL.identifier(table),
                names,
                stamp,
                _unnest(env, model, columns, chunk),
            )
        )
    env[model].invalidate_model()


def update_rows(env, model, columns, rows):
    """Update rows of the table of a model, by their ids: the first column.

    :param columns: "id" and names of stored fields
    :param rows: tuples of values, in the order of the columns
    """
    names = [SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name)) for name in columns[1:]]
    table = SQL.identifier(env[model]._table)
    aliases = SQL(", ").join(map(SQL.identifier, columns))
    for chunk in split_every(ROWS_PER_STATEMENT, rows):
        query = "UPDATE %s AS old SET %s, write_uid = %s, write_date = now() AT TIME ZONE 'UTC' FROM %s AS new(%s) WHERE old.id = new.id"
        source = _unnest(env, model, columns, chunk)
        env.cr.execute(SQL(query, table, SQL(", ").join(names), env.uid, source, aliases))
    env[model].invalidate_model()


def _unnest(env, model, columns, rows):
    """Return rows as a table: one array per column, of the type of the database column."""
    values = zip(*rows, strict=True)
    arrays = [
        SQL("%s::%s", list(column), SQL(_get_type(env[model], name) + "[]"))
        for name, column in zip(columns, values, strict=True)
    ]
    return SQL("unnest(%s)", SQL(", ").join(arrays))


def _get_type(model, name):
    return "int4" if name == "id" else model._fields[name]._column_type[0]
