from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL, ormcache
from odoo.tools.misc import formatLang

POLICIES = [("none", "Do not check"), ("warn", "Warn"), ("review", "Ask for release"), ("block", "Refuse")]


class CreditGrade(models.Model):
    """How far a company trusts a group of customers, and what happens beyond it."""

    _name = "credit.grade"
    _description = "Credit Grade"
    _inherit = ["sale.rule.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, tracking=True, help="Short name for lists and imports.")
    sequence = fields.Integer(default=10, help="The best grade first.")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    credit_limit = fields.Monetary(
        tracking=True,
        help="Amount that a customer of this grade may owe, taxes included, in company currency, unless the customer has a limit of its own. 0 means nothing, as for cash customers.",
    )
    grace_days = fields.Integer(
        tracking=True, help="Receivables overdue by no more than this number of days are ignored."
    )
    overdue_tolerance = fields.Monetary(
        tracking=True, help="Overdue amounts up to this value, in company currency, are ignored."
    )
    confirm_policy = fields.Selection(POLICIES, "On Order Confirmation", required=True, default="review", tracking=True)
    deliver_policy = fields.Selection(POLICIES, "On Delivery", required=True, default="review", tracking=True)
    invoice_policy = fields.Selection(
        POLICIES,
        "On Invoicing",
        required=True,
        default="none",
        tracking=True,
        help="Invoicing of shipped goods is never blocked unless you set it here.",
    )
    is_proposed = fields.Boolean(
        "Propose by Payment Behavior",
        tracking=True,
        help="Proposed to customers that meet all of the criteria; if several grades qualify, the first in the list.",
    )
    max_days_late = fields.Float(
        "Maximum Days Late", digits=(16, 1), tracking=True, help="Over the last 12 months, weighted by amount."
    )
    max_share_late = fields.Float(
        "Maximum Share Late (%)", digits=(16, 1), default=100, tracking=True, help="Share of the amounts of 12 months."
    )
    min_months = fields.Integer("Minimum Months of History", tracking=True, help="Since the first invoice.")

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE active",
        "Code of a credit grade: another grade of the company already has it; choose another one.",
    )
    _check_figures = models.Constraint(
        "CHECK(credit_limit >= 0 AND grace_days >= 0 AND overdue_tolerance >= 0)",
        "Credit grade: limit, grace days and overdue tolerance must not be negative; enter 0 for none.",
    )
    _check_criteria = models.Constraint(
        "CHECK(max_days_late >= 0 AND max_share_late >= 0 AND max_share_late <= 100 AND min_months >= 0)",
        "Criteria of a credit grade: days, share and months must not be negative, and the share must be at most 100%.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for grade in self:
            grade.currency_id = (grade.company_id or self.env.company).currency_id

    # === CRUD METHODS === #

    @api.model
    def _follow_change(self):
        """Judge again what waits, besides: limits and policies have changed."""
        result = super()._follow_change()
        self.env["sale.order"]._queue_credit_recheck()
        return result

    # === ACTION METHODS === #

    def action_view_customers(self):
        """Return the action that lists the customers of this grade, in the user's company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_plan_credit.res_partner_action_credit")
        return dict(action, domain=[("credit_grade_id", "=", self.id)])

    # === BUSINESS METHODS === #

    @api.model
    @ormcache()
    def _is_credit_used(self):
        """Tell whether any grade, own limit or hold exists: without them no document is judged and no statement spent."""
        # Superuser: whoever confirms is judged by grades that he may not read. Customers keep an archived one.
        if self.sudo().with_context(active_test=False).search_count([], limit=1):
            return True
        query = """
            SELECT 1 FROM res_partner WHERE credit_on_hold IS NOT NULL OR credit_limit @? '$.* ? (@ > 0)' LIMIT 1
        """
        self.env["res.partner"].flush_model(["credit_on_hold", "credit_limit"])
        return bool(self.env.execute_query(SQL(query)))

    @api.model
    @contextmanager
    def _noting_first_use(self, names):
        """Have every process forget that credit is used nowhere, if that was so before fields of these ``names`` are
        written on customers.

        Asked before: afterwards a process that had not asked yet would find it used, and say nothing to the others.
        """
        first = names & {"credit_on_hold", "credit_limit"} and not self._is_credit_used()
        yield
        if first:
            self.env.registry.clear_cache()

    def _get_strictness(self):
        """Return what sorts the stricter of two grades, or none (empty), first: lower limits, then harder policies."""
        if not self:
            return (1,)
        hard = [name for name, _label in POLICIES]
        policies = (self.confirm_policy, self.deliver_policy, self.invoice_policy)
        ranks = [-hard.index(policy) for policy in policies]
        return (0, self.credit_limit, *ranks, self.grace_days, self.overdue_tolerance, -self.sequence, self.id)

    # === BUSINESS METHODS: PROPOSALS === #

    def _get_unmet_criteria(self, behaviour):
        """Return as texts what a `PaymentBehaviour` misses of the criteria of this grade."""
        self.ensure_one()
        unmet = []
        if round(behaviour.days_late, 1) > self.max_days_late:
            unmet.append(self.env._("at most %s days late", formatLang(self.env, self.max_days_late, digits=1)))
        if round(behaviour.share_late, 1) > self.max_share_late:
            unmet.append(self.env._("at most %s %% late", formatLang(self.env, self.max_share_late, digits=1)))
        if behaviour.months < self.min_months:
            unmet.append(self.env._("at least %s months of history", self.min_months))
        return unmet

    def _propose(self, behaviour):
        """Return the first of these grades whose criteria a `PaymentBehaviour` meets, and why, with the figures."""
        reasons = [
            self.env._(
                "%(days)s days late, %(share)s %% of the amount late, %(months)s months of history.",
                days=formatLang(self.env, behaviour.days_late, digits=1),
                share=formatLang(self.env, behaviour.share_late, digits=1),
                months=behaviour.months,
            )
        ]
        for grade in self:
            unmet = grade._get_unmet_criteria(behaviour)
            if not unmet:
                reasons.append(self.env._("%s: all criteria met.", grade.name))
                return grade, " ".join(reasons)
            reasons.append(self.env._("%(grade)s requires %(criteria)s.", grade=grade.name, criteria=", ".join(unmet)))
        return self.browse(), " ".join(reasons)

    @api.model
    def _propose_grades(self, company, partners=None):
        """Return the grade that payment behaviour earns, empty where none fits, and the reason; one statement.

        Customers that neither paid anything nor owe anything that is due are left out.

        :param partners: commercial partners, all customers where not given
        :return: dict, partner -> (`credit.grade`, text)
        """
        grades = self.search([("is_proposed", "=", True), ("company_id", "in", (False, company.id))])
        behaviours = self.env["payment.behaviour.report"]._read_behaviours(company, partners) if grades else {}
        return {
            partner: grades._propose(behaviour) for partner, behaviour in behaviours.items() if behaviour.has_history
        }
