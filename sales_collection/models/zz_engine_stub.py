from odoo import fields, models


class DunningNotice(models.Model):
    _name = "dunning.notice"
    _inherit = "dunning.notice"

    def _refresh_amounts(self):
        return self

    def _write_memory(self):
        pass

    def _make_charges(self):
        return self.env["dunning.charge"]

    def _set_state(self, state, **values):
        self.write({"state": state, **values})
        self.line_ids.write({"state": state})

    def action_approve(self):
        self.sudo()._set_state("approved")

    def action_cancel(self):
        self.sudo()._set_state("cancelled")

    def _get_currency_totals(self):
        res = []
        for currency, lines in self.line_ids.grouped("currency_id").items():
            own = currency == self.currency_id
            principal = sum(l.amount for l in lines if l.kind == "claim")
            credit = sum(l.amount for l in lines if l.kind == "credit")
            interest = sum(lines.mapped("amount_interest"))
            fee = self.amount_fee if own else 0
            previous = self.amount_previous if own else 0
            res.append({"currency": currency, "principal": principal, "credit": credit, "interest": interest, "fee": fee,
                        "previous": previous, "total": principal + credit + interest + fee + previous})
        return res


class DunningRun(models.Model):
    _name = "dunning.run"
    _inherit = "dunning.run"

    def _update_state(self):
        pass


class DunningNoticeLine(models.Model):
    _name = "dunning.notice.line"
    _inherit = "dunning.notice.line"

    name = fields.Char()
