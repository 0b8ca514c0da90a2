from odoo import models

from odoo.addons.sales_control.tools.sql import insert_rows

CHARGE_FIELDS = [
    "notice_id", "partner_id", "company_id", "move_line_id", "name", "kind", "date", "currency_id", "amount", "state"
]  # fmt: skip


class DunningNotice(models.Model):
    """Charges that notices make when they are sent."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    def _make_charges(self):
        """Make the charges of notices, those that their level books as posted invoices; once, however often called.

        :return: the new `dunning.charge`
        """
        charged = self.env["dunning.charge"].search([("notice_id", "in", self.ids)]).notice_id
        notices = self - charged
        rows = [row for notice in notices for row in notice._get_charge_rows()]
        if not rows:
            return self.env["dunning.charge"]
        insert_rows(self.env, "dunning.charge", CHARGE_FIELDS, rows)
        notices.invalidate_recordset(["charge_ids"])
        charges = self.env["dunning.charge"].search([("notice_id", "in", notices.ids)], order="id")
        charges.filtered(lambda charge: charge.notice_id.level_id.charge_mode == "booked")._book()
        return charges

    def _get_charge_rows(self):
        """Return the values of `CHARGE_FIELDS`: the fee, and the interest of each item in its currency."""
        self.ensure_one()
        common = (self.id, self.partner_id.id, self.company_id.id)
        rows = []
        if self.amount_fee > 0:
            rows.append((*common, None, None, "fee", self.date, self.currency_id.id, self.amount_fee, "claimed"))
        for line in self.line_ids.filtered(lambda line: line.amount_interest > 0):
            item = (line.move_line_id.id or None, line.name, "interest")
            rows.append((*common, *item, self.date, line.currency_id.id, line.amount_interest, "claimed"))
        return rows
