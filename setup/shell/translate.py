# Write the translation files of the addons of this repo anew; list what is left to translate.
import io
import pathlib

import polib

from odoo.models import MAGIC_COLUMNS
from odoo.modules import get_module_path
from odoo.tools import config
from odoo.tools.translate import trans_export

LANGUAGE = "zh_CN"


def export(addon):
    with io.BytesIO() as buffer:
        trans_export(False, [addon], buffer, "po", env)
        return polib.pofile(buffer.getvalue().decode())


def is_inherited(entry):
    """Whether a text comes with fields that models outside this repo define (mail, dates of change)."""
    for occurrence, _line in entry.occurrences:
        kind, _colon, xmlid = occurrence.rpartition(":")
        if kind != "model:ir.model.fields,field_description" and kind != "model:ir.model.fields,help":
            return False
        record = env.ref(f"{addon}.{xmlid.rpartition('.')[2]}")
        if record.name not in MAGIC_COLUMNS and env[record.model]._fields[record.name]._module in ours:
            return False
    return True


def read(path):
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def core_translations():
    """Return Odoo's own translations of texts, the modules at the base first."""
    modules = env["ir.module.module"].search([("state", "=", "installed")])
    found = {}
    for name in ["base", "mail", *sorted(set(modules.mapped("name")) - ours)]:
        for entry in read(pathlib.Path(get_module_path(name), "i18n", f"{LANGUAGE}.po")).translated_entries():
            found.setdefault(entry.msgid, entry.msgstr)
    return found


def write(path, terms, texts, language=""):
    """Write the terms with their texts; no dates, so that nothing changes where no term does."""
    result = polib.POFile(wrapwidth=0)
    result.metadata = {
        "Project-Id-Version": "Odoo Server 19.0",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for term in terms:
        term.msgstr = texts.get(term.msgid, "")
        result.append(term)
    path.parent.mkdir(exist_ok=True)
    result.save(str(path))


repo = pathlib.Path(config["addons_path"][0])
ours = {path.parent.name for path in repo.glob("*/__manifest__.py")}
core = core_translations()
for addon in sorted(ours):
    terms = export(addon)
    folder = repo / addon / "i18n"
    path = folder / f"{LANGUAGE}.po"
    texts = {entry.msgid: entry.msgstr for entry in read(path) if entry.msgstr and not entry.fuzzy}
    for term in terms:
        if term.msgid not in texts and term.msgid in core and is_inherited(term):
            texts[term.msgid] = core[term.msgid]
    write(folder / f"{addon}.pot", terms, {})
    write(path, terms, texts, LANGUAGE)
    missing = [term.msgid for term in terms if term.msgid not in texts]
    print(f"{addon}: {len(terms)} terms, {len(missing)} to translate")
    for msgid in missing:
        print(f"    {msgid!r}")
