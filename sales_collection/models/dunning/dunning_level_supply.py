from odoo import api, models, tools
from odoo.tools import SQL


class DunningLevel(models.Model):
    """Which customers are supplied no more, because items of theirs have reached a level that stops supply."""

    _name = "dunning.level"
    _inherit = ["dunning.level", "sale.rule.mixin"]

    @api.model
    def _follow_change(self):
        self.env["sale.order"]._trigger_dunning_recheck()
        return super()._follow_change()

    @api.model
    @tools.ormcache()
    def _is_supply_stopped(self):
        """Tell whether any level stops supply; kept in the cache, checks of orders ask for it all the time."""
        # Superuser: whoever confirms an order may not read levels.
        return bool(self.sudo().search_count([("stop_supply", "=", True)], limit=1))

    @api.model
    def _get_stopped_supply(self, companies=None, payers=None):
        """Return the open items at levels that stop supply, by customer, in one statement.

        :param companies: whose customers; default all
        :param payers: commercial partners; default all
        :return: dict, (commercial partner id, company id) -> dict with ``amount`` (company currency), ``level_id`` (the
            highest), ``items`` (names) and ``count``
        """
        if not self._is_supply_stopped():
            return {}
        self.env["dunning.item"].flush_model()
        self.flush_model(["stop_supply", "days"])
        self.env["account.move.line"].flush_model(["amount_residual", "reconciled", "partner_id", "parent_state"])
        rows = self.env.execute_query_dict(self._get_stopped_query(companies, payers))
        return {(row.pop("partner_id"), row.pop("company_id")): row for row in rows}

    @api.model
    def _get_stopped_query(self, companies, payers):
        """Return the query of what stops supply."""
        return SQL(
            """
            SELECT customer.commercial_partner_id AS partner_id, item.company_id,
                   SUM(item.amount_residual)::float AS amount, COUNT(*) AS count,
                   (ARRAY_AGG(level.id ORDER BY level.days DESC, level.id DESC))[1] AS level_id,
                   STRING_AGG(item.move_name, ', ' ORDER BY item.date_maturity, item.id) AS items
            FROM dunning_item memory
            JOIN dunning_level level ON level.id = memory.level_id AND level.stop_supply
            JOIN account_move_line item ON item.id = memory.move_line_id
            JOIN res_partner customer ON customer.id = item.partner_id
            WHERE item.parent_state = 'posted' AND item.reconciled IS NOT TRUE AND item.amount_residual > 0
              AND %s AND %s
            GROUP BY 1, 2
            """,
            SQL("item.company_id IN %s", tuple(companies.ids)) if companies else SQL("TRUE"),
            SQL("customer.commercial_partner_id IN %s", tuple(payers.ids)) if payers else SQL("TRUE"),
        )
