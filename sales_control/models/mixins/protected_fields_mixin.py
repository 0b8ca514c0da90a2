from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context


class ProtectedFieldsMixin(models.AbstractModel):
    """Fields that only some people set, whatever road a value takes: a form, an import, RPC, a default.

    A value that does not change is no change: the one that the record has or, of a new record, the one that it would
    get anyway. Defaults that a user sets for himself do not count for fields that he may not set; an administrator's
    default for everybody does.
    """

    _name = "protected.fields.mixin"
    _description = "Record with protected fields"

    # === HOOKS === #

    @api.model
    def _get_protections(self):
        """Return who may set which fields.

        :return: dict, name -> `Protection`
        """
        return {}

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        protections = self._get_protections()
        ignored = {
            name: protections[name]
            for name in values.keys() & protections.keys()
            if self._ignores_default(name, protections[name])
        }
        if not ignored:
            return values
        neutral = self._get_neutral_defaults([name for name, protection in ignored.items() if not protection.derived])
        return _without(values, ignored) | neutral

    @api.model_create_multi
    def create(self, vals_list):
        refused, silent = self._get_closed_fields()
        vals_list = [_without(vals, silent) for vals in vals_list]
        if refused:
            self._check_protected_create(vals_list, refused)
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & self._get_protections().keys():
            refused, silent = self._get_closed_fields()
            vals = _without(vals, silent)
            self._check_protected_write(vals, sorted(vals.keys() & refused))
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
    def _get_closed_fields(self):
        """Return the fields that the user may not set: those whose change is refused, those left out in silence."""
        protections = self._get_protections()
        closed = {protection for protection in {*protections.values()} if not self._may_set(protection)}
        silent = {name for name, one in protections.items() if one in closed and one.is_silent()}
        return {name for name, one in protections.items() if one in closed} - silent, silent

    @api.model
    def _ignores_default(self, name, protection):
        """Tell whether a default is left out: the user's own, and what the context says in silence.

        What creates records as superuser for a user works with his own defaults still; those of the context are code's
        then (`sudo` leaves out what came before it).
        """
        if protection.derived:
            return True
        if self.env.uid == SUPERUSER_ID or self._is_editor(protection):
            return False
        return f"default_{name}" not in self.env.context or (protection.is_silent() and not self.env.su)

    @api.model
    def _get_neutral_defaults(self, names):
        """Return the defaults of fields that neither the context nor the user has chosen, as `default_get` does."""
        model = self.browse().with_context(clean_context(self.env.context))
        shared = self.env["ir.default"].with_user(SUPERUSER_ID).with_company(self.env.company)
        shared = shared._get_model_defaults(self._name)
        defaults = {}
        for name in names:
            field = self._fields[name]
            if name in shared or field.default:
                value = shared[name] if name in shared else field.default(model)
                value = field.convert_to_cache(value, self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    def _check_protected_create(self, vals_list, refused):
        defaults = {name: self.env.context[key] for name in refused if (key := f"default_{name}") in self.env.context}
        for vals in vals_list:
            given = defaults | {name: vals[name] for name in vals.keys() & refused}
            neutral = self._get_neutral_defaults(given) if given else {}
            names = [name for name in sorted(given) if self._is_changed(name, given[name], neutral.get(name))]
            self._refuse_protected(names)

    def _check_protected_write(self, vals, names):
        if not names:
            return
        # Whether a guess is right would tell the value of a record or field that the user may not read.
        is_open = self.has_access("write")
        hidden = [n for n in names if not is_open or not self._has_field_access(self._fields[n], "write")]
        self._refuse_protected(hidden)
        for record in self:
            # Superuser: the field may be for readers only.
            known = record.sudo()
            self._refuse_protected([n for n in names if known._is_changed(n, vals[n], known[n])], record)

    def _is_changed(self, name, value, current):
        """Tell whether a value to be written differs from the one that is there; commands always do."""
        field = self._fields[name]
        if field.type in ("one2many", "many2many"):
            return bool(value)
        value, current = (field.convert_to_cache(one, self, validate=False) for one in (value, current))
        return (value or None) != (current or None)

    def _refuse_protected(self, names, record=None):
        """Raise for fields that the user may not set; nothing without any.

        :param record: whose; none of a new one
        """
        if not names:
            return
        protections = self._get_protections()
        protection = protections[names[0]]
        together = [name for name in names if protections[name] is protection]
        labels = ", ".join(self._fields[name]._description_string(self.env) for name in together)
        sentence = self.env._(protection.sentence)
        kind = self.env["ir.model"]._get(self._name).name
        raise AccessError(sentence % {"fields": labels, "record": record.display_name if record else kind})


def _without(vals, names):
    """Return values less some fields; the same dict where there is nothing to leave out."""
    if vals.keys().isdisjoint(names):
        return vals
    return {name: value for name, value in vals.items() if name not in names}
