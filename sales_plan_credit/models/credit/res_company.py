from odoo import fields, models

# Settings that decide what counts and what is allowed: a change of one judges again what waits.
JUDGED_BY = {"credit_components", "credit_count_draft_invoices", "credit_default_grade_id"}


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_components = fields.Selection(
        [
            ("all", "Receivables, deliveries not invoiced and open orders"),
            ("real", "Real debt only: receivables and deliveries not invoiced"),
        ],
        "What Counts Against the Limit",
        default="all",
        help="With real debt only, each order is checked on its own, and its goods once more when they are shipped.",
        groups="base.group_user",
    )
    credit_count_draft_invoices = fields.Boolean(
        "Count Draft Invoices",
        help="Draft customer invoices without an order count against the limit too.",
        groups="base.group_user",
    )
    credit_default_grade_id = fields.Many2one(
        "credit.grade",
        "Default Credit Grade",
        check_company=True,
        ondelete="restrict",
        help="Its limit and policies apply to every customer without a grade. Leave empty if these should not be checked.",
        groups="base.group_user",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & JUDGED_BY:
            self.env["sale.order"]._queue_credit_recheck()
        return result

    # === BUSINESS METHODS === #

    def _get_default_credit_limit(self):
        """Return Odoo's default limit of customers, in company currency: no limit of their own, 0 for none."""
        self.ensure_one()
        # Superuser: Odoo shows limits to accountants only.
        partners = self.env["res.partner"].with_company(self).sudo()
        return partners._fields["credit_limit"].get_company_dependent_fallback(partners) or 0.0

    def _get_base_limit(self, own, grade):
        """Return the limit of a customer before what is granted besides, None where it has none.

        As the query of figures does: see `credit.exposure.report._get_limit_query`.

        :param own: limit of the customer itself
        :param grade: `credit.grade` that holds for it, maybe empty
        """
        self.ensure_one()
        default = self._get_default_credit_limit()
        if own and own != default:
            return own
        return grade.credit_limit if grade else default or None
