"""Reviews keep their sentences as a fallback only, name what they are about, and end with their steps."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, rename_column

from odoo.addons.sales_control.tools.finding import get_digest

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
    for statement in (CUSTOMERS, MISMATCHES, STEPS, ACTIVITIES):
        cr.execute(SQL(statement))
    cr.execute(SQL(REASONS))
    for review_id, key, reason in cr.fetchall():
        new_key = f"{key}:{get_digest(reason)}"
        cr.execute(SQL("UPDATE sale_order_review SET key = %s WHERE id = %s", new_key, review_id))
