from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import clean_context

from ...tools.protected import without


class ProtectedFieldsMixin(models.AbstractModel):
    """Fields that only some people set, whatever road a value takes: a form, an import, RPC, a default.

    A value that does not change is no change: the one that the record has or, of a new record, the one that it would
    get without the context's and the user's own defaults. An administrator's default for everybody counts for everybody.
    """

    _name = "protected.fields.mixin"
    _description = "Record with protected fields"

    # === HOOKS === #

    @api.model
    def _get_protected_fields(self):
        """Return who may set which fields.

        :return: dict, name -> `Protection`
        """
        return {}

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        protections = self._get_protected_fields()
        ignored = [name for name in fields if name in protections and self._ignores_default(name, protections[name])]
        return without(values, ignored) | self._get_neutral_defaults(ignored)

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._strip_protected(vals) for vals in vals_list]
        if not self.env.su:
            self.browse()._check_protected_create(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        vals = self._strip_protected(vals)
        if not self.env.su:
            self._check_protected_write(vals)
        return super().write(vals)

    # === PROTECTION === #

    @api.model
    def _may_set(self, protection):
        """Tell whether the user, or the system for him, sets what a `Protection` is for."""
        return not protection.derived and (self.env.su or self._is_editor(protection))

    @api.model
    def _is_editor(self, protection):
        return bool(protection.groups and self.env.uid) and self.env.user.has_groups(protection.groups)

    @api.model
    def _ignores_default(self, name, protection):
        """Tell whether the user's own default, and one of his context, are left out; else they are refused like values.

        What creates records as superuser for him works with his own defaults still, the context's are code's (`sudo`
        leaves out those that came before it).
        """
        if protection.derived:
            return True
        if self.env.uid == SUPERUSER_ID or self._is_editor(protection):
            return False
        return f"default_{name}" not in self.env.context if self.env.su else protection.is_silent()

    @api.model
    def _get_neutral_defaults(self, names):
        """Return the defaults of fields that neither the context nor the user has chosen, as `default_get` does."""
        model = self.browse().with_context(clean_context(self.env.context))
        defaults = self.env["ir.default"].with_user(SUPERUSER_ID).with_company(self.env.company)
        given = defaults._get_model_defaults(self._name) if names else {}
        values = {}
        for name in names:
            field = self._fields[name]
            if name in given and not (field.company_dependent and field.default):
                values[name] = given[name]
            elif field.default:
                values[name] = field.default(model)
        return {
            name: self._fields[name].convert_to_write(self._get_cached(name, values[name]), self) for name in values
        }

    @api.model
    def _strip_protected(self, vals):
        """Return values less those that are left out in silence."""
        protections = self._get_protected_fields()
        given = {name: protections[name] for name in vals.keys() & protections.keys()}
        stripped = [name for name, one in given.items() if one.is_silent() and not self._may_set(one)]
        return without(vals, stripped) if stripped else vals

    @api.model
    def _get_refused_fields(self):
        """Return the protected fields whose change by the user is refused: dict, name -> `Protection`."""
        protections = self._get_protected_fields()
        allowed = {one: self._may_set(one) for one in set(protections.values())}
        return {name: one for name, one in protections.items() if not one.is_silent() and not allowed[one]}

    def _check_protected_create(self, vals_list):
        names = list(self._get_refused_fields())
        if not names:
            return
        neutral, defaults = self._get_neutral_defaults(names), self.default_get(names)
        for vals in vals_list:
            given = defaults | vals
            changed = [name for name in names if self._is_changed(name, given.get(name), neutral.get(name))]
            self._refuse_protected(changed)

    def _check_protected_write(self, vals):
        names = [name for name in self._get_refused_fields() if name in vals]
        if not names:
            return
        # Whether a guess is right would tell the value of a record or field that the user may not read.
        self.check_access("write")
        hidden = [name for name in names if not self._has_field_access(self._fields[name], "write")]
        self._refuse_protected(hidden)
        for record in self:
            # Superuser: the field may be for readers only.
            known = record.sudo()
            self._refuse_protected([n for n in names if known._is_changed(n, vals[n], known[n])], record)

    def _is_changed(self, name, value, current):
        """Tell whether a value to be written differs from the one that is there.

        :param current: as the field reads, or as it is written
        """
        if self._fields[name].type in ("one2many", "many2many"):
            return self._is_set(value) or (bool(value) and self._is_set(current))
        return (self._get_cached(name, value) or None) != (self._get_cached(name, current) or None)

    def _get_cached(self, name, value):
        return self._fields[name].convert_to_cache(value, self, validate=False)

    @api.model
    def _is_set(self, value):
        """Tell whether records or commands leave something in a relation."""
        if isinstance(value, models.BaseModel):
            return bool(value)
        empty = (Command.CLEAR, 0, 0), (Command.SET, 0, [])
        return any(not isinstance(command, list | tuple) or (*command, 0)[:3] not in empty for command in value or ())

    def _refuse_protected(self, names, record=None):
        """Raise for fields that the user may not set; nothing without any.

        :param record: whose; none of a new one
        """
        if not names:
            return
        protections = self._get_protected_fields()
        protection = protections[names[0]]
        together = [name for name in names if protections[name] is protection]
        labels = ", ".join(self._fields[name]._description_string(self.env) for name in together)
        sentence = self.env._(protection.sentence)
        kind = self.env["ir.model"]._get(self._name).name
        raise AccessError(sentence % {"fields": labels, "record": record.display_name if record else kind})
