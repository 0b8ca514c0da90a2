from odoo import api, fields, models


class PaymentPromise(models.Model):
    """What a customer promised to pay, and by when; real receipts keep or break it."""

    _name = "payment.promise"
    _description = "Promise to Pay"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date, id"
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one("res.users", "Recorded by", default=lambda self: self.env.user, readonly=True)
    move_line_ids = fields.Many2many("account.move.line", string="Journal Items", check_company=True)
    currency_id = fields.Many2one(
        "res.currency", "Currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True, tracking=True)
    date = fields.Date("Promised for", required=True, tracking=True)
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )

    @api.model
    def _get_held_amounts(self, items, date):
        """Return what promises leave out of dunning on a day.

        :param items: open receivable `account.move.line`
        :return: ``{item id: amount in the item's currency}``, only of items with something held
        """
        return {}
