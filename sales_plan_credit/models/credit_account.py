from odoo import fields, models


class CreditAccount(models.Model):
    """One row per payer and company that every deciding check changes.

    Odoo runs at REPEATABLE READ: who waits for a lock goes on with his old snapshot. Only a row that both change makes
    the second of two transactions fail to serialise; Odoo then repeats it, and it sees what the first has confirmed.
    """

    _name = "credit.account"
    _description = "Credit Account"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    version = fields.Integer(help="How often a check has claimed this payer.")

    _payer_uniq = models.UniqueIndex("(partner_id, company_id)")
