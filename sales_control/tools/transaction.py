"""What a transaction knows about itself: plain Python around the cursor's cache."""

from contextlib import contextmanager


@contextmanager
def transaction_state(cr, key, value):
    """Keep ``value`` under ``key`` in the cache of a transaction for as long as the block runs.

    Never in the context: whoever calls by RPC sets that. Read it with ``cr.cache.get(key)``.

    >>> cr = type("Cursor", (), {"cache": {}})()
    >>> with transaction_state(cr, "judging", True):
    ...     with transaction_state(cr, "judging", "again"):
    ...         inner = cr.cache["judging"]
    ...     outer = cr.cache["judging"]
    >>> inner, outer, cr.cache
    ('again', True, {})
    """
    known, outer = key in cr.cache, cr.cache.get(key)
    cr.cache[key] = value
    try:
        yield
    finally:
        # A rollback meanwhile has emptied the cache.
        if known:
            cr.cache[key] = outer
        else:
            cr.cache.pop(key, None)
