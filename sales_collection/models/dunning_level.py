from odoo import fields, models

DAY_COUNTS = [("act/365", "Actual / 365"), ("act/360", "Actual / 360"), ("30E/360", "30E / 360")]


class DunningLevel(models.Model):
    """One step of a dunning policy: when it is reached, by which channels it asks, and what it charges."""

    _name = "dunning.level"
    _description = "Dunning Level"
    _order = "policy_id, days, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    policy_id = fields.Many2one("dunning.policy", "Policy", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    days = fields.Integer(
        "Days after Due", required=True, help="Negative: a reminder that many days before the due date."
    )
    min_interval = fields.Integer(
        "Days since Last Level",
        help="Days that have to pass since the level before. Reminders before the due date do not count.",
    )
    min_amount = fields.Monetary(
        "Minimum Amount", help="In the policy's currency. A notice that claims less is not made."
    )
    allow_jump = fields.Boolean(
        help="An item old enough goes straight to this level, whatever levels it has not been through."
    )
    channel_email = fields.Boolean("E-mail", default=True)
    channel_letter = fields.Boolean("Letter")
    channel_activity = fields.Boolean("Call", help="An activity for the collector, or else the salesperson.")
    mail_template_id = fields.Many2one(
        "mail.template", "E-mail Template", domain=[("model", "=", "dunning.notice")], ondelete="restrict"
    )
    attach_invoices = fields.Boolean(help="The e-mail carries the invoices that it asks for.")
    letter_text = fields.Html("Text of the Letter", translate=True)
    script = fields.Text("Script of the Call", translate=True)
    fee_amount = fields.Monetary("Fee", help="Once per notice, in the policy's currency, without taxes.")
    fee_product_id = fields.Many2one(
        "product.product", "Fee Product", check_company=True, domain=[("type", "=", "service")], ondelete="restrict"
    )
    fee_tax_ids = fields.Many2many(
        "account.tax",
        string="Fee Taxes",
        check_company=True,
        domain=[("type_tax_use", "=", "sale")],
        help="Empty: those of the fee product.",
    )
    interest_rate = fields.Float("Interest (% a year)", digits=(16, 4))
    interest_table_id = fields.Many2one(
        "dunning.interest.table",
        "Interest Table",
        check_company=True,
        help="Rates by date, instead of one rate.",
        ondelete="restrict",
    )
    interest_product_id = fields.Many2one(
        "product.product",
        "Interest Product",
        check_company=True,
        domain=[("type", "=", "service")],
        ondelete="restrict",
    )
    day_count = fields.Selection(DAY_COUNTS, required=True, default="act/365")
    charge_mode = fields.Selection(
        [("claimed", "Claimed only"), ("booked", "Booked as an invoice")], "Charges", required=True, default="claimed"
    )
    stop_supply = fields.Boolean(help="Orders and deliveries of the customer wait until the item is settled.")
    is_legal = fields.Boolean("Legal", help="The customer is handed over: he appears in the list of legal cases.")

    _min_interval_positive = models.Constraint(
        "CHECK(min_interval >= 0)", "Days since the last level cannot be negative: enter 0 or more."
    )
    _min_amount_positive = models.Constraint(
        "CHECK(min_amount >= 0)", "A minimum amount cannot be negative: enter 0 or more."
    )
    _fee_positive = models.Constraint("CHECK(fee_amount >= 0)", "A fee cannot be negative: enter 0 or more.")
    _interest_positive = models.Constraint(
        "CHECK(interest_rate >= 0)", "An interest rate cannot be negative: enter 0 or more."
    )
