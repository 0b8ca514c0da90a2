from odoo import api, fields, models
from odoo.fields import Command

from ...tools.groups import COST_READERS

# Whose work is with costs: they keep them where the others do not see them.
COST_GROUPS = (
    "account.group_account_readonly",
    "account.group_account_invoice",
    "mrp.group_mrp_user",
    "product.group_product_manager",
    "purchase.group_purchase_user",
    "stock.group_stock_user",
)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    price_floor_tell_passing = fields.Boolean(related="company_id.price_floor_tell_passing", readonly=False)
    group_product_cost = fields.Boolean(
        "Show Costs to All Internal Users",
        implied_group=COST_READERS,
        help="If not enabled, product costs are visible only to users who can see red lines, manage products, or work in purchasing, manufacturing, inventory or accounting.",
    )

    def set_values(self):
        """Give costs to those who work with them before they are taken from everybody else."""
        if not self.group_product_cost:
            # Each by itself: today they have it from the internal users, who lose it. Superuser: nothing here is input.
            self._get_cost_groups().sudo().implied_ids = [Command.link(self.env.ref(COST_READERS).id)]
        return super().set_values()

    @api.model
    def _get_cost_groups(self):
        """Return the groups that keep costs when the setting is off; other addons add theirs."""
        found = (self.env.ref(xmlid, raise_if_not_found=False) for xmlid in COST_GROUPS)
        return self.env["res.groups"].concat(*(group for group in found if group))
