from odoo import models
from odoo.tools import SQL

from ...tools.levels import OpenItem


class DunningRun(models.Model):
    """What a run reads of the ledger: each kind of data by one statement, whatever the number of customers."""

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _get_open_items(self, credit_date, partner_ids=None, notice_ids=()):
        """Return the open receivable items and credits of the customers who may be dunned.

        :param credit_date: credits dated later are left out
        :param partner_ids: of these commercial partners only; None: of all whose policy the run covers
        :param notice_ids: notices in the making: what other open notices ask for or deduct is left out
        :return: generator of `levels.OpenItem`, by customer and due date
        """
        self.env.flush_all()
        rows = self.env.execute_query(self._get_items_query(credit_date, partner_ids, tuple(notice_ids)))
        return (OpenItem(*row) for row in rows)

    def _get_items_query(self, credit_date, partner_ids, notice_ids):
        where = [
            SQL("aml.company_id = %s", self.company_id.id),
            SQL("aml.parent_state = 'posted' AND aml.reconciled IS NOT TRUE AND aml.no_followup IS NOT TRUE"),
            SQL("aml.amount_residual_currency != 0"),
            SQL("(aml.amount_residual_currency > 0 OR aml.date <= %s)", credit_date),
            self._get_free_condition(partner_ids, notice_ids),
        ]
        # materialized: customers are judged once each, not once per item
        return SQL(
            """
            WITH customer AS MATERIALIZED (
                SELECT commercial.id, %(policy)s AS policy_id FROM res_partner commercial
                 WHERE commercial.commercial_partner_id = commercial.id AND %(dunned)s
            )
            SELECT aml.id, customer.id, customer.policy_id, aml.currency_id, aml.date, COALESCE(aml.date_maturity, aml.date),
                   aml.amount_residual_currency::float, COALESCE(aml.move_name, aml.name), item.level_id, level.days,
                   item.date, item.interest_date, item.notice_id,
                   EXISTS (SELECT 1 FROM dunning_charge charge WHERE charge.move_id = aml.move_id)
              FROM account_move_line aml
              JOIN account_account account ON account.id = aml.account_id
                                          AND account.account_type = 'asset_receivable'
              JOIN res_partner contact ON contact.id = aml.partner_id
              JOIN customer ON customer.id = contact.commercial_partner_id
         LEFT JOIN dunning_item item ON item.move_line_id = aml.id
         LEFT JOIN dunning_level level ON level.id = item.level_id
             WHERE %(where)s
          ORDER BY customer.id, COALESCE(aml.date_maturity, aml.date), aml.id
            """,
            policy=self._get_policy_sql(),
            dunned=self._get_partner_condition(partner_ids),
            where=SQL(" AND ").join(where),
        )

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

    def _get_free_condition(self, partner_ids, notice_ids):
        """Return the condition that no other open notice asks for the item or deducts the credit."""
        held = SQL(
            """SELECT held.move_line_id FROM dunning_notice_line held
                WHERE held.move_line_id IS NOT NULL AND held.state IN ('draft', 'approved')
                  AND NOT held.notice_id = ANY(%s)""",
            list(notice_ids),
        )
        if partner_ids is None:
            # read once, whatever the planner knows of a table that has just grown
            return SQL("aml.id NOT IN (%s)", held)
        # for few customers: by the index, not all that is held
        return SQL("NOT EXISTS (%s AND held.move_line_id = aml.id)", held)

    def _get_payments(self, item_ids):
        """Return what was paid of items, in their currency.

        The day is that of the counterpart (payment, credit note), but not before the item was due.

        :return: ``{item id: [(day, amount)]}``
        """
        payments = {}
        query = """
            SELECT debit.id, GREATEST(credit.date, COALESCE(debit.date_maturity, debit.date)),
                   SUM(partial.debit_amount_currency)::float
              FROM account_partial_reconcile partial
              JOIN account_move_line debit ON debit.id = partial.debit_move_id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
             WHERE partial.debit_move_id = ANY(%s)
          GROUP BY 1, 2
        """
        for item_id, day, amount in self.env.execute_query(SQL(query, list(item_ids))):
            payments.setdefault(item_id, []).append((day, amount))
        return payments

    def _get_previous_charges(self, partner_ids):
        """Return what earlier notices charged and what is only claimed, so far unpaid.

        :return: ``{commercial partner id: [(currency id, amount)]}``
        """
        charges = {}
        query = """
            SELECT contact.commercial_partner_id, charge.currency_id, SUM(charge.amount)::float
              FROM dunning_charge charge
              JOIN res_partner contact ON contact.id = charge.partner_id
             WHERE charge.company_id = %s AND charge.state = 'claimed' AND contact.commercial_partner_id = ANY(%s)
          GROUP BY 1, 2
        """
        for partner_id, *amount in self.env.execute_query(SQL(query, self.company_id.id, list(partner_ids))):
            charges.setdefault(partner_id, []).append(tuple(amount))
        return charges

    def _get_partner_data(self, partner_ids):
        """Return who answers for customers: ``{partner id: (salesperson id, collector id)}``."""
        query = SQL(
            "SELECT commercial.id, commercial.user_id, %s FROM res_partner commercial WHERE commercial.id = ANY(%s)",
            self._get_partner_field_sql("collector_id"),
            list(partner_ids),
        )
        return {partner: (user, collector) for partner, user, collector in self.env.execute_query(query)}

    def _get_contact_ids(self, proposals):
        """Return who gets `levels.Proposal`: ``{(partner id, level id): contact id}``; see `res.partner`."""
        levels = self.env["dunning.level"].browse({proposal.level.id for proposal in proposals})
        mailed = set(levels.filtered("channel_email").ids)
        contact_ids = {}
        for by_email in (True, False):
            chosen = [(p.partner_id, p.level.id) for p in proposals if (p.level.id in mailed) == by_email]
            partners = self.env["res.partner"].browse({partner for partner, _level in chosen})
            found = partners._get_dunning_contacts(self.company_id, by_email=by_email)
            contact_ids.update({(partner, level): found[partners.browse(partner)].id for partner, level in chosen})
        return contact_ids
