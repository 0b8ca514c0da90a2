"""Deleting what our fields refer to reads an index, not the whole table of orders or invoices."""

import pathlib

from odoo.tests import TransactionCase, tagged

ADDONS = {path.parent.name for path in pathlib.Path(__file__).parent.parent.glob("*/__manifest__.py")}
# Few rows, whatever the company sells.
SMALL = {"res.company"}


@tagged("post_install", "-at_install")
class TestIndexes(TransactionCase):
    def test_references_on_core_models(self):
        models = [self.env[name] for name in self.env.registry if name not in SMALL]
        fields = [
            field
            for model in models
            if model._auto and not model._abstract and not model._transient and model._original_module not in ADDONS
            for field in model._fields.values()
            if field.type == "many2one" and field.store and field._module in ADDONS
        ]
        self.assertGreater(len(fields), 8)
        self.assertEqual({str(field) for field in fields if not field.index}, set())
