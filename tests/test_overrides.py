"""What core defines in its models is extended, never replaced: a name that core has too would do so silently."""

import inspect
import pathlib

from odoo.tests import TransactionCase, tagged

ADDONS = {path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")}


def is_ours(cls):
    """Tell whether a class stands in one of these addons."""
    return cls.__module__.startswith(tuple(f"odoo.addons.{addon}." for addon in ADDONS))


@tagged("post_install", "-at_install")
class TestOverrides(TransactionCase):
    def _get_replaced(self, model):
        """Yield the methods of core that a class of ours defines anew without calling them."""
        for place, cls in enumerate(model.__mro__):
            for name, method in vars(cls).items() if is_ours(cls) else ():
                core = [one for one in model.__mro__[place + 1 :] if name in vars(one) and not is_ours(one)]
                if core and inspect.isfunction(method) and "super(" not in inspect.getsource(method):
                    yield f"{cls.__module__}: {name} (of {core[0].__module__})"

    def test_methods_of_core_are_extended(self):
        others = [model for model in self.env.registry.values() if model._original_module not in ADDONS]
        replaced = {found for model in others for found in self._get_replaced(model)}
        self.assertFalse(replaced, "call super(), or take another name")
