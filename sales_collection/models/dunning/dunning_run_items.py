from odoo import models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.settlement import MONEY_JOURNALS
from odoo.addons.sales_control.tools.sql import get_array

from ...tools.levels import OpenItem

NEVER_DUNNED = (None,) * 5
MEMORY, HELD, CHARGE = range(3)


class DunningRun(models.Model):
    """The ledger as dunning sees it: open items of the customers who may be dunned, with what it remembers of them.

    Each kind of data is read by one statement, whatever the number of customers, and put together in Python: statements
    that join tables which have just grown by thousands of rows would depend on what the planner knows of them.
    """

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _get_open_items(self, credit_date, policies=None, partner_ids=None, notice_ids=()):
        """Return the open receivable items and credits of the customers who may be dunned.

        :param credit_date: credits dated later are left out
        :param policies: of the customers that have one of these
        :param partner_ids: or of these commercial partners, whatever their policy
        :param notice_ids: notices in the making: what other open notices ask for or deduct is left out
        :return: list of `levels.OpenItem`, by customer and due date
        """
        self.env.flush_all()
        customers = dict(self.env.execute_query(self._get_customers_query(policies, partner_ids)))
        rows = self.env.execute_query(self._get_items_query(credit_date, list(customers))) if customers else []
        known = self._get_known([row[1] for row in rows], {row[0] for row in rows})
        held = self._get_held_ids(known[HELD], notice_ids)
        memory = {item_id: values for item_id, *values in known[MEMORY]}
        charges = {row[0] for row in known[CHARGE]}
        return [
            OpenItem(
                *row[1:3], customers[row[2]], *row[3:-1], *memory.get(row[1], NEVER_DUNNED), row[0] in charges, row[-1]
            )
            for row in rows
            if row[1] not in held
        ]

    def _get_customers_query(self, policies, partner_ids):
        """Return the query of who may be dunned: (id, policy id)."""
        return SQL(
            """
            SELECT commercial.id, %s FROM res_partner commercial
             WHERE commercial.commercial_partner_id = commercial.id AND %s
            """,
            self._get_policy_sql(),
            self._get_partner_condition(policies, partner_ids),
        )

    def _get_items_query(self, credit_date, partner_ids):
        """Return the query of the open items of customers: what `levels.OpenItem` starts with, and more."""
        customers = SQL("partner.commercial_partner_id = ANY(%s::int[])", get_array(partner_ids, "int4"))
        return SQL(
            """
            SELECT open.move_id, open.id, open.partner_id, open.currency_id, open.date,
                   CASE WHEN open.is_expected THEN GREATEST(open.date_due, %(date)s) ELSE open.date_due END AS due,
                   open.amount_currency::float, open.document, open.amount_currency > 0 AND journal.type IN %(money)s
              FROM (%(open)s) AS open
              JOIN account_journal journal ON journal.id = open.journal_id
             WHERE open.is_followed AND open.amount_currency <> 0
               AND (open.amount_currency > 0 OR open.date <= %(credit_date)s)
          ORDER BY open.partner_id, due, open.id
            """,
            date=self.date,
            money=MONEY_JOURNALS,
            open=self.env["account.move.line"]._get_open_query(self.company_id, customers),
            credit_date=credit_date,
        )

    def _get_known(self, item_ids, move_ids):
        """Return what dunning knows already of items and their entries, three look-ups in one statement.

        :return: tuple of lists: what is remembered (item id, level id, its days, date, interest date, notice id), which
            items open notices ask for or deduct (item id, notice id last), which entries book charges (entry id first)
        """
        known = ([], [], [])
        query = SQL(
            """
            SELECT 0, item.move_line_id, item.level_id, level.days, item.date, item.interest_date, item.notice_id
              FROM dunning_item item LEFT JOIN dunning_level level ON level.id = item.level_id
             WHERE item.move_line_id = ANY(%(items)s::int[])
             UNION ALL
            SELECT 1, move_line_id, NULL, NULL, NULL, NULL, notice_id FROM dunning_notice_line
             WHERE state IN ('draft', 'approved') AND move_line_id = ANY(%(items)s::int[])
             UNION ALL
            SELECT 2, move_id, NULL, NULL, NULL, NULL, NULL FROM dunning_charge WHERE move_id = ANY(%(moves)s::int[])
            """,
            items=get_array(item_ids, "int4"),
            moves=get_array(move_ids, "int4"),
        )
        for kind, *values in self.env.execute_query(query) if item_ids else ():
            known[kind].append(values)
        return known

    def _get_held_ids(self, held, notice_ids):
        """Return the ids of the items that other open notices ask for or deduct; see `_get_known`."""
        own = set(notice_ids)
        return {values[0] for values in held if values[-1] not in own}

    def _get_partner_field_sql(self, name, alias="commercial"):
        """Return a field of the customer, as it is in the company of the run."""
        # Superuser: only the expression of a column is asked for.
        partners = self.env["res.partner"].sudo().with_company(self.company_id)
        return partners._field_to_sql(alias, name)

    def _get_policy_sql(self):
        own = self._get_partner_field_sql("dunning_policy_id")
        return SQL("COALESCE(%s, %s)", own, self.company_id.dunning_policy_id.id or None)

    def _get_partner_condition(self, policies, partner_ids):
        """Return the condition on customers: not exempt, not blocked on the day, of one of the policies or named."""
        if partner_ids is None:
            chosen = SQL("%s = ANY(%s)", self._get_policy_sql(), policies.ids)
        else:
            chosen = SQL("commercial.id = ANY(%s)", list(partner_ids))
        blocked = self._get_partner_field_sql("dunning_blocked_until")
        opt_out = self._get_partner_field_sql("dunning_opt_out")
        query = "%s AND %s IS NOT TRUE AND (%s IS NULL OR %s < %s)"
        return SQL(query, chosen, opt_out, blocked, blocked, self.date)
