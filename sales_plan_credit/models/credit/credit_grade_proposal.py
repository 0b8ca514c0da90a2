from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from .res_partner import CREDIT_READERS


class CreditGrade(models.Model):
    """Which grade a customer's payment behaviour earns."""

    _inherit = "credit.grade"

    is_proposed = fields.Boolean(
        "Propose by Payment Behaviour",
        tracking=True,
        help="Proposed to customers that meet all of the criteria; of several grades the first in the list.",
    )
    max_days_late = fields.Float(
        "At Most Days Late", digits=(16, 1), tracking=True, help="Of the last 12 months, weighted by amount."
    )
    max_share_late = fields.Float(
        "At Most Share Late (%)", digits=(16, 1), default=100, tracking=True, help="Of the amounts of 12 months."
    )
    min_months = fields.Integer("At Least Months", tracking=True, help="Since the first invoice.")

    _check_criteria = models.Constraint(
        "CHECK(max_days_late >= 0 AND max_share_late >= 0 AND max_share_late <= 100 AND min_months >= 0)",
        "Criteria of a credit grade: enter no negative days, share or months, and a share of at most 100 %.",
    )

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
            reasons.append(self.env._("%(grade)s asks for %(criteria)s.", grade=grade.name, criteria=", ".join(unmet)))
        return self.browse(), " ".join(reasons)


class ResPartner(models.Model):
    """Grades proposed by payment behaviour; a credit manager applies them, nothing else does."""

    _inherit = "res.partner"

    credit_proposed_grade_id = fields.Many2one(
        "credit.grade",
        "Proposed Grade",
        compute="_compute_credit_proposal",
        groups=CREDIT_READERS,
        help="The best grade whose criteria the payment behaviour of the last 12 months meets.",
    )
    credit_proposal_reason = fields.Text("Why This Grade", compute="_compute_credit_proposal", groups=CREDIT_READERS)
    credit_has_proposal = fields.Boolean(
        "Other Grade Proposed",
        compute="_compute_credit_proposal",
        search="_search_credit_has_proposal",
        groups=CREDIT_READERS,
    )

    @api.depends("credit_grade_id")
    @api.depends_context("company", "uid", "lang")
    def _compute_credit_proposal(self):
        visible = self._filter_credit_visible()
        proposals = visible.commercial_partner_id._get_grade_proposals(self.env.company)
        for partner in self:
            payer = partner.commercial_partner_id._origin
            grade, reason = (partner in visible and proposals.get(payer)) or (self.env["credit.grade"], False)
            partner.credit_proposed_grade_id = grade
            partner.credit_proposal_reason = reason
            # Of the company only, not of its contacts: grades are given to payers.
            partner.credit_has_proposal = bool(grade) and partner._origin == payer and payer._differs_from(grade)

    @api.model
    def _search_credit_has_proposal(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Superuser: proposals need figures of all; the domain leaves those of the user's own customers.
        proposals = self.sudo()._propose_grades(self.env.company)
        found = [partner.id for partner, (grade, _reason) in proposals.items() if partner._differs_from(grade)]
        return self._restrict_to_credit_visible(Domain("id", "in", found))

    # === ACTION METHODS === #

    def action_apply_proposed_grade(self):
        """Give these customers the proposed grade where another one is proposed, and log why in their chatter.

        :raise AccessError: unless the user is a credit manager
        """
        if not self._is_credit_manager():
            raise AccessError(self.env._("Proposed grades: only credit managers apply them; ask one of them."))
        customers = self.commercial_partner_id.filtered("credit_has_proposal")
        # Read before the first write, which makes the proposals compute anew.
        reasons = {customer.id: customer.credit_proposal_reason for customer in customers}
        for grade, graded in customers.grouped("credit_proposed_grade_id").items():
            graded.credit_grade_id = grade
        customers._message_log_batch(bodies=reasons)
        return True

    # === BUSINESS METHODS === #

    def _differs_from(self, grade):
        """Tell whether a proposed grade (empty: none) is another than the one that counts in the user's company."""
        self.ensure_one()
        return bool(grade) and grade != (self.credit_grade_id or self.env.company.sudo().credit_default_grade_id)

    def _get_grade_proposals(self, company):
        """Return the proposed grade, empty where none fits, and the reason, for each of these customers.

        Customers that neither paid anything nor owe anything that is due are left out.

        :param self: commercial partners
        :return: dict, partner -> (`credit.grade`, text)
        """
        partners = self._origin
        return self._propose_grades(company, partners) if partners else {}

    @api.model
    def _propose_grades(self, company, partners=None):
        """Return the same for ``partners``, for all customers where not given."""
        domain = [("is_proposed", "=", True), ("company_id", "in", (False, company.id))]
        grades = self.env["credit.grade"].search(domain)
        behaviours = self._read_payment_behaviours(company, partners) if grades else {}
        return {
            partner: grades._propose(behaviour) for partner, behaviour in behaviours.items() if behaviour.has_history
        }
