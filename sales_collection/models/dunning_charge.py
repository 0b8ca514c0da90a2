from odoo import fields, models


class DunningCharge(models.Model):
    """A fee or interest that a notice charges: claimed only, or booked as an invoice. It outlives the principal."""

    _name = "dunning.charge"
    _description = "Dunning Charge"
    _order = "date desc, id desc"

    notice_id = fields.Many2one(
        "dunning.notice", "Notice", required=True, readonly=True, ondelete="restrict", index=True
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", "Company", required=True, readonly=True, index=True)
    move_line_id = fields.Many2one(
        "account.move.line", "Journal Item", readonly=True, ondelete="set null", help="Interest: on what."
    )
    kind = fields.Selection([("fee", "Fee"), ("interest", "Interest")], required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", "Currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="With taxes.")
    state = fields.Selection(
        [("claimed", "Claimed"), ("booked", "Booked"), ("waived", "Waived"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="claimed",
        index=True,
    )
    move_id = fields.Many2one("account.move", "Invoice", readonly=True, index="btree_not_null")
