from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let releases of stopped supply name the customer that stays, and add up its receivables of past days."""
        self._rename_review_keys("supply", src_partners, dst_partner)
        self.env.flush_all()
        self._add_up_snapshots(src_partners | dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["sale.order"]._recheck_dunning(dst_partner)
        return result

    @api.model
    def _add_up_snapshots(self, partners):
        """Make one row of those that differ in the customer only: core moves them past the ORM, and two would meet."""
        self.env.cr.execute(
            SQL(
                """
                WITH together AS (
                    SELECT MIN(id) AS id, ARRAY_AGG(id) AS ids, SUM(amount) AS amount,
                           SUM(amount_overdue) AS amount_overdue, SUM(item_count) AS item_count
                    FROM receivable_snapshot WHERE partner_id IN %s
                    GROUP BY company_id, date, user_id, department_id, bucket_number HAVING COUNT(*) > 1
                ),
                gone AS (
                    DELETE FROM receivable_snapshot row USING together
                    WHERE row.id = ANY(together.ids) AND row.id <> together.id
                )
                UPDATE receivable_snapshot row SET amount = together.amount, amount_overdue = together.amount_overdue,
                       item_count = together.item_count
                FROM together WHERE row.id = together.id
                """,
                tuple(partners.ids),
            )
        )
