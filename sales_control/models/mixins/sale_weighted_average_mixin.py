from odoo import api, models
from odoo.tools import SQL


class SaleWeightedAverageMixin(models.AbstractModel):
    """Reports whose rates and averages are sums divided by sums in groups, pivots and graphs, never averages of rows.

    A report declares them:

        _weighted_averages = {"rate": ("amount_collected", "amount_due", 100)}

    field -> (numerator, denominator, factor), the factor 1 where left out; the field itself has ``aggregator="avg"``,
    numerator and denominator are fields that can be summed up. Nothing to divide by is no rate: empty, not 0 or 100.
    """

    _name = "sale.weighted.average.mixin"
    _description = "Report with weighted averages"

    _weighted_averages = {}

    @api.model
    def _get_average_sql(self, name, numerator, denominator):
        """Return a weighted average, null where the denominator is not positive; for rows and for groups.

        :param name: of the field
        :param numerator: `SQL` of a figure, or a sum of it
        :param denominator: `SQL`
        """
        factor = self._weighted_averages[name][2:] or (1,)
        return SQL(
            "CASE WHEN %(base)s > 0 THEN %(factor)s * (%(sum)s) / %(base)s END",
            base=SQL("(%s)", denominator),
            factor=factor[0],
            sum=numerator,
        )

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS 'base'
        name, _separator, function = aggregate_spec.partition(":")
        if name not in self._weighted_averages or function != "avg":
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields[name], "read")
        sums = [
            SQL("SUM(%s)", self._field_to_sql(self._table, part, query)) for part in self._weighted_averages[name][:2]
        ]
        return self._get_average_sql(name, *sums)
