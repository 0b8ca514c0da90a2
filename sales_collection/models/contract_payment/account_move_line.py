from odoo import api, fields, models
from odoo.tools import SQL, frozendict


class AccountMoveLine(models.Model):
    """The receivable of a contract payment knows it, to fall due with it: of a retention, or of an invoice of its own."""

    _inherit = "account.move.line"

    payment_milestone_id = fields.Many2one(
        "sale.payment.milestone",
        "Contract Payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The payment of the contract with which this part of the invoice falls due.",
        groups="base.group_user",
    )

    @api.depends("payment_milestone_id")
    def _compute_term_key(self):
        """What falls due with a contract payment is a receivable of its own, even on a day when others fall due."""
        result = super()._compute_term_key()
        for line in self.filtered("term_key"):
            # Superuser: contract payments are not for customers, who may post all the same.
            if milestone := line.sudo().payment_milestone_id:
                line.term_key = frozendict(line.term_key, payment_milestone_id=milestone.id)
        return result

    @api.model
    def _get_expected_sql(self):
        # EXTENDS 'sales_control': what waits for an event of its order, such as the acceptance. The state of orders is not
        # flushed: every order that is confirmed asks what is open, and none of its payments is invoiced before that.
        self.env["sale.payment.milestone"].flush_model(["is_expected", "order_id"])
        return SQL(
            """
            (item.payment_milestone_id IS NOT NULL AND EXISTS (
                SELECT FROM sale_payment_milestone milestone
                  JOIN sale_order orders ON orders.id = milestone.order_id AND orders.state = 'sale'
                 WHERE milestone.id = item.payment_milestone_id AND milestone.is_expected
            ) OR %s)
            """,
            super()._get_expected_sql(),
        )
