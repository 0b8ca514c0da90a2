"""Fields that nobody may write by RPC."""


def without(vals, names):
    """Return ``vals`` less the fields of ``names``."""
    return {name: value for name, value in vals.items() if name not in names}
