"""Price reviews are about the product, whatever red line said so."""

from odoo.tools import SQL


def migrate(cr, version):
    """Rewrite the keys of price reviews: ``floor:3:product:7`` becomes ``product:7``."""
    cr.execute(
        SQL(
            r"""
            UPDATE sale_order_review
               SET key = regexp_replace(regexp_replace(key, '^floor:\d+:', ''), '^nocost:\d+:', 'nocost:')
             WHERE kind = 'price'
            """
        )
    )
