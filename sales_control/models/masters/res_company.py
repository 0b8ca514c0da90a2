from odoo import api, fields, models, tools
from odoo.fields import Domain


class ResCompany(models.Model):
    """Which day it is for a company."""

    _name = "res.company"
    _inherit = "res.company"

    def _get_today(self):
        """Return the day whose rates, due dates and limits count: today where the company is (UTC where that is not
        told), whoever looks or decides."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._get_tz()))

    @api.model
    def _get_from_domain(self, name, day=None):
        """Return the domain of records of all companies whose date is a day, or later.

        :param name: of the date field; the company is in ``company_id``
        :param day: where not given, today of the record's company
        """
        if day:
            return Domain(name, ">=", day)
        # Superuser: the day of every company, whoever looks.
        days = self.sudo().search([("active", "=", True)]).grouped(lambda company: company._get_today())
        if len(days) == 1:
            return Domain(name, ">=", next(iter(days)))
        return Domain.OR(Domain("company_id", "in", of.ids) & Domain(name, ">=", today) for today, of in days.items())

    @tools.ormcache("self.id")
    def _get_tz(self):
        """Return the name of the company's timezone; kept in the cache, checks ask for it all the time."""
        # Superuser: customers sign without reading the company's own contact.
        return self.sudo().partner_id.tz or "UTC"
