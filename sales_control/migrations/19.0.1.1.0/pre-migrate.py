"""Reviews keep what is at stake, and their sentences only as a fallback; void ones end with their steps."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column, rename_column

from odoo.addons.sales_control.tools.finding import get_digest

# What reviews of amounts, special contracts and differing contracts covered was their measure; of prices what was given
# away; of all else the order, which is taken as it is now.
STAKES = """
    UPDATE sale_order_review review
       SET stake = COALESCE(
               (review.facts->>'gap_total')::numeric,
               CASE WHEN review.kind IN ('amount', 'special', 'mismatch') AND review.measure > 1 THEN review.measure END,
               GREATEST(review.measure, o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1))
           )
      FROM sale_order o
     WHERE o.id = review.order_id
"""
# Contacts of one company are one customer.
CUSTOMERS = r"""
    UPDATE sale_order_review review
       SET fingerprint = regexp_replace(
               review.fingerprint, '(^|\|)partner_id=\d+', '\1partner_id=' || partner.commercial_partner_id
           )
      FROM res_partner partner
     WHERE partner.id = substring(review.fingerprint FROM '(?:^|\|)partner_id=(\d+)')::integer
       AND partner.commercial_partner_id != partner.id
"""
# Other terms or another customer in the contract are another matter, and so is another reason.
MISMATCHES = """
    UPDATE sale_order_review review
       SET key = review.key || ':' || CASE review.key
               WHEN 'customer' THEN signer.commercial_partner_id ELSE o.contract_payment_term_id
           END
      FROM sale_order o
 LEFT JOIN res_partner signer ON signer.id = o.contract_partner_id
     WHERE o.id = review.order_id
       AND review.kind = 'mismatch'
       AND (review.key = 'customer' AND signer.id IS NOT NULL
            OR review.key = 'payment_term' AND o.contract_payment_term_id IS NOT NULL)
"""
REASONS = """
    SELECT review.id, review.key, o.special_reason
      FROM sale_order_review review
      JOIN sale_order o ON o.id = review.order_id
     WHERE review.kind = 'special' AND o.special_reason IS NOT NULL
"""
STEPS = """
    UPDATE sale_order_review_step step
       SET state = 'void'
      FROM sale_order_review review
     WHERE review.id = step.review_id AND review.state IN ('void', 'rejected') AND step.state IN ('pending', 'waiting')
"""
ACTIVITIES = """
    DELETE FROM mail_activity activity
     USING sale_order_review review
     WHERE activity.res_model = 'sale.order.review' AND activity.res_id = review.id AND review.state != 'pending'
"""


def migrate(cr, version):
    """Bring reviews of the version before along."""
    for table, column, name in (
        ("sale_order_review", "message", "stored_message"),
        ("sale_order_review_step", "name", "stored_name"),
    ):
        if column_exists(cr, table, column) and not column_exists(cr, table, name):
            rename_column(cr, table, column, name)
    if not column_exists(cr, "sale_order_review", "stake"):
        create_column(cr, "sale_order_review", "stake", "numeric")
        for statement in (STAKES, CUSTOMERS, MISMATCHES, STEPS, ACTIVITIES):
            cr.execute(SQL(statement))
        cr.execute(SQL(REASONS))
        for review_id, key, reason in cr.fetchall():
            new_key = f"{key}:{get_digest(reason)}"
            cr.execute(SQL("UPDATE sale_order_review SET key = %s WHERE id = %s", new_key, review_id))
