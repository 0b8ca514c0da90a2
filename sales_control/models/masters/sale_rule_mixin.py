from odoo import api, models


class SaleRuleMixin(models.AbstractModel):
    """Rules that are compiled once and kept in the cache of the registry, until one of them changes."""

    _name = "sale.rule.mixin"
    _description = "Cached Rules"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._follow_change()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._follow_change()
        return result

    def unlink(self):
        result = super().unlink()
        self._follow_change()
        return result

    @api.model
    def _follow_change(self):
        """Forget the rules as they were; models add what else follows from a change of theirs."""
        self.env.registry.clear_cache()
