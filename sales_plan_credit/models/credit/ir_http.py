from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Let a request that Odoo repeats wait until the payers that it has claimed before are free."""
        request.env["credit.claim"]._wait_for_turn()
        return super()._dispatch(endpoint)
