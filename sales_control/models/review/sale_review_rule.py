from ast import literal_eval

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.finding import Scope


class SaleReviewRule(models.Model):
    """When an order needs a decision, and who decides, step by step."""

    _name = "sale.review.rule"
    _description = "Order Review Rule"
    _inherit = ["sale.rule.mixin", "mail.thread"]
    _order = "sequence, min_amount, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(
        default=10,
        help="Among rules of the same type, those with a lower sequence, then a lower amount, are decided first.",
    )
    active = fields.Boolean(default=True, tracking=True)
    kind = fields.Selection(
        [("amount", "Amount"), ("special", "Special contract"), ("mismatch", "Contract mismatch")],
        string="Type",
        required=True,
        default="amount",
        tracking=True,
        help="Amount: orders at or above the minimum amount.\n"
        "Special contract: orders marked as special, or those matching the condition.\n"
        "Contract mismatch: orders that differ from their signed contract.",
    )
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, tracking=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount_basis = fields.Selection(
        [("untaxed", "Untaxed amount"), ("total", "Total incl. tax")],
        required=True,
        default="untaxed",
        tracking=True,
    )
    min_amount = fields.Monetary(
        "Minimum Amount",
        tracking=True,
        help="Orders of this amount or more, in company currency at the exchange rate of the order date.",
    )
    department_ids = fields.Many2many(
        "hr.department",
        check_company=True,
        string="Departments",
        ondelete="restrict",
        help="Leave empty for all. Sub-departments are included.",
    )
    team_ids = fields.Many2many(
        "crm.team", check_company=True, string="Sales Teams", ondelete="restrict", help="Leave empty for all."
    )
    customer_class_ids = fields.Many2many(
        "sale.customer.class",
        check_company=True,
        string="Customer Classes",
        ondelete="restrict",
        help="Leave empty for all.",
    )
    domain = fields.Char(
        "Condition", default="[]", tracking=True, help="Special contracts only: which orders need this review."
    )
    validity_days = fields.Integer(
        "Validity (days)",
        tracking=True,
        help="Number of days for which an approval can be used to confirm the order. 0 means no limit.",
    )
    tolerance = fields.Float(
        "Tolerance (%)",
        digits=(16, 2),
        tracking=True,
        help="Percentage by which the figure, and what is at stake, may increase after approval before the same people have "
        "to approve again.",
    )
    step_ids = fields.One2many("sale.review.rule.step", "rule_id", string="Steps", copy=True)

    _check_min_amount = models.Constraint(
        "CHECK(min_amount >= 0)", "Minimum amount of a review rule: enter 0 or a positive amount."
    )
    _check_validity_days = models.Constraint(
        "CHECK(validity_days BETWEEN 0 AND 36500)",
        "Validity of a review rule: enter 0 (no limit) or a number of days, up to 36,500 (a hundred years).",
    )
    _check_tolerance = models.Constraint(
        "CHECK(tolerance BETWEEN 0 AND 100000)",
        "Tolerance of a review rule: enter 0 or a positive percentage, up to 100,000.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                Domain(rule._get_domain()).validate(self.env["sale.order"])
            except Exception as error:  # whatever a hand-written domain raises, the reader learns the field
                raise ValidationError(
                    self.env._(
                        "The condition of the review rule “%(rule)s” is not a valid filter on sales orders: %(error)s",
                        rule=rule.name,
                        error=error,
                    )
                ) from error

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache("company_id")
    def _get_scopes(self, company_id):
        """Return the scopes of the rules in force in a company, in the order in which they decide.

        :return: tuple of `Scope`
        """
        # Superuser: salespeople and customers are judged by rules that they cannot read.
        rules = self.sudo().with_context(active_test=True).search([("company_id", "in", [False, company_id])])
        # An archived department, team or class still limits: without it the rule would be one for all.
        return tuple(rule._prepare_scope() for rule in rules.with_context(active_test=False))

    def _prepare_scope(self):
        """Return the scope of this rule as a plain `Scope`."""
        self.ensure_one()
        return Scope(
            rule_id=self.id,
            kind=self.kind,
            basis=self.amount_basis,
            min_amount=self.min_amount,
            department_ids=frozenset(self.department_ids.ids),
            team_ids=frozenset(self.team_ids.ids),
            class_ids=frozenset(self.customer_class_ids.ids),
            domain=self.domain or "[]",
        )

    def _get_domain(self):
        """Return the condition of this rule as a list, empty when there is none."""
        self.ensure_one()
        return literal_eval(self.domain or "[]")

    @api.model
    def _get_domain_field_names(self, company):
        """Return the names of the order's fields that the conditions of a company's special rules read."""
        return {
            condition.field_expr.split(".")[0]
            for scope in self._get_scopes(company.id)
            if scope.kind == "special"
            for condition in Domain(literal_eval(scope.domain)).iter_conditions()
        }

    def _get_needed_steps(self, measure):
        """Return the steps of these rules that a finding of ``measure`` needs."""
        return self.step_ids.filtered(lambda step: step._is_needed(measure))

    def _get_tolerance(self):
        """Return the tolerance of what these rules claim together: the smallest, 0 without any."""
        return min(self.mapped("tolerance"), default=0)

    def _get_validity_days(self):
        """Return for how many days an approval under these rules holds: the shortest limit, 0 for none."""
        return min(filter(None, self.mapped("validity_days")), default=0)
