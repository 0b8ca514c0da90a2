from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sales_control.tools.finding import refer

from ...tools.credit import Leaving, get_delivery_measure

KINDS = ("credit", "overdue")
# Findings that end with the debt: an order paid in advance adds none. A manual hold is no matter of money alone.
SETTLED_BY_PAYMENT = {("credit", "limit"), ("credit", "payer"), ("overdue", "overdue"), ("overdue", "customer")}


class SaleOrder(models.Model):
    """The credit check of orders at confirmation, delivery and invoice; holds clear themselves when the debt does.

    The limit is the payer's. Where somebody else than the customer pays, or gets the goods, those are judged too; see
    `sale_order_parties`.
    """

    _name = "sale.order"
    _inherit = "sale.order"

    # === HOOKS === #

    def _get_review_findings(self, stage):
        """Add what passes the credit limit, what is overdue and manual holds, as the grade of the payer asks."""
        findings = super()._get_review_findings(stage)
        for company, orders in self._group_for_credit():
            for order, found in orders._get_credit_findings(company, stage):
                findings[order].append(found)
        return findings

    def _get_later_findings(self, known):
        """Judge deliveries to come as if all that is picked, reserved or ordered left, each order by itself."""
        # Superuser: a salesperson may not read the goods.
        with self.sudo().picking_ids.move_ids._declare_leaving(together=False):
            return super()._get_later_findings(known)

    def _get_review_terms(self):
        """Bind approvals to the payer: another payer, another decision."""
        return dict(super()._get_review_terms(), payer=self._get_payer().id)

    def _is_settled_by_payment(self, finding):
        """A customer beyond his limit, or late, may still pay in advance: prepaid orders pass."""
        return finding.identity in SETTLED_BY_PAYMENT or super()._is_settled_by_payment(finding)

    @api.constrains("state")
    def _check_review(self):
        """Claim the payers: of two orders confirmed at one moment the second is judged on top of the first."""
        # Kept now, while the limit is the one that is judged, and written together with the state. Superuser: it says
        # what the payer may owe.
        self.sudo().mapped("credit_confirmation")
        confirmed = self.filtered(lambda order: order.state == "sale")
        with self._get_judgement().during(stage="confirm", ahead={}):
            confirmed._claim_payers(excluded_orders=confirmed._origin)
            return super()._check_review()

    def _follow_edit(self, before):
        """Claim the payers, those that the edit has brought in too; keep what the edit comes to."""
        self._claim_payers()
        result = super()._follow_edit(before)
        self._keep_credit_edit()
        return result

    @api.model
    def _is_confirming(self):
        """Tell whether the orders that are judged have just got the state of confirmed ones."""
        return self._get_judgement().stage == "confirm"

    def _recheck_reviews(self, request=False):
        """Claim the payers: what is released now may use up their limit."""
        self._claim_payers()
        result = super()._recheck_reviews(request)
        self.env["credit.recheck"]._forget(self)
        return result

    # === RECHECK === #

    @api.model
    def _queue_credit_recheck(self, partners=None):
        """Judge again soon what waits for credit: limits, settings or receipts have changed.

        :param partners: commercial partners for whom they have; all where not given
        """
        self._get_judgement().limits.clear()
        self.env["credit.recheck"]._queue(partners)
        # Superuser: whoever books a receipt may not read the cron.
        cron = self.env.ref("sales_plan_credit.ir_cron_recheck_credit", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _cron_recheck_credit(self, limit=100):
        """Judge again the orders that wait for credit of customers for whom something changed; one transaction for each.

        :param limit: how many orders in one call
        """
        cron = self.env.ref("sales_plan_credit.ir_cron_recheck_credit")
        queue = self.env["credit.recheck"]
        queue._queue_orders()
        queue._get_orders()._recheck_by(cron, limit=limit)

    @api.model
    def _cron_queue_credit_recheck(self):
        """Have all that waits judged again once a day, as days themselves change limits and dues."""
        self._queue_credit_recheck()

    @api.model
    def _get_credit_waiting_domain(self):
        """Return the domain of the orders that wait for a credit decision, held ones and quotations."""
        reviews = Domain("kind", "in", KINDS) & Domain("state", "=", "pending")
        return Domain("state", "in", ("draft", "sent", "sale")) & Domain("order_review_ids", "any", reviews)

    # === BUSINESS METHODS: JUDGEMENT === #

    def _claim_payers(self, excluded_orders=None):
        """Claim the payers of these orders, before a decision is made on what they owe; see `credit.claim`.

        :param excluded_orders: where given, what is judged by is read with the claim, without these orders
        """
        for company, orders in self._group_for_credit():
            self.env["credit.claim"]._claim(company, orders._get_credit_parties(), excluded_orders)

    def _group_for_credit(self):
        """Return the pairs (company, its orders), as superuser; none where credit is used nowhere.

        Always in the same order: claims that cross would wait for each other.
        """
        if not (self and self.env["credit.grade"]._is_credit_used()):
            return []
        # Superuser: whoever confirms is judged by receivables and orders that he may not read.
        return sorted(self.sudo().grouped("company_id").items(), key=lambda pair: pair[0].id)

    def _get_credit_findings(self, company, stage):
        """Yield (order, finding) for these orders of ``company``; each on top of those before it in the same call."""
        judged = self if stage == "confirm" else self.browse()
        parties = self._get_credit_parties()
        positions = parties._get_credit_positions(company, excluded_orders=judged._origin)
        limits = self._get_judgement().limits
        limits.update({(party.id, company.id): position.limit for party, position in positions.items()})
        running = dict.fromkeys(parties, 0.0)
        for order in self:
            payer = order._get_payer()
            position = positions.get(payer)
            if position:
                own = order._get_credit_addition(stage, position)
                yield from ((order, found) for found in order._judge_holds(stage, positions))
                yield from ((order, found) for found in order._judge_credit(stage, position, own, running[payer]))
                yield from ((order, found) for found in order._judge_customer(stage, positions, own))
                if order._is_credit_taken(stage, position.get_excess(running[payer] + own)):
                    running[payer] += own

    def _get_credit_addition(self, stage, position):
        """Return what passing a stage adds to the exposure of this order's payer, in company currency."""
        if stage == "confirm":
            return self._get_credit_contribution()
        return self._get_leaving_debt(position.real_only) if stage == "deliver" else 0.0

    def _is_credit_taken(self, stage, excess):
        """Tell whether the orders judged after this one in the same call find its credit taken.

        At confirmation where it fits, is confirmed or released; at delivery where the goods of all leave together.
        """
        self.ensure_one()
        if stage != "confirm":
            return self._get_leaving().together
        fits = self.company_id.currency_id.compare_amounts(excess, 0) <= 0
        return fits or self.state == "sale" or bool(self._get_released_excess())

    def _get_credit_contribution(self):
        """Return what this order adds to the exposure once it is confirmed, less what is paid; company currency."""
        self.ensure_one()
        amounts = self._get_credit_amounts(reopened=self._is_confirming())
        return self._to_company_currency(sum(amounts)) - self._get_credit_prepaid()

    def _judge_credit(self, stage, position, own, before):
        """Yield what this order's payer owes too much, and what he has overdue.

        :param position: `CreditPosition` of the payer, without the order itself at confirmation
        :param own: what the order adds at this stage
        :param before: what orders judged before it in the same call add
        """
        self.ensure_one()
        severity = position.policies.get(stage, "none")
        if severity == "none":
            return
        measure, added = self._get_credit_measure(stage, position, own, before)
        compare = self.company_id.currency_id.compare_amounts
        if compare(measure, 0) > 0:
            yield self._prepare_credit_finding(position, severity, measure, added)
        if compare(position.late, position.tolerance) > 0 and self._adds_debt(stage, own):
            yield self._prepare_overdue_finding("overdue", self._get_payer(), position, severity)

    def _adds_debt(self, stage, own):
        """Tell whether an order adds debt at a stage: one of nothing, or paid in advance, always passes.

        What is billed in advance and not paid has moved to the receivables, and is debt of this order all the same.
        """
        self.ensure_one()
        if stage == "confirm":
            confirming = self.state != "sale" or self._is_confirming()
            compare = self.company_id.currency_id.compare_amounts
            grows = confirming or compare(self._get_credit_growth(own), 0) > 0
            return grows and (compare(own, 0) > 0 or self._has_unpaid_down_payment())
        return own > 0 or self._is_owed()

    def _get_credit_measure(self, stage, position, own, before):
        """Return by how much this order passes the limit at a stage, and what was added to the exposure for that."""
        if position.limit is None:
            return 0.0, 0.0
        if stage == "confirm":
            added = own + before
            return (position.get_excess(added) if self._adds_debt(stage, own) else 0.0), added
        if stage == "invoice":
            return position.get_excess(), 0.0
        return self._get_delivery_measure(position, own, own + before)

    def _get_delivery_measure(self, position, own, added):
        """Return the measure of a delivery, and what is added to the exposure for that, in company currency.

        :param own: what the goods of this order add
        :param added: the same with those of the orders before it in the same call
        """
        if position.real_only:
            return (position.get_excess(added) if own else 0.0), added
        increase = max(own, self._get_credit_increase())
        confirmed = (self.credit_confirmation or {}).get("limit")
        released = self._get_released_excess(in_force=False)
        excess = position.get_excess(added)
        return get_delivery_measure(excess, position.limit, confirmed, released, increase), added

    def _get_leaving_debt(self, real_only):
        """Return what the goods that are about to leave add to the exposure, in company currency.

        Where open orders count, only what goes beyond the order, else what is not prepaid; see
        `stock.move._declare_leaving`.
        """
        self.ensure_one()
        amounts = (self._get_credit_amounts(self._get_leaving().quantities), self._get_credit_amounts())
        after, before = (uninvoiced if real_only else uninvoiced + undelivered for uninvoiced, undelivered in amounts)
        prepaid = self._get_credit_prepaid() if real_only else 0.0
        return max(0.0, self._to_company_currency(after - before) - prepaid)

    @api.model
    def _get_leaving(self):
        """Return what is about to leave in this transaction: `Leaving`."""
        return self._get_judgement().leaving or Leaving()

    def _get_released_excess(self, in_force=True):
        """Return the largest excess that reviewers released for this order, in company currency.

        :param in_force: only releases that are valid today
        """
        self.ensure_one()
        reviews = self.order_review_ids.filtered(
            lambda review: review.kind == "credit" and review.key == "limit" and review.state == "approved"
        )
        if in_force:
            reviews = reviews._get_in_force(self._get_review_date())
        return max(reviews.filtered("is_current").mapped("measure"), default=0.0)

    # === BUSINESS METHODS: FINDINGS === #

    def _prepare_credit_finding(self, position, severity, measure, added):
        """Return the finding that the exposure passes the limit: with every component and by how much."""
        facts = self._get_debtor_facts(self._get_payer()) | {
            "limit": position.limit,
            "receivable": position.receivable,
            "uninvoiced": position.uninvoiced,
            "undelivered": 0.0 if position.real_only else position.undelivered,
            "draft_invoiced": position.draft_invoiced,
            "this_order": added,
            "excess": measure,
        }
        return self._make_finding("credit", "limit", measure, severity, facts)

    def _prepare_overdue_finding(self, key, debtor, position, severity):
        """Return the finding that a debtor of a `CreditPosition` has overdue receivables beyond grace and tolerance."""
        facts = self._get_debtor_facts(debtor) | {
            "overdue": position.overdue,
            "late": position.late,
            "days": position.overdue_days,
            "grace_days": position.grace_days,
            "tolerance": position.tolerance,
        }
        measure, stake = position.late - position.tolerance, self._get_review_amount("untaxed")
        return self._make_finding("overdue", key, measure, severity, facts, stake=stake)

    def _get_debtor_facts(self, debtor):
        """Return whom figures of credit are about, and in which currency they are."""
        return {"partner_id": refer(debtor), "company_currency_id": refer(self.company_id.currency_id)}
