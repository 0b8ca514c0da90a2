from odoo import models


class DunningNotice(models.Model):
    """Orders are judged again when items reach a level that stops supply, or lose it."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    def _write_memory(self):
        result = super()._write_memory()
        self.env["sale.order"]._recheck_dunning()
        return result

    def _restore_memory(self):
        result = super()._restore_memory()
        self.env["sale.order"]._recheck_dunning()
        return result
