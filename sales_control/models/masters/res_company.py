from odoo import fields, models, tools


class ResCompany(models.Model):
    """Which day it is for a company."""

    _name = "res.company"
    _inherit = "res.company"

    def _get_today(self):
        """Return the day whose rates, due dates and limits count: today where the company is (UTC where that is not
        told), whoever looks or decides."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._get_tz()))

    @tools.ormcache("self.id")
    def _get_tz(self):
        """Return the name of the company's timezone; kept in the cache, checks ask for it all the time."""
        # Superuser: customers sign without reading the company's own contact.
        return self.sudo().partner_id.tz or "UTC"
