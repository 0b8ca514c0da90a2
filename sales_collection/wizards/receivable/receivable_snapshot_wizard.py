from odoo import fields, models


class ReceivableSnapshotWizard(models.TransientModel):
    """Takes a snapshot of receivables now, or of a day that passed."""

    _name = "receivable.snapshot.wizard"
    _description = "Take a Snapshot of Receivables"

    date = fields.Date("As of", required=True, default=lambda self: self.env.company._get_today())
    company_id = fields.Many2one("res.company", "Company", required=True, default=lambda self: self.env.company)

    def action_take(self):
        """Record the receivables of the day.

        :return: an action that shows them
        :raise AccessError: for users who do not manage collection
        :raise UserError: for a day to come, and where the day is recorded already
        """
        self.ensure_one()
        self.env["receivable.snapshot"].action_take(self.company_id.ids, self.date)
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.receivable_snapshot_action")
        action["domain"] = [("date", "=", fields.Date.to_string(self.date)), ("company_id", "=", self.company_id.id)]
        action["context"] = {}
        return action
