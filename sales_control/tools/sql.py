"""Thousands of rows by one statement: for records that only our own code makes, with no hooks of others behind them."""

from itertools import chain

from odoo.tools import SQL, split_every

ROWS_PER_STATEMENT = 20000
TEXT_TYPES = ("varchar", "text", "jsonb")


def flush(env, read):
    """Bring to the database what a query reads.

    :param dict read: model -> names of fields, None for all of them
    """
    for model, names in read.items():
        env[model].flush_model(names)


def draw_ids(env, table, count):
    """Return so many new ids of a table."""
    sequence = f"{table}_id_seq"
    return [row[0] for row in env.execute_query(SQL("SELECT nextval(%s) FROM generate_series(1, %s)", sequence, count))]


def insert_rows(env, model, rows):
    """Insert rows into the table of a model, with who and when; the caches of the model are emptied.

    :param rows: dicts of values by stored field, as SQL takes them; what one lacks and others have is NULL
    """
    table = SQL.identifier(env[model]._table)
    stamp = {**_get_stamp(env, model), **_get_stamp(env, model, "create")}
    values = SQL(", ").join([SQL("new.*"), *stamp.values()])
    for chunk in split_every(ROWS_PER_STATEMENT, rows):
        columns = get_columns(chunk)
        names = SQL(", ").join(map(SQL.identifier, [*columns, *stamp]))
        source = _unnest(env, model, columns, chunk)
        env.cr.execute(SQL("INSERT INTO %s (%s) SELECT %s FROM %s AS new", table, names, values, source))
    env[model].invalidate_model()


def update_rows(env, model, rows):
    """Update rows of the table of a model; the caches of the model are emptied.

    :param rows: dicts of ``id`` and values by stored field, as SQL takes them; all of the same fields
    """
    table = SQL.identifier(env[model]._table)
    query = "UPDATE %s AS old SET %s FROM %s AS new(%s) WHERE old.id = new.id"
    for chunk in split_every(ROWS_PER_STATEMENT, rows):
        columns = get_columns(chunk)
        values = {name: SQL("new.%s", SQL.identifier(name)) for name in columns if name != "id"}
        values.update(_get_stamp(env, model))
        changes = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
        aliases = SQL(", ").join(map(SQL.identifier, columns))
        env.cr.execute(SQL(query, table, changes, _unnest(env, model, columns, chunk), aliases))
    env[model].invalidate_model()


def get_columns(rows):
    """Return the names of the columns of rows, in the order in which they come.

    >>> get_columns([{"id": 1, "name": "A"}, {"id": 2, "date": None}])
    ['id', 'name', 'date']
    """
    return list(dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, rows)))))


def _get_stamp(env, model, event="write"):
    """Return who and when, by column; nothing for models that do not keep it."""
    if not env[model]._log_access:
        return {}
    return {f"{event}_uid": SQL("%s", env.uid), f"{event}_date": SQL("now() AT TIME ZONE 'UTC'")}


def _unnest(env, model, columns, rows):
    """Return rows as a table: one array per column, of the type of the database column."""
    types = {name: _get_type(env[model], name) for name in columns}
    arrays = [
        SQL("%s::%s", get_array([row.get(name) for row in rows], kind), SQL(kind + "[]"))
        for name, kind in types.items()
    ]
    return SQL("unnest(%s)", SQL(", ").join(arrays))


def get_array(values, kind):
    """Return the text of an array as PostgreSQL reads it: a parameter per value takes both sides several times as long.

    :param kind: type of the database column

    >>> get_array([1, None, 2.5, True], "numeric")
    '{1,NULL,2.5,True}'
    >>> print(get_array(['a "b", {c}', None, "d\\\\e", "NULL", ""], "varchar"))
    {"a \\"b\\", {c}",NULL,"d\\\\e","NULL",""}
    """
    if kind in TEXT_TYPES:
        return "{%s}" % ",".join(["NULL" if value is None else _quote(value) for value in values])
    return "{%s}" % ",".join(map(str, values)).replace("None", "NULL")


def _quote(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def _get_type(model, name):
    return "int4" if name == "id" else model._fields[name]._column_type[0]
