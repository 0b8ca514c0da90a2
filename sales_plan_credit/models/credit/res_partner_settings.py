from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.sales_control.tools.protection import Protection

from ...tools.credit import get_stricter_limit
from ...tools.groups import ACCOUNTANT, INVOICING, MANAGER

_lt = LazyTranslate(__name__)

SETTINGS = ["credit_grade_id", "credit_unlimited", "credit_on_hold", "credit_hold_reason"]
GUARD = Protection(
    MANAGER,
    _lt(
        "%(record)s has credit settings: only credit managers move it below another customer or merge it; ask one of them."
    ),
)
LIMIT_GUARD = Protection(
    f"{INVOICING},{ACCOUNTANT},{MANAGER}",
    _lt(
        "%(record)s has a credit limit: only credit managers and accountants move it below another customer or merge it;"
        " ask one of them."
    ),
)


class ResPartner(models.Model):
    """Credit settings of customers that move below others or are merged: the stricter stay."""

    _name = "res.partner"
    _inherit = "res.partner"

    @api.model
    def _get_settings_guards(self):
        return super()._get_settings_guards() | {"credit": GUARD, "credit_limit": LIMIT_GUARD}

    def _read_guarded_settings(self):
        """Add grade, hold, limit and what is granted besides."""
        settings = super()._read_guarded_settings()
        # Superuser: they decide whether or not the user may read them.
        granted = self.env["credit.limit.adjustment"].sudo()
        granted = granted.search([("partner_id", "in", self.ids), ("state", "=", "granted")]).grouped("partner_id")
        for partner, values in self._read_company_values(SETTINGS).items():
            values |= {("granted", adjustment.id): True for adjustment in granted.get(partner.sudo(), ())}
            settings[partner] |= {"credit": values} if values else {}
        for partner, limits in self._read_company_values(["credit_limit"]).items():
            settings[partner] |= {"credit_limit": limits} if limits else {}
        return settings

    def _prepare_stricter_settings(self, others):
        """Add the stricter grade and limit, and the holds of all."""
        settings = super()._prepare_stricter_settings(others)
        names = [*SETTINGS, "credit_limit"]
        for company, values in self._combine_settings(others, names, self._get_stricter_credit).items():
            settings.setdefault(company, {}).update(values)
        return settings

    @api.model
    def _get_stricter_credit(self, company, known):
        """Return the values to write in ``company`` of those that several customers have, the first one's own first.

        :param known: list of dicts, name of a field -> value
        """
        grades = self.env["credit.grade"].sudo()
        fallback = company.credit_default_grade_id
        given = [grades.browse(one["credit_grade_id"] or ()).exists() or fallback for one in known]
        grade = min(given, key=lambda grade: grade._get_strictness())
        default = company._get_default_credit_limit()
        limits = [
            None if one["credit_unlimited"] else company._get_base_limit(one["credit_limit"], of)
            for one, of in zip(known, given, strict=True)
        ]
        is_unlimited, limit = get_stricter_limit(
            limits, company._get_base_limit(0, grade), any(one["credit_unlimited"] for one in known)
        )
        held = [one for one in known if one["credit_on_hold"]]
        reasons = dict.fromkeys(one["credit_hold_reason"] for one in held if one["credit_hold_reason"])
        return {
            "credit_grade_id": grade.id if grade != fallback or known[0]["credit_grade_id"] else False,
            "credit_unlimited": is_unlimited,
            "credit_limit": limit or default,
            "credit_on_hold": bool(held),
            "credit_hold_reason": "; ".join(reasons) or False,
        }
