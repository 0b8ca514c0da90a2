from odoo import fields, models


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
