"""What is left empty, or as far away as a calendar goes, is refused in a sentence or accepted, never an error."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

OURS = "odoo.addons.sales_"


@tagged("post_install", "-at_install")
class TestEmptyValues(TransactionCase):
    """Constraints are asked before the database says what is missing; computed fields while a form is filled in."""

    DAYS = (False, date(9999, 12, 31), date(1, 1, 1))

    def _get_models(self):
        """Return the models that have constraints or fields of ours, and a table."""
        for name in sorted(self.registry):
            model = self.env[name]
            if not model._abstract and (self._get_constraints(model) or model._module.startswith("sales_")):
                yield model

    def _get_constraints(self, model):
        return [method for method in model._constraint_methods if method.__module__.startswith(OURS)]

    def _get_records(self, model):
        """Yield (what, new record): as its form opens, with every date of it at the ends of time, and one left empty."""
        days = [name for name, field in model._fields.items() if field.type == "date" and field.store]
        try:
            defaults = model.default_get(list(model._fields))
        except UserError:
            defaults = {}  # opened for chosen records only
        yield "nothing entered", model.new()
        for name in days:
            yield f"no {name}", model.new({**defaults, name: False})
        for day in self.DAYS[1:]:
            yield f"all on {day}", model.new({**defaults, **dict.fromkeys(days, day)})

    def test_constraints(self):
        wrong = []
        for model in self._get_models():
            for what, record in self._get_records(model):
                for check in self._get_constraints(model):
                    self._try(wrong, f"{model._name}.{check.__name__}: {what}", check, record)
        self.assertFalse(wrong, "\n".join(wrong))

    def test_computed_fields(self):
        wrong = []
        for model in self._get_models():
            # rows of reports are not entered
            names = [n for n, field in model._fields.items() if model._auto and self._is_ours(model, field)]
            for what, record in self._get_records(model):
                for name in names:
                    self._try(wrong, f"{model._name}.{name}: {what}", record.__getitem__, name)
        self.assertFalse(wrong, "\n".join(wrong))

    def _is_ours(self, model, field):
        if not field.compute:
            return False
        compute = field.compute if callable(field.compute) else getattr(type(model), field.compute)
        return compute.__module__.startswith(OURS)

    def _try(self, wrong, what, method, *args):
        """Call a method, and note what it raises that people cannot understand."""
        try:
            with self.cr.savepoint(flush=False):
                method(*args)
        except UserError:
            pass
        except Exception as error:
            wrong.append(f"{what}: {type(error).__name__}: {error}"[:300])
