from ast import literal_eval

from odoo import fields, models
from odoo.tools.misc import formatLang

from ...tools.finding import Finding, get_fingerprint


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

    def _get_review_terms(self):
        """Return the terms to which an approval is bound: another customer, another approval."""
        self.ensure_one()
        names = ("partner_id", "company_id", "currency_id", "payment_term_id", "fiscal_position_id")
        return {name: self[name].id for name in names}

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
            user = self.user_id or self.create_uid
        return user

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
        departments = self._get_review_departments() if scope.department_ids else {}
        return self.filtered(
            lambda order: scope.includes(
                order._get_review_amount(scope.basis),
                departments.get(order, ()),
                order.team_id.id,
                order.partner_id.commercial_partner_id.customer_class_id.id,
            )
        )

    def _get_review_departments(self):
        """Return the departments whose rules hold for these orders: their own and that of who wrote them.

        Whoever may not choose a department could still choose the salesperson that it follows from.

        :return: dict, order -> set of ids, each department with those above it
        """
        authors = {
            order: (order.create_uid.id or self.env.uid, order.company_id.id, order._get_review_date())
            for order in self
        }
        found = self.env["hr.employee"]._get_departments_at(set(authors.values()))
        nobody = self.env["hr.department"]
        paths = {
            order: (order.department_id | found.get(author, nobody)).mapped("parent_path")
            for order, author in authors.items()
        }
        return {order: {int(node) for node in "".join(path).split("/") if node} for order, path in paths.items()}

    def _prepare_rule_finding(self, rule):
        """Return the finding that this order meets an amount or special rule."""
        self.ensure_one()
        amount = self._get_review_amount(rule.amount_basis)
        values = {
            "rule": rule.name,
            "amount": self._format_review_amount(amount, rule.amount_basis),
            "minimum": formatLang(self.env, rule.min_amount, currency_obj=self.company_id.currency_id),
        }
        if rule.kind == "special":
            message = self.env._("Special contract (%(rule)s), %(amount)s", **values)
            if self.special_reason:
                message = self.env._("%(message)s: %(reason)s", message=message, reason=self.special_reason)
        else:
            message = self.env._("%(amount)s reaches the threshold of %(minimum)s set by “%(rule)s”", **values)
        return Finding(
            kind=rule.kind,
            key=f"rule:{rule.id}",
            measure=amount,
            severity="review",
            message=message,
            rule=rule,
            facts=dict(self._get_amount_facts(rule.amount_basis), min_amount=rule.min_amount),
        )

    def _prepare_special_finding(self):
        """Return the finding that the contract of this order is special although no rule claims it."""
        self.ensure_one()
        amount = self._get_review_amount("untaxed")
        message = self.env._(
            "Special contract, %(amount)s: %(reason)s",
            amount=self._format_review_amount(amount, "untaxed"),
            reason=self.special_reason or "-",
        )
        return Finding("special", "contract", amount, "review", message, facts=self._get_amount_facts("untaxed"))

    def _get_contract_findings(self):
        """Yield (order, finding) for everything in which an order differs from its signed contract."""
        for order, mismatches in self.sudo()._get_contract_mismatches().items():
            for key, measure, message, facts in mismatches:
                yield order, Finding("mismatch", key, measure, "review", message, facts=facts)

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
        amount; and what is written into a line as given tax amounts does not lower it.
        """
        self.ensure_one()
        amount = self.amount_total if basis == "total" else self.amount_untaxed
        return amount + sum(line._get_hidden_amount(basis) for line in self.order_line if not line.display_type)

    def _format_review_amount(self, amount, basis):
        """Return an amount for people: in company currency, with the order's own where it is another."""
        self.ensure_one()
        text = formatLang(self.env, amount, currency_obj=self.company_id.currency_id)
        if self.currency_id != self.company_id.currency_id:
            own = self._get_review_amount_currency(basis)
            text = f"{text} ({formatLang(self.env, own, currency_obj=self.currency_id)})"
        if basis == "total":
            return self.env._("%s incl. tax", text)
        return self.env._("%s excl. tax", text)

    def _get_amount_facts(self, basis):
        """Return the figures behind an amount finding."""
        self.ensure_one()
        return {
            "basis": basis,
            "amount": self._get_review_amount(basis),
            "amount_in_currency": self._get_review_amount_currency(basis),
            "currency": self.currency_id.name,
            "date": fields.Date.to_string(self._get_review_date()),
        }

    # === BUSINESS METHODS: COVERAGE === #

    def _get_review_fingerprint(self):
        """Return the terms of this order as one text; approvals hold while it stays the same."""
        return get_fingerprint(self._get_review_terms())

    def _get_claimed_findings(self, stage):
        """Return the findings at a stage that stop an order, each with the rule that claims it.

        :return: dict, order -> list of `Finding` of severity ``review`` or ``block``
        """
        found = {
            order: [finding for finding in findings if finding.severity != "warn"]
            for order, findings in self._get_review_findings(stage).items()
        }
        claims = self._get_claims({finding.kind for findings in found.values() for finding in findings})
        return {order: [claims(order, finding) for finding in findings] for order, findings in found.items()}

    def _get_claims(self, kinds):
        """Return the function that lets the first rule of a finding's kind in whose scope the order is claim it.

        Amount and special findings come from their rules already.

        :param set kinds: the kinds that were found
        :return: function (order, finding) -> `Finding`
        """
        claims = []
        for company, orders in self.sudo().grouped("company_id").items():
            for scope in self.env["sale.review.rule"]._get_scopes(company.id):
                if scope.kind in kinds - {"amount", "special"}:
                    rule = self.env["sale.review.rule"].sudo().browse(scope.rule_id)
                    claims.append((scope.kind, rule, orders._filtered_in_scope(scope)))

        def claim(order, finding):
            if finding.rule or finding.severity != "review":
                return finding
            rule = next((rule for kind, rule, orders in claims if kind == finding.kind and order in orders), None)
            return finding.claimed_by(rule) if rule else finding

        return claim

    def _get_uncovered_findings(self, stage):
        """Return what stops these orders at a stage: findings that no approval in force covers.

        :return: dict, order -> list of `Finding`, with an entry for every order
        """
        claimed = self._get_claimed_findings(stage)
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
