"""The committed translation files are those of today's code, and the Chinese ones are complete."""

import io
import pathlib

import polib
from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

REPO = pathlib.Path(__file__).parent.parent
LANGUAGES = ("zh_CN",)
DEMO_MODELS = {
    "credit.grade",
    "dunning.level",
    "dunning.policy",
    "hr.department",
    "product.product",
    "sale.customer.class",
    "sale.payment.milestone.template",
    "sale.review.rule",
}


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = {}
        for manifest in REPO.glob("*/__manifest__.py"):
            addon = manifest.parent.name
            with io.BytesIO() as buffer:
                trans_export(False, [addon], buffer, "po", cls.env)
                cls.terms[addon] = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}

    def assert_same_terms(self, path, expected):
        self.assertTrue(path.exists(), f"{path.name} is missing; ./setup/translate writes it")
        found = {entry.msgid for entry in polib.pofile(str(path)) if not entry.obsolete}
        self.assertEqual(
            (sorted(expected - found), sorted(found - expected)),
            ([], []),
            f"(missing, superfluous) terms in {path.name}; ./setup/translate writes it anew",
        )

    def test_templates_are_fresh(self):
        for addon, terms in self.terms.items():
            with self.subTest(addon=addon):
                self.assert_same_terms(REPO / addon / "i18n" / f"{addon}.pot", terms)

    def test_translations_are_complete(self):
        for addon, terms in self.terms.items():
            for language in LANGUAGES:
                with self.subTest(addon=addon, language=language):
                    path = REPO / addon / "i18n" / f"{language}.po"
                    self.assert_same_terms(path, terms)
                    catalogue = polib.pofile(str(path))
                    self.assertEqual([entry.msgid for entry in catalogue.untranslated_entries()], [], "no translation")
                    self.assertEqual([entry.msgid for entry in catalogue.fuzzy_entries()], [], "marked as fuzzy")

    def test_demo_is_translated(self):
        """Names of the demo, on letters too, are in the language of who reads them: demo data is in no template."""
        for addon in self.terms:
            names = self._get_demo_names(REPO / addon / "demo")
            for language in LANGUAGES if names else ():
                with self.subTest(addon=addon, language=language):
                    catalogue = polib.pofile(str(REPO / addon / "i18n_extra" / f"{language}.po"))
                    translated = {
                        (place, entry.msgid)
                        for entry in catalogue
                        if entry.msgstr
                        for place, _line in entry.occurrences
                    }
                    self.assertEqual(sorted(names - translated), [])

    def _get_demo_names(self, folder):
        names = set()
        for path in folder.glob("*.xml"):
            for record in etree.parse(path).iterfind("record[field]"):
                model, name = record.get("model"), record.findtext("field[@name='name']")
                if model in DEMO_MODELS and name:
                    template = "_product_template" if model == "product.product" else ""
                    model = "product.template" if template else model
                    names.add((f"model:{model},name:{folder.parent.name}.{record.get('id')}{template}", name))
        return names
