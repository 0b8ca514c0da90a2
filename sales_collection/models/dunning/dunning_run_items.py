from odoo import models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.settlement import MONEY_JOURNALS
from odoo.addons.sales_control.tools.sql import get_array

from ...tools.levels import OpenItem

NEVER_DUNNED = (None,) * 5


class DunningRun(models.Model):
    """The ledger as dunning sees it: open items of the customers who may be dunned, with what it remembers of them.

    Each kind of data is read by one statement, whatever the number of customers, and put together in Python: statements
    that join tables which have just grown by thousands of rows would depend on what the planner knows of them.
    """

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _get_open_items(self, credit_date, partner_ids=None, notice_ids=()):
        """Return the open receivable items and credits of the customers who may be dunned.

        :param credit_date: credits dated later are left out
        :param partner_ids: of these commercial partners only; None: of all whose policy the run covers
        :param notice_ids: notices in the making: what other open notices ask for or deduct is left out
        :return: list of `levels.OpenItem`, by customer and due date
        """
        self.env.flush_all()
        policies = dict(self.env.execute_query(self._get_customers_query(partner_ids)))
        rows = self.env.execute_query(self._get_items_query(credit_date, list(policies))) if policies else []
        ids = [row[1] for row in rows]
        held, memory = self._get_held_ids(ids, notice_ids), self._get_memory(ids)
        charges = self._get_charge_ids({row[0] for row in rows})
        return [
            OpenItem(
                *row[1:3], policies[row[2]], *row[3:-1], *memory.get(row[1], NEVER_DUNNED), row[0] in charges, row[-1]
            )
            for row in rows
            if row[1] not in held
        ]

    def _get_customers_query(self, partner_ids):
        """Return the query of who may be dunned: (id, policy id)."""
        return SQL(
            """
            SELECT commercial.id, %s FROM res_partner commercial
             WHERE commercial.commercial_partner_id = commercial.id AND %s
            """,
            self._get_policy_sql(),
            self._get_partner_condition(partner_ids),
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

    def _get_memory(self, item_ids):
        """Return what dunning remembers of items: ``{id: (level id, its days, date, interest date, notice id)}``."""
        query = """
            SELECT item.move_line_id, item.level_id, level.days, item.date, item.interest_date, item.notice_id
              FROM dunning_item item LEFT JOIN dunning_level level ON level.id = item.level_id
             WHERE item.move_line_id = ANY(%s::int[])
        """
        rows = self.env.execute_query(SQL(query, get_array(item_ids, "int4")))
        return {item_id: values for item_id, *values in rows}

    def _get_held_ids(self, item_ids, notice_ids):
        """Return the ids of the items that other open notices ask for or deduct."""
        query = """
            SELECT move_line_id, notice_id FROM dunning_notice_line
             WHERE state IN ('draft', 'approved') AND move_line_id = ANY(%s::int[])
        """
        own = set(notice_ids)
        rows = self.env.execute_query(SQL(query, get_array(item_ids, "int4")))
        return {item_id for item_id, notice_id in rows if notice_id not in own}

    def _get_charge_ids(self, move_ids):
        """Return the ids of the invoices that book charges."""
        query = SQL("SELECT move_id FROM dunning_charge WHERE move_id = ANY(%s::int[])", get_array(move_ids, "int4"))
        return {row[0] for row in self.env.execute_query(query)}

    def _get_partner_field_sql(self, name, alias="commercial"):
        """Return a field of the customer, as it is in the company of the run."""
        # Superuser: only the expression of a column is asked for.
        partners = self.env["res.partner"].sudo().with_company(self.company_id)
        return partners._field_to_sql(alias, name)

    def _get_policy_sql(self):
        own = self._get_partner_field_sql("dunning_policy_id")
        return SQL("COALESCE(%s, %s)", own, self.company_id.dunning_policy_id.id or None)

    def _get_partner_condition(self, partner_ids):
        """Return the condition on customers: not exempt, not blocked on the day, of a policy of the run."""
        policies = SQL("%s = ANY(%s)", self._get_policy_sql(), self._get_policies().ids)
        if partner_ids is not None:
            policies = SQL("commercial.id = ANY(%s)", list(partner_ids))
        blocked = self._get_partner_field_sql("dunning_blocked_until")
        opt_out = self._get_partner_field_sql("dunning_opt_out")
        query = "%s AND %s IS NOT TRUE AND (%s IS NULL OR %s < %s)"
        return SQL(query, policies, opt_out, blocked, blocked, self.date)
