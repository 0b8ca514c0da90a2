from odoo import models


class DunningRun(models.Model):
    """Promises that are due are judged before a run asks again."""

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _compute_proposal(self):
        for run in self:
            self.env["payment.promise"]._judge_due(run.company_id, run.date)
        return super()._compute_proposal()
