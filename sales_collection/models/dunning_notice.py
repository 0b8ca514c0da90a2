from odoo import fields, models


class DunningNotice(models.Model):
    """What one customer is asked to pay by one dunning run: one letter, whatever the currencies.

    Amounts are in ``currency_id``: that of the lines where they share one, else the company's, at the rate of the run's
    date. Interest and fees of earlier notices that are still open are claimed again (``amount_previous``).
    """

    _name = "dunning.notice"
    _description = "Dunning Notice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"

    name = fields.Char("Number", readonly=True, copy=False)
    run_id = fields.Many2one(
        "dunning.run", "Dunning Run", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", "Company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    contact_id = fields.Many2one("res.partner", "Sent to", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, index=True)
    collector_id = fields.Many2one("res.users", "Collector", readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    policy_id = fields.Many2one("dunning.policy", "Policy", required=True, readonly=True, ondelete="restrict")
    level_id = fields.Many2one(
        "dunning.level",
        "Level",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        help="The highest level among the lines names the letter.",
    )
    state = fields.Selection(
        [
            ("draft", "Proposed"),
            ("approved", "Approved"),
            ("sent", "Sent"),
            ("void", "Settled before Sending"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    currency_id = fields.Many2one("res.currency", "Currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    line_ids = fields.One2many("dunning.notice.line", "notice_id", "Lines", readonly=True)
    amount_principal = fields.Monetary("Overdue", readonly=True, help="Of the items that are claimed.")
    amount_credit = fields.Monetary("Open Credits", readonly=True, help="Netted, negative.")
    amount_interest = fields.Monetary("Interest", readonly=True)
    amount_fee = fields.Monetary("Fee", readonly=True, help="With its taxes.")
    amount_previous = fields.Monetary("Earlier Charges", readonly=True)
    amount_total = fields.Monetary("Claim", readonly=True)
    amount_total_company = fields.Monetary(
        "Claim (Company Currency)", readonly=True, currency_field="company_currency_id", aggregator="sum"
    )
    amount_not_due = fields.Monetary("Not Yet Due", readonly=True)
    amount_balance = fields.Monetary("Balance", readonly=True, help="Overdue and not yet due, less open credits.")
    sent_on = fields.Datetime(readonly=True, copy=False)
    charge_ids = fields.One2many("dunning.charge", "notice_id", "Charges", readonly=True)
