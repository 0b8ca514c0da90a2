from odoo import fields, models


class DunningItem(models.Model):
    """The memory of dunning: which level a receivable journal item has reached, when, and charged up to which day.

    Written by the dispatch of notices alone, never by hand; one row per journal item.
    """

    _name = "dunning.item"
    _description = "Dunned Item"
    _rec_name = "move_line_id"
    _order = "date desc, id desc"

    move_line_id = fields.Many2one(
        "account.move.line", "Journal Item", required=True, readonly=True, ondelete="cascade"
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", "Company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    date_invoice = fields.Date(related="move_line_id.date", string="Document Date")
    date_maturity = fields.Date(related="move_line_id.date_maturity", string="Due")
    amount_residual = fields.Monetary(related="move_line_id.amount_open_currency", string="Open")
    is_settled = fields.Boolean(related="move_line_id.reconciled", string="Settled")
    level_id = fields.Many2one("dunning.level", "Level", readonly=True, ondelete="restrict", index=True)
    is_legal = fields.Boolean(related="level_id.is_legal")
    date = fields.Date("Dunned On", readonly=True)
    interest_date = fields.Date("Interest Charged up to", readonly=True)
    notice_id = fields.Many2one("dunning.notice", "Last Notice", readonly=True, ondelete="set null", index=True)

    _move_line_unique = models.Constraint("UNIQUE(move_line_id)", "A journal item can be recorded only once.")
