from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

FIGURES = {
    "credit_receivable": "receivable",
    "credit_uninvoiced": "uninvoiced",
    "credit_undelivered": "undelivered",
    "credit_draft_invoiced": "draft_invoiced",
    "credit_exposure": "exposure",
    "credit_available": "available",
    "credit_overdue_amount": "overdue_amount",
    "credit_overdue_days": "late_days",
    "effective_credit_limit": "effective_limit",
}
# All figures are in one currency: that of the user's company.
AGGREGATES = {
    "sum": SQL("SUM"),
    "sum_currency": SQL("SUM"),
    "avg": SQL("AVG"),
    "max": SQL("MAX"),
    "min": SQL("MIN"),
}
OPERATORS = {name: SQL(name) for name in ("<", "<=", ">", ">=", "in")}


class ResPartner(models.Model):
    """Customers searched, sorted and summed up by their credit figures, in the company of the user."""

    _inherit = "res.partner"

    @api.model
    def _search_credit_figure(self, name, operator, value):
        """Return the domain of the customers whose figure compares so, of those whose figures the user may see.

        :param name: of a credit field, in the currency of the user's company
        """
        if operator not in OPERATORS:
            return NotImplemented
        figure = SQL.identifier(FIGURES[name])
        # "Is not set" asks for False: of a figure, 0.
        operand = tuple(item or 0 for item in value) if operator == "in" else value
        query = SQL(
            "(SELECT id FROM (%s) AS figure WHERE %s %s %s)",
            self._get_figure_query(),
            figure,
            OPERATORS[operator],
            operand,
        )
        return self._restrict_to_credit_visible(Domain("commercial_partner_id", "in", query))

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Sort by a credit figure, for those who see all of them: an order would tell the others'."""
        if field_name not in FIGURES:
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        if not self._sees_all_credit():
            raise ValueError(f"{field_name} cannot be sorted by this user")
        figure = self._get_figure_sql(field_name, alias, query)
        query._order_groupby.append(figure)
        return SQL("%s %s %s", figure, direction, nulls)

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Add up credit figures in pivots, graphs and grouped lists: those that the user may see."""
        if aggregate_spec == "credit_currency_id:array_agg_distinct":
            return SQL("ARRAY[%s]", self.env.company.currency_id.id)
        name, _separator, function = aggregate_spec.partition(":")
        if name not in FIGURES or function not in AGGREGATES:
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields[name], "read")
        return SQL("%s(%s)", AGGREGATES[function], self._get_figure_sql(name, self._table, query))

    @api.model
    def _get_figure_sql(self, name, alias, query):
        """Return the figure of the customers of a query, joined to it; NULL where the user may not see it.

        :param name: of a credit field
        :param alias: of the table of partners
        """
        figures = query.make_alias(alias, "credit_figures")
        condition = SQL("%s = %s", SQL.identifier(figures, "id"), SQL.identifier(alias, "commercial_partner_id"))
        query.add_join("LEFT JOIN", figures, SQL("(%s)", self._get_visible_figure_query()), condition)
        return SQL.identifier(figures, FIGURES[name])

    @api.model
    def _get_visible_figure_query(self):
        """Return the query of `_get_figure_query`, of those customers whose figures the user may see."""
        figures = self._get_figure_query()
        if self._sees_all_credit():
            return figures
        self.flush_model(["user_id"])
        own = SQL("SELECT id FROM res_partner WHERE user_id = %s", self.env.uid)
        return SQL("SELECT * FROM (%s) AS figure WHERE id IN (%s)", figures, own)

    @api.model
    def _get_figure_query(self):
        """Return the query of the figures of every customer in the user's company, one column per credit field."""
        company = self.env.company
        self.env["credit.exposure.report"]._flush_exposure()
        real = company.sudo().credit_components == "real"
        return SQL(
            """
            SELECT *, COALESCE(position.limit - exposure, 0) AS available, COALESCE(position.limit, 0) AS effective_limit
            FROM (
                SELECT *, receivable + uninvoiced + draft_invoiced + %s AS exposure,
                       GREATEST(0, overdue + credits) AS overdue_amount,
                       CASE WHEN overdue + credits > 0 THEN overdue_days ELSE 0 END AS late_days
                FROM (%s) AS sums
            ) AS position
            """,
            SQL("0") if real else SQL("undelivered"),
            self.browse()._get_position_query(company),
        )
