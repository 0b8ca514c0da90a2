from odoo import fields, models, tools


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_components = fields.Selection(
        [
            ("all", "Receivables, deliveries not invoiced and open orders"),
            ("real", "Real debt only: receivables and deliveries not invoiced"),
        ],
        "What Counts against the Limit",
        default="all",
        help="With real debt only, an order is judged by itself and its goods once more when they leave.",
    )
    credit_count_draft_invoices = fields.Boolean(
        "Count Draft Invoices", help="Draft customer invoices without an order count against the limit too."
    )
    credit_default_grade_id = fields.Many2one(
        "credit.grade",
        "Grade of Customers without One",
        check_company=True,
        help="Its limit and policies apply to every customer without a grade. Empty: those are not checked.",
    )

    def _get_credit_date(self):
        """Return the day whose rates, due dates and limits count: today where the company is (UTC where that is not
        told), whoever looks or decides."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._get_credit_tz()))

    @tools.ormcache("self.id")
    def _get_credit_tz(self):
        """Return the name of the company's timezone; kept in the cache, checks ask for it all the time."""
        # Superuser: customers sign without reading the company's own contact.
        return self.sudo().partner_id.tz or "UTC"
