from itertools import groupby
from operator import attrgetter

from odoo import models
from odoo.tools import SQL

from ...tools.interest import Principal, get_interest
from ...tools.levels import Claim, OpenItem, Proposal, ReachedLevels, deduct, drop_settled
from ...tools.rates import DIGITS, Rates


class DunningRun(models.Model):
    """From the ledger to proposed notices: who is asked for what, in the currencies of the items.

    Each kind of data is read by one statement, whatever the number of customers.
    """

    _name = "dunning.run"
    _inherit = "dunning.run"

    # === WHO IS ASKED FOR WHAT === #

    def _get_proposals(self, items):
        """Return the notices that the items call for.

        :param items: `OpenItem`, sorted by customer
        :return: list of `levels.Proposal`, complete but for fees and totals
        """
        terms = self._get_policies()._get_terms()
        levels = {policy.id: ReachedLevels(policy.levels, self.date) for policy in terms.values()}
        proposals = []
        for partner_id, group in groupby(items, key=attrgetter("partner_id")):
            group = list(group)
            policy = terms[group[0].policy_id]
            claims = self._select_claims(group, levels[policy.id])
            if claims:
                proposal = Proposal(partner_id, policy, claims, self._get_pool(group, policy))
                self._set_position(proposal, group)
                proposals.append(proposal)
        return self._complete(proposals)

    def _select_claims(self, items, levels):
        """Return the claims of a customer; none where no item reaches a new level.

        :param levels: `ReachedLevels` of his policy
        """
        claims = [claim for item in items if (claim := self._get_claim(item, levels))]
        return claims if any(claim.is_new for claim in claims) else []

    def _get_claim(self, item, levels):
        """Return what is asked for of an item: at a new level, or once more when it is overdue and has been before."""
        if item.residual <= 0:
            return None
        level = levels.get_next(item)
        if level:
            return Claim(item, level.id, level.days, True, item.residual)
        if item.level_id and item.due < levels.date:
            return Claim(item, item.level_id, item.level_days, False, item.residual)
        return None

    def _get_pool(self, items, policy):
        """Return the open credits of a customer: ``{item id: [item, what is left, negative]}``."""
        return {item.id: [item, item.residual] for item in items if item.residual < 0} if policy.is_netting else {}

    def _set_position(self, proposal, items):
        """Note what the customer owes beside the claim, per currency."""
        claimed = {claim.item.id for claim in proposal.claims}
        balance, not_due, day = proposal.balance, proposal.not_due, self.date
        for item in items:
            currency, residual = item.currency_id, item.residual
            balance[currency] = balance.get(currency, 0.0) + residual
            if residual > 0 and item.due >= day and item.id not in claimed:
                not_due[currency] = not_due.get(currency, 0.0) + residual

    def _complete(self, proposals):
        """Leave out what is promised and disputed, deduct credits, charge interest; return the notices that remain."""
        rates = self._get_rates()
        self._leave_out_held(proposals, rates)
        remaining = [proposal for proposal in proposals if self._is_worth_asking(proposal, rates)]
        self._charge_interest(remaining, rates)
        return remaining

    def _get_rates(self):
        """Return the `Rates` of the run: those of its company on its day."""
        return Rates(self.company_id, self.date)

    def _leave_out_held(self, proposals, rates):
        """Take promised and disputed parts out of the claims; what is disputed bears no interest meanwhile."""
        items = self.env["account.move.line"].browse(
            [claim.item.id for proposal in proposals for claim in proposal.claims]
        )
        promised = self.env["payment.promise"]._get_held_amounts(items, self.date)
        disputed = self.env["dunning.dispute"]._get_disputed_amounts(items, self.date)
        for proposal in proposals:
            for claim in proposal.claims:
                item = claim.item
                claim.interest_base = item.residual
                if item.id not in promised and item.id not in disputed:
                    continue
                claim.interest_base = max(item.residual - disputed.get(item.id, 0.0), 0.0)
                claim.held = min(promised.get(item.id, 0.0) + disputed.get(item.id, 0.0), item.residual)
                claim.amount = rates.round(item.currency_id, item.residual - claim.held)
            proposal.claims = [claim for claim in proposal.claims if claim.amount > 0]

    def _is_worth_asking(self, proposal, rates):
        """Deduct the credits and tell whether what is left reaches the minimum of the notice's level."""
        deduct(proposal)
        if not drop_settled(proposal, rates.is_zero):
            return False
        total = rates.get_sum(proposal.get_sums().items(), proposal.policy.currency_id)
        return round(total - proposal.level.min_amount, DIGITS) >= 0

    def _charge_interest(self, proposals, rates):
        """Set the interest of the items that reach a level with interest: from the day last charged to the run's."""
        claims = [pair for proposal in proposals for pair in self._get_bearing_claims(proposal)]
        payments = self._get_payments([claim.item.id for claim, _terms in claims]) if claims else {}
        for claim, terms in claims:
            item = claim.item
            claim.interest_from = max(item.interest_date or item.due, item.due)
            claim.interest_to = self.date
            principal = Principal(claim.interest_base, payments.get(item.id, []))
            interest = get_interest(principal, claim.interest_from, claim.interest_to, terms)
            claim.interest = rates.round(item.currency_id, interest)
        for proposal in proposals:
            if proposal.level.interest_tax_ids:
                self._tax_interest(proposal)

    def _tax_interest(self, proposal):
        """Add the taxes of the interest: what a notice claims is what an invoice for it would say."""
        level = self.env["dunning.level"].browse(proposal.level.id)
        for claim in proposal.claims:
            currency = self.env["res.currency"].browse(claim.item.currency_id)
            claim.interest = level._get_interest_total(claim.interest, currency)

    def _get_bearing_claims(self, proposal):
        """Return (claim, `InterestTerms`); charges of our own bear no interest."""
        terms = {level.id: level.interest for level in proposal.policy.levels if level.interest}
        return [
            (claim, terms[claim.level_id])
            for claim in proposal.claims
            if claim.is_new and claim.level_id in terms and not claim.item.is_charge and claim.item.due < self.date
        ]

    # === COMPUTED AGAIN === #

    def _refresh_notices(self, notices):
        """Compute notices of the run again from what is open now; return those that remain."""
        self.ensure_one()
        proposals = self._complete(self._get_current_proposals(notices))
        if proposals:
            self._update_notices(proposals)
        return notices.browse([proposal.notice_id for proposal in proposals])

    def _get_current_proposals(self, notices):
        """Return the notices as `Proposal`, of the lines that are still open and still the customer's."""
        terms = notices.policy_id._get_terms()
        day = max(self.date, self.company_id._get_today())
        partners = notices.partner_id.commercial_partner_id
        items = {}
        for item in self._get_open_items(day, partners.ids, notices.ids):
            items.setdefault(item.partner_id, {})[item.id] = item
        pools = {}
        proposals = []
        for notice in notices:
            own = items.get(notice.partner_id.commercial_partner_id.id, {})
            policy = terms[notice.policy_id.id]
            pool = pools.setdefault((notice.partner_id.id, policy.id), self._get_pool(own.values(), policy))
            claims = [claim for line in notice.line_ids if (claim := line._get_current_claim(own))]
            proposal = Proposal(notice.partner_id.commercial_partner_id.id, policy, claims, pool, notice_id=notice.id)
            self._set_position(proposal, own.values())
            proposals.append(proposal)
        return proposals

    # === OPEN ITEMS === #

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
            SQL("open.is_followed AND open.amount_currency <> 0"),
            SQL("(open.amount_currency > 0 OR open.date <= %s)", credit_date),
            self._get_free_condition(partner_ids, notice_ids),
        ]
        # materialized: customers are judged once each, not once per item
        return SQL(
            """
            WITH customer AS MATERIALIZED (
                SELECT commercial.id, %(policy)s AS policy_id FROM res_partner commercial
                 WHERE commercial.commercial_partner_id = commercial.id AND %(dunned)s
            )
            SELECT open.id, customer.id, customer.policy_id, open.currency_id, open.date, open.date_due,
                   open.amount_currency::float, open.document, item.level_id, level.days,
                   item.date, item.interest_date, item.notice_id,
                   EXISTS (SELECT 1 FROM dunning_charge charge WHERE charge.move_id = open.move_id)
              FROM (%(open)s) AS open
              JOIN customer ON customer.id = open.partner_id
         LEFT JOIN dunning_item item ON item.move_line_id = open.id
         LEFT JOIN dunning_level level ON level.id = item.level_id
             WHERE %(where)s
          ORDER BY customer.id, open.date_due, open.id
            """,
            policy=self._get_policy_sql(),
            dunned=self._get_partner_condition(partner_ids),
            open=self.env["account.move.line"]._get_open_query(self.company_id),
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
            return SQL("open.id NOT IN (%s)", held)
        # for few customers: by the index, not all that is held
        return SQL("NOT EXISTS (%s AND held.move_line_id = open.id)", held)

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
             WHERE partial.debit_move_id = ANY(%s) AND credit.parent_state = 'posted'
          GROUP BY 1, 2
        """
        for item_id, day, amount in self.env.execute_query(SQL(query, list(item_ids))):
            payments.setdefault(item_id, []).append((day, amount))
        return payments
