from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.sales_control.tools.protection import Protection

from ...tools.groups import MANAGER

_lt = LazyTranslate(__name__)

# How a customer is dunned; whom one writes to, and who collects, are no matter of strictness.
POLICIES = ["dunning_policy_id", "dunning_opt_out", "dunning_blocked_until", "dunning_block_reason"]
CONTACTS = ["dunning_contact_id", "collector_id"]
GUARD = Protection(
    MANAGER,
    _lt(
        "%(record)s has dunning settings: only collection managers move it below another customer or merge it; ask one of"
        " them."
    ),
)


class ResPartner(models.Model):
    """Dunning settings of customers that move below others or are merged: the stricter stay."""

    _name = "res.partner"
    _inherit = "res.partner"

    @api.model
    def _get_settings_guards(self):
        return super()._get_settings_guards() | {"dunning": GUARD}

    def _read_guarded_settings(self):
        """Add policy, exceptions from it, and who is in charge."""
        settings = super()._read_guarded_settings()
        for partner, values in self._read_company_values([*POLICIES, *CONTACTS]).items():
            settings[partner] |= {"dunning": values} if values else {}
        return settings

    def _prepare_stricter_settings(self, others):
        """Add the stricter policy, and exceptions from dunning that hold for all."""
        settings = super()._prepare_stricter_settings(others)
        for company, values in self._combine_settings(others, POLICIES, self._get_stricter_dunning).items():
            settings.setdefault(company, {}).update(values)
        return settings

    @api.model
    def _get_stricter_dunning(self, company, known):
        """Return the values to write in ``company`` of those that several customers have, the first one's own first.

        :param known: list of dicts, name of a field -> value
        """
        policies = self.env["dunning.policy"].sudo()
        fallback = company.dunning_policy_id
        given = [policies.browse(one["dunning_policy_id"] or ()).exists() or fallback for one in known]
        policy = min(given, key=lambda policy: policy._get_strictness())
        blocked = [one["dunning_blocked_until"] for one in known]
        until = min(blocked) if all(blocked) else False
        reasons = [one["dunning_block_reason"] for one in known if one["dunning_blocked_until"] == until]
        return {
            "dunning_policy_id": policy.id if policy != fallback or known[0]["dunning_policy_id"] else False,
            "dunning_opt_out": all(one["dunning_opt_out"] for one in known),
            "dunning_blocked_until": until,
            "dunning_block_reason": until and reasons[0],
        }
