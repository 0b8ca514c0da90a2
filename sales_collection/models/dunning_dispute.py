from odoo import api, fields, models


class DunningDispute(models.Model):
    """An item, or a part of it, that the customer does not accept: left out of dunning until it is resolved."""

    _name = "dunning.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_until, id"
    _check_company_auto = True

    move_line_id = fields.Many2one(
        "account.move.line", "Journal Item", required=True, check_company=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True)
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    amount = fields.Monetary(required=True, tracking=True, help="The part that is disputed.")
    reason = fields.Char(required=True, tracking=True)
    user_id = fields.Many2one("res.users", "Owner", default=lambda self: self.env.user, tracking=True, index=True)
    date_until = fields.Date("Until", tracking=True, help="From the day after, the item is dunned again.")
    state = fields.Selection(
        [("open", "Open"), ("accepted", "Accepted"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )

    @api.model
    def _get_disputed_amounts(self, items, date):
        """Return what is disputed on a day.

        :param items: open receivable `account.move.line`
        :return: ``{item id: amount in the item's currency}``, only of items with something disputed
        """
        return {}
