"""Reviews of before know no stake: of most it is the whole order that was looked at."""


def migrate(cr, version):
    """Give reviews of amounts their measure as stake, others the untaxed value of their order, or the measure if more."""
    cr.execute(
        """
        UPDATE sale_order_review review
        SET stake = CASE
                WHEN review.kind IN ('amount', 'special') OR review.kind = 'mismatch' AND review.key = 'amount'
                THEN review.measure
                ELSE GREATEST(review.measure, sale.amount_untaxed / NULLIF(sale.currency_rate, 0), 0)
            END
        FROM sale_order sale
        WHERE sale.id = review.order_id AND COALESCE(review.stake, 0) = 0
        """
    )
