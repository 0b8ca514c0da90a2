"""Reviews of before know no stake: what they were about was the whole order, so its value was looked at."""


def migrate(cr, version):
    """Give reviews the untaxed value of their order at its rate, or their measure where that is more, as stake."""
    cr.execute(
        """
        UPDATE sale_order_review review
        SET stake = GREATEST(COALESCE(review.measure, 0), COALESCE(sale.amount_untaxed / NULLIF(sale.currency_rate, 0), 0))
        FROM sale_order sale
        WHERE sale.id = review.order_id AND COALESCE(review.stake, 0) = 0
        """
    )
