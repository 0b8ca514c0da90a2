from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class ResPartner(models.Model):
    """Settings of customers that only some people may set, when customers move below others or are merged.

    Nobody escapes from a hold or a limit by that: whoever may not set them may not move or merge a customer that has
    them; and where it is done, the stricter setting stays.
    """

    _name = "res.partner"
    _inherit = "res.partner"

    # === HOOKS === #

    @api.model
    def _get_settings_guards(self):
        """Return who may set what about customers; other addons add theirs.

        :return: dict, name of a right -> `Protection`
        """
        return {}

    def _read_guarded_settings(self):
        """Return the settings of these customers in all companies; other addons add theirs.

        :return: dict, partner -> {name of a right: what compares equal where the settings are the same}; without those
            rights of which a customer has no settings
        """
        return {partner: {} for partner in self}

    def _prepare_stricter_settings(self, others):
        """Return what this customer gets of its own and others' settings once they are one; other addons add theirs.

        :param others: customers that move below this one, or are merged into it
        :return: dict, company -> values to write, of settings that differ
        """
        self.ensure_one()
        return {}

    # === BUSINESS METHODS === #

    @api.model
    def _check_settings_kept(self, customer, before, after):
        """Refuse that a customer loses settings which the user may not set.

        :param before: its settings, one value of `_read_guarded_settings`
        :param after: those that will hold for it
        """
        guards = {} if self.env.su else self._get_settings_guards()
        for right, guard in guards.items():
            if right in before and before[right] != after.get(right) and not self.env.user.has_groups(guard.groups):
                sentence = self.env._(guard.sentence)
                raise AccessError(sentence % {"record": customer.display_name})

    def _follow_move(self, companies, settings):
        """Check, and draw the consequences, where these contacts belong to another company than before.

        :param companies: dict, contact -> its commercial partner before
        :param settings: of those companies before
        """
        moved = self.filtered(lambda contact: contact.commercial_partner_id != companies[contact])
        after = moved.commercial_partner_id._read_guarded_settings()
        for contact in moved:
            company = contact.commercial_partner_id
            self._check_settings_kept(contact, settings[companies[contact]], after[company])
            if companies[contact] == contact:
                company._take_settings(company._prepare_stricter_settings(contact), contact.display_name)

    def _take_settings(self, settings, names):
        """Write the settings that stay of this customer and others, and say so in its chatter.

        :param settings: of `_prepare_stricter_settings`
        :param names: of the others
        """
        self.ensure_one()
        lines = []
        for company, values in settings.items():
            # Superuser: whoever moves a customer that he may move does not set anything by that.
            self.sudo().with_company(company).write(values)
            labels = [self._fields[name]._description_string(self.env) for name in values]
            lines.append(Markup("<li>%s: %s</li>") % (company.name, ", ".join(labels)))
        if lines:
            text = self.env._("Now one customer with %s. Where settings differed, the stricter ones stay:", names)
            body = Markup("<p>%s</p><ul>%s</ul>") % (text, Markup().join(lines))
            self.sudo().message_post(body=body, author_id=self.env.user.partner_id.id)

    def _combine_settings(self, others, names, decide):
        """Return what settings of this customer and others come to once they are one, where they differ.

        :param names: of company-dependent fields
        :param decide: function (company, list of dicts, name -> value, this customer's first) -> dict, name -> value
        :return: dict, company -> values
        """
        values = (self | others)._read_company_values(names)
        company_ids = {company_id for known in values.values() for _name, company_id in known}
        settings = {}
        # Superuser: of all companies, whichever the user has ticked.
        for company in self.env["res.company"].sudo().browse(sorted(company_ids)).exists():
            known = [{name: values[partner].get((name, company.id)) for name in names} for partner in (self, *others)]
            differing = [name for name in names if any(one[name] != known[0][name] for one in known)]
            if differing:
                decided = decide(company, known)
                settings[company] = {name: decided[name] for name in differing}
        return settings

    def _read_company_values(self, names):
        """Return company-dependent settings of these customers in all companies, as they are stored.

        :param names: of fields
        :return: dict, partner -> {(name, company id): value}, without what is empty
        """
        if not self.ids:
            return {}
        self.flush_recordset(names)
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        rows = self.env.execute_query(SQL("SELECT id, %s FROM res_partner WHERE id IN %s", columns, tuple(self.ids)))
        return {
            self.browse(partner_id): {
                (name, int(company)): value
                for name, column in zip(names, columns, strict=True)
                for company, value in (column or {}).items()
                if value
            }
            for partner_id, *columns in rows
        }
