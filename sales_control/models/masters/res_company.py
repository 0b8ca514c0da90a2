from odoo import fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.days import get_bounds, get_day


class ResCompany(models.Model):
    """Which day it is: where the company is, whoever looks. The timezones of context and user decide nothing."""

    _name = "res.company"
    _inherit = "res.company"

    def _get_today(self):
        """Return the day whose rates, due dates and limits count: today where the company is (UTC where that is not
        told), whoever looks or decides."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._get_tz()))

    def _get_from_domain(self, name, day=None):
        """Return the domain of the records of these companies whose date is a day, or later.

        :param name: of the date field; the company is in ``company_id``
        :param day: where not given, today of the record's company
        """
        days = {day: self} if day else self.grouped(lambda company: company._get_today())
        return Domain.OR(Domain("company_id", "in", of.ids) & Domain(name, ">=", today) for today, of in days.items())

    @tools.ormcache("self.id")
    def _get_tz(self):
        """Return the name of the company's timezone; kept in the cache, checks ask for it all the time."""
        # Superuser: customers sign without reading the company's own contact.
        return self.sudo().partner_id.tz or "UTC"

    def _get_day(self, moment):
        """Return the ``date`` that a moment is where the company is; None for none.

        :param moment: naive ``datetime`` in UTC, as of a field
        """
        self.ensure_one()
        return get_day(moment, self._get_tz())

    def _get_day_bounds(self, first, last=None):
        """Return between which moments (UTC, the second one not included) days of the company lie.

        :param first: ``date``
        :param last: ``date``, included; the first one where not given
        """
        self.ensure_one()
        return get_bounds(first, last or first, self._get_tz())

    def _get_day_sql(self, moment, company_id=None):
        """Return the SQL value of the day that a moment is where its company is.

        Of one company, or where all have one timezone, no condition on the company is made. A condition on such a day
        uses no index on the moment: compare the moment with `_get_day_bounds` instead.

        :param self: the companies that rows may belong to
        :param moment: `SQL` of a column in UTC
        :param company_id: `SQL` of the column of the company; needed for more than one
        """
        zones = {company.id: company._get_tz() for company in self}
        names = set(zones.values())
        if len(names) == 1:
            zone = SQL("%s", names.pop())
        else:
            cases = SQL(" ").join(SQL("WHEN %s THEN %s", *pair) for pair in zones.items())
            zone = SQL("CASE %s %s END", company_id, cases) if zones else SQL("'UTC'")
        return SQL("((%s AT TIME ZONE 'UTC') AT TIME ZONE %s)::date", moment, zone)

    def _get_today_sql(self, company_id):
        """Return the SQL value of what day it is for the company of a row; a plain one where that is the same for all.

        :param self: the companies that rows may belong to
        :param company_id: `SQL` of the column of the company
        """
        days = self.grouped(lambda company: company._get_today())
        if len(days) == 1:
            return SQL("%s::date", next(iter(days)))
        cases = [SQL("WHEN %s IN %s THEN %s::date", company_id, tuple(of.ids), day) for day, of in days.items()]
        return SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::date")

    def _get_today_table(self, alias="day"):
        """Return the SQL table of what day it is in each of these companies, columns ``company_id`` and ``today``.

        :param alias: its name: ``JOIN day ON day.company_id = ...``
        """
        return SQL(
            "unnest(%s::integer[], %s::date[]) AS %s (company_id, today)",
            self.ids,
            [company._get_today() for company in self],
            SQL.identifier(alias),
        )
