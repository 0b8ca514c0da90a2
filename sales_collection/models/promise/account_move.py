from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Disputes that start from an invoice."""

    _name = "account.move"
    _inherit = "account.move"

    def action_dispute(self):
        """Ask for what the customer disputes of this invoice, its oldest open instalment proposed.

        :raise UserError: when nothing of it is open
        """
        self.ensure_one()
        self.check_access("read")
        # Superuser: a salesperson may not read every item of an invoice that he reads.
        items = self.sudo().line_ids.filtered(lambda item: item.amount_open > 0)
        if self.state != "posted" or not items:
            raise UserError(self.env._("%s: there is no open amount to dispute.", self.display_name))
        item = items.sorted(lambda item: (item.date_maturity or item.date, item.id))[0]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": "dunning.dispute",
            "views": [(self.env.ref("sales_collection.dunning_dispute_view_form_dialog").id, "form")],
            "target": "new",
            "context": {
                "default_partner_id": self.commercial_partner_id.id,
                "default_company_id": self.company_id.id,
                "default_move_line_id": item.id,
                "default_amount": item.amount_open_currency,
            },
        }
