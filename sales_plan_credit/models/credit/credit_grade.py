from odoo import api, fields, models, tools

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
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    credit_limit = fields.Monetary(
        tracking=True,
        help="What a customer of this grade may owe, taxes included, in company currency, unless it has a limit of "
        "its own. 0: nothing, as for cash customers.",
    )
    grace_days = fields.Integer(tracking=True, help="Receivables late by no more than so many days do not count.")
    overdue_tolerance = fields.Monetary(
        tracking=True, help="An overdue amount up to this, in company currency, does not count."
    )
    confirm_policy = fields.Selection(POLICIES, "At Order", required=True, default="review", tracking=True)
    deliver_policy = fields.Selection(POLICIES, "At Delivery", required=True, default="review", tracking=True)
    invoice_policy = fields.Selection(
        POLICIES,
        "At Invoice",
        required=True,
        default="none",
        tracking=True,
        help="Invoicing shipped goods is never stopped unless you ask for it here.",
    )

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE active",
        "Code of a credit grade: another grade of the company has it; choose another.",
    )
    _check_figures = models.Constraint(
        "CHECK(credit_limit >= 0 AND grace_days >= 0 AND overdue_tolerance >= 0)",
        "Credit grade: limit, grace days and overdue tolerance must not be negative; enter 0 for none.",
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
        self.env["res.partner"]._recheck_credit_holds()
        return result

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache()
    def _is_credit_used(self):
        """Tell whether any grade, own limit or hold exists: without them no document is judged and no statement spent."""
        # Superuser: whoever confirms is judged by grades that he may not read. Customers keep an archived one.
        if self.sudo().with_context(active_test=False).search_count([], limit=1):
            return True
        query = """
            SELECT 1 FROM res_partner WHERE credit_on_hold IS NOT NULL OR credit_limit @? '$.* ? (@ > 0)' LIMIT 1
        """
        self.env["res.partner"].flush_model(["credit_on_hold", "credit_limit"])
        return bool(self.env.execute_query(tools.SQL(query)))
