"""The key of a price review is the product, whatever red line says so; what is given away in all is at stake."""


def migrate(cr, version):
    """Rename the keys of price reviews, and take their stake from the figures that they froze."""
    cr.execute(
        r"""
        UPDATE sale_order_review
        SET key = regexp_replace(regexp_replace(key, '^floor:\d+:', ''), '^nocost:\d+:', 'nocost:'),
            stake = COALESCE((facts->>'gap_total')::numeric, stake)
        WHERE kind = 'price' AND key ~ '^(floor|nocost):\d+:'
        """
    )
