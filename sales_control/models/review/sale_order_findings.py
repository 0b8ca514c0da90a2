from ast import literal_eval
from contextlib import contextmanager
from dataclasses import replace

from odoo import api, fields, models

from ...tools.finding import Finding, Match, get_digest, get_fingerprint, refer


class SaleOrder(models.Model):
    """What the review finds in orders, and which of it is covered by approvals."""

    _name = "sale.order"
    _inherit = "sale.order"

    # === HOOKS === #

    def _get_review_findings(self, stage):
        """Return what in these orders may need a decision at a stage.

        Other addons add their findings by extending this method; it must not write, and its number of SQL
        statements must not grow with the number of orders.

        :param str stage: ``confirm``, ``deliver`` or ``invoice``
        :return: dict, order -> list of `Finding`, with an entry for every order
        """
        findings = {order: [] for order in self}
        if stage == "confirm":
            for company, orders in self.grouped("company_id").items():
                for order, found in orders._get_rule_findings(company):
                    findings[order].append(found)
            for order, found in self._get_contract_findings():
                findings[order].append(found)
        return findings

    def _is_settled_by_payment(self, finding):
        """Tell whether a finding ends once the whole order is paid; other addons say so of theirs.

        :param finding: a `Finding` of this quotation
        """
        return False

    @contextmanager
    def _noting_edit(self):
        """Keep what an edit of these confirmed orders is compared with, for as long as it and its consequences last.

        Other addons note theirs in `Judgement.before_edit`.
        """
        yield

    def _get_review_terms(self):
        """Return the terms to which an approval is bound: another customer, another approval.

        Contacts of one company are one customer.
        """
        self.ensure_one()
        names = ("company_id", "currency_id", "payment_term_id", "fiscal_position_id")
        return {name: self[name].id for name in names} | {"partner_id": self.partner_id.commercial_partner_id.id}

    def _get_review_date(self):
        """Return the day whose exchange rate and approvals count: of the confirmation, before it today."""
        self.ensure_one()
        if self.state != "sale":
            return (self.company_id or self.env.company)._get_today()
        # Without the day: confirmed before this addon came.
        return self.confirmed_on or self.company_id._get_day(self.date_order or fields.Datetime.now())

    def _get_review_requester(self):
        """Return who asks for a review: the user, but the salesperson when a customer or the system acts."""
        self.ensure_one()
        user = self.env.user
        if user.share or not user.active:
            user = self._get_salesperson()
        return user

    @api.model
    def _make_finding(self, kind, key, measure, severity, facts, stake=None, rule=None):
        """Return a `Finding` with its sentence, as who reads it now may read it; parameters as of `Finding`."""
        message = self.env["sale.order.review"]._say(kind, key, facts)
        return Finding(kind, key, measure, severity, message, rule=rule, facts=facts, stake=stake)

    # === BUSINESS METHODS: FINDINGS === #

    def _get_rule_findings(self, company):
        """Yield (order, finding) for every amount and special rule of ``company`` that an order meets."""
        # Superuser: whoever confirms, customers included, is judged by classes and departments he may not read.
        orders = self.sudo()
        unclaimed = orders.filtered(lambda order: order.contract_kind == "special")
        for scope in self.env["sale.review.rule"]._get_scopes(company.id):
            if scope.kind in ("amount", "special"):
                rule = self.env["sale.review.rule"].sudo().browse(scope.rule_id)
                matching = orders._filtered_by_scope(scope)
                yield from ((order, order._prepare_rule_finding(rule)) for order in matching)
                if scope.kind == "special":
                    unclaimed -= matching
        yield from ((order, order._prepare_special_finding()) for order in unclaimed)

    def _filtered_by_scope(self, scope):
        """Return those of these orders that fall under the scope of a rule.

        A special rule applies to the orders that its condition selects, without one to special contracts.

        :param scope: the `Scope` of a rule of their company
        """
        orders = self
        if scope.kind == "special":
            domain = literal_eval(scope.domain) or [("contract_kind", "=", "special")]
            orders = self.filtered_domain(domain)
        return orders._filtered_in_scope(scope)

    def _filtered_in_scope(self, scope):
        """Return those of these orders whose amount, department, team and customer class are those of a `Scope`."""
        matches = self._match_scope(scope)
        return self.filtered(lambda order: matches[order].either)

    def _match_scope(self, scope):
        """Tell how these orders fall under the scope of a rule: dict, order -> `Match`."""
        places = self._get_review_places(scope)
        classes = self._get_review_classes() if scope.class_ids else {}
        matches = {}
        for order in self:
            said, brought = places[order]
            either = tuple(one | other for one, other in zip(said, brought, strict=True))
            amount = order._get_review_amount(scope.basis)
            found = (scope.includes(amount, *place, classes.get(order, ())) for place in (said, brought, either))
            matches[order] = Match(*found)
        return matches

    def _get_review_classes(self):
        """Return the customer classes whose rules hold for these orders: of the customer and of who pays.

        :return: dict, order -> set of ids
        """
        # Read at once, not order by order.
        (self.partner_id | self.partner_invoice_id).commercial_partner_id.mapped("customer_class_id")
        return {
            order: set((order.partner_id | order.partner_invoice_id).commercial_partner_id.customer_class_id.ids)
            for order in self
        }

    def _prepare_rule_finding(self, rule):
        """Return the finding that this order meets an amount or special rule."""
        self.ensure_one()
        facts = dict(self._get_amount_facts(rule.amount_basis), min_amount=rule.min_amount, rule_id=refer(rule))
        key = f"rule:{rule.id}"
        if rule.kind == "special":
            key = self._get_special_key(key)
            facts["special_reason"] = self.special_reason or ""
        return self._make_finding(rule.kind, key, facts["amount"], "review", facts, rule=rule)

    def _prepare_special_finding(self):
        """Return the finding that the contract of this order is special although no rule claims it."""
        self.ensure_one()
        facts = dict(self._get_amount_facts("untaxed"), rule_id=None, special_reason=self.special_reason or "-")
        return self._make_finding("special", self._get_special_key("contract"), facts["amount"], "review", facts)

    def _get_special_key(self, key):
        """Return the key of a special contract: another reason is another matter."""
        return f"{key}:{get_digest(self.special_reason)}" if self.special_reason else key

    def _get_contract_findings(self):
        """Yield (order, finding) for everything in which an order differs from its signed contract."""
        for order, mismatches in self.sudo()._get_contract_mismatches().items():
            for key, measure, message, facts in mismatches:
                finding = Finding("mismatch", order._get_mismatch_key(key), measure, "review", message, facts=facts)
                # Customer, terms and quantities have no amount of their own: it is the order that was looked at.
                stake = measure if key == "amount" else order._get_review_amount("untaxed")
                yield order, replace(finding, stake=stake)

    def _get_mismatch_key(self, key):
        """Return what a difference is about: another customer or other terms in the contract are another matter."""
        self.ensure_one()
        stated = {
            "customer": self.contract_partner_id.commercial_partner_id,
            "payment_term": self.contract_payment_term_id,
        }
        return f"{key}:{stated[key]._origin.id}" if key in stated else key

    # === BUSINESS METHODS: AMOUNTS === #

    def _get_review_amount(self, basis):
        """Return the amount of this order in company currency, at the rate of its review date.

        :param str basis: ``untaxed`` or ``total``
        """
        self.ensure_one()
        amount = self._get_review_amount_currency(basis)
        company = self.company_id
        # Never the order's own rate: whoever edits the order could write it.
        return self.currency_id._convert(amount, company.currency_id, company, self._get_review_date())

    def _get_review_amount_currency(self, basis):
        """Return the amount of this order in its own currency, with what its lines hide from it.

        Goods delivered beyond the order, or added to a delivery, are billed though the order does not show their
        amount; what is written into a line as given tax amounts does not lower it, nor do gift cards and wallets.
        """
        self.ensure_one()
        amount = self.amount_total if basis == "total" else self.amount_untaxed
        lines = self.order_line.filtered(lambda line: not line.display_type)
        return amount + lines._get_paid_amount(basis) + sum(line._get_hidden_amount(basis) for line in lines)

    def _get_amount_facts(self, basis):
        """Return the figures behind an amount finding."""
        self.ensure_one()
        return {
            "basis": basis,
            "amount": self._get_review_amount(basis),
            "amount_in_currency": self._get_review_amount_currency(basis),
            "currency": self.currency_id.name,
            "date": fields.Date.to_string(self._get_review_date()),
            "company_currency_id": refer(self.company_id.currency_id),
        }

    # === BUSINESS METHODS: COVERAGE === #

    def _get_review_fingerprint(self):
        """Return the terms of this order as one text; approvals hold while it stays the same."""
        return get_fingerprint(self._get_review_terms())

    def _claim_findings(self, found):
        """Return those findings that stop an order, each with the rule that claims it.

        :param dict found: order -> list of `Finding`
        :return: the same, of severity ``review`` or ``block``
        """
        found = {
            order: [finding for finding in findings if finding.severity != "warn"] for order, findings in found.items()
        }
        claims = self._get_claims({finding.kind for findings in found.values() for finding in findings})
        return {order: [claims(order, finding) for finding in findings] for order, findings in found.items()}

    def _get_claims(self, kinds):
        """Return the function that lets the rules claim a finding: the first of its kind in whose scope the order is.

        Where what the order says and what its author brings along lead to different rules, both claim it: nobody chooses
        who decides. Amount and special findings come from their rules already.

        :param set kinds: the kinds that were found
        :return: function (order, finding) -> `Finding`
        """
        claims = {kind: [] for kind in kinds - {"amount", "special"}}
        for company, orders in self.sudo().grouped("company_id").items():
            for scope in self.env["sale.review.rule"]._get_scopes(company.id):
                if scope.kind in claims:
                    rule = self.env["sale.review.rule"].sudo().browse(scope.rule_id)
                    claims[scope.kind].append((rule, orders._match_scope(scope)))
        nobody = Match(False, False, False)

        def claim(order, finding):
            if finding.rule or finding.severity != "review":
                return finding
            found = [(rule, matches.get(order, nobody)) for rule, matches in claims.get(finding.kind, ())]
            said, brought, either = (
                next((rule for rule, match in found if match[place]), self.env["sale.review.rule"])
                for place in range(3)
            )
            rules = said | brought or either
            return finding.claimed_by(rules) if rules else finding

        return claim

    def _get_uncovered_findings(self, stage):
        """Return what stops these orders at a stage: findings that no approval in force covers.

        :return: dict, order -> list of `Finding`, with an entry for every order
        """
        return self._filter_uncovered(self._get_review_findings(stage), stage)

    def _filter_uncovered(self, found, stage):
        """Return those of the findings at a stage that stop these orders.

        :param dict found: order -> list of `Finding`
        :return: the same, each with the rule that claims it
        """
        claimed = self._claim_findings(found)
        approvals = self._get_review_approvals([order for order, findings in claimed.items() if findings], stage)
        return {
            order: [
                finding for finding in findings if finding.severity == "block" or not approvals[order]._covers(finding)
            ]
            for order, findings in claimed.items()
        }

    def _get_later_findings(self, known):
        """Return what will stop the deliveries or invoices of confirmed orders, beside what stops the orders.

        :param dict known: order -> findings at confirmation
        :return: dict, order -> list of `Finding` of severity ``review``, one for each matter
        """
        later = {order: {} for order in self}
        for stage in ("deliver", "invoice"):
            ahead = self.filtered(lambda order, stage=stage: order._is_stage_ahead(stage))
            for order, findings in ahead._get_uncovered_findings(stage).items() if ahead else ():
                later[order] |= {finding.identity: finding for finding in findings if finding.severity == "review"}
        for order, findings in known.items():
            for finding in findings if order in later else ():
                later[order].pop(finding.identity, None)
        return {order: list(findings.values()) for order, findings in later.items()}

    def _is_stage_ahead(self, stage):
        """Tell whether goods (``deliver``) or bills (``invoice``) of this confirmed order are still to come."""
        self.ensure_one()
        if stage == "deliver":
            is_ahead = self.delivery_status in ("pending", "started", "partial")
        else:
            drafts = self.invoice_ids.filtered(lambda move: move.state == "draft")
            is_ahead = self.invoice_status == "to invoice" or bool(drafts)
        return self.state == "sale" and is_ahead

    def _get_review_approvals(self, orders, stage):
        """Return the approvals in force on the present terms of orders, as superuser.

        :param list orders: the orders to look for
        :return: dict, order -> `sale.order.review`
        """
        approvals = {}
        # Superuser: an approval counts whether or not the caller may read it.
        for order in self.browse().concat(*orders).sudo():
            terms = order._get_review_fingerprint()
            same = order.order_review_ids.filtered(lambda review, terms=terms: review.fingerprint == terms)
            day = order._get_review_date() if stage == "confirm" else order.company_id._get_today()
            approvals[order] = same._get_in_force(day)
        return approvals
