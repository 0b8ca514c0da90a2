from odoo import fields, models


class DunningRun(models.Model):
    """A dunning run: proposes notices for a day, a person reviews and approves them, the dispatch sends them."""

    _name = "dunning.run"
    _description = "Dunning Run"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, copy=False, default=lambda self: self.env._("New"))
    date = fields.Date(required=True, default=lambda self: self.env.company._get_today(), tracking=True)
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    policy_ids = fields.Many2many(
        "dunning.policy", string="Policies", check_company=True, help="Empty: all policies of the company."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    computed_on = fields.Datetime("Proposed on", readonly=True, copy=False)
    notice_ids = fields.One2many("dunning.notice", "run_id", "Notices", readonly=True)
