"""README.rst and the page in the Apps menu of each addon, from its manifest and its folder readme/ (needs no Odoo)."""

import html
import pathlib
import re
import sys

from docutils.core import publish_parts
from manifests import manifests

# The file in readme/ and its heading; None: text without one. A file that is not there has no section.
SECTIONS = {
    "DESCRIPTION": None,
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known Issues",
    "HISTORY": "Changelog",
    "CONTRIBUTORS": "Contributors",
}
PICTURES = "static/description/"
README = """\
.. This file is made by setup/readme: change the files in readme/ instead.

{title}

:Odoo: {series}
:Status: {status}
:License: {license}
:Depends on: {depends}
:Maintainers: {maintainers}

{text}"""
PAGE = """\
<!DOCTYPE html>
<!-- This file is made by setup/readme: change the files in readme/ instead. -->
<html lang="en">
<head><meta charset="utf-8"><title>{name}</title></head>
<body>
<section class="container">
<h1><img src="icon.png" alt="" width="64" height="64"> {name}</h1>
<p class="lead">{summary}</p>
{body}</section>
</body>
</html>
"""


def get_text(folder):
    """Return the sections of an addon as one text."""
    texts = []
    for name, heading in SECTIONS.items():
        path = folder / "readme" / f"{name}.rst"
        if path.exists():
            text = path.read_text(encoding="utf-8").strip()
            texts.append(f"{heading}\n{'=' * len(heading)}\n\n{text}" if heading else text)
    return "\n\n".join(texts) + "\n"


def make_readme(manifest, text):
    """Return README.rst of an addon."""
    rule = "=" * len(manifest["name"])
    return README.format(
        title=f"{rule}\n{manifest['name']}\n{rule}",
        series=".".join(manifest["version"].split(".")[:2]),
        status=manifest["development_status"],
        license=manifest["license"],
        depends=", ".join(manifest["depends"]),
        maintainers=", ".join(manifest["maintainers"]),
        text=text,
    )


def make_page(manifest, text):
    """Return the page that Odoo shows of an addon; raise where the text is not valid."""
    settings = {"halt_level": 2, "report_level": 2, "doctitle_xform": False, "initial_header_level": 2}
    body = publish_parts(text, writer_name="html5", settings_overrides=settings)["body"]
    body = re.sub(r' id="[^"]*"| class="(?:docutils|simple)[^"]*"', "", body)
    body = body.replace(f'src="{PICTURES}', 'class="img-fluid border" src="')
    return PAGE.format(name=html.escape(manifest["name"]), summary=html.escape(manifest["summary"]), body=body)


def make_files(repo):
    """Return {path: text} of all that is made from the folders readme/."""
    files = {}
    for addon, manifest in manifests(repo).items():
        folder = pathlib.Path(repo, addon)
        text = get_text(folder)
        files[folder / "README.rst"] = make_readme(manifest, text)
        files[folder / PICTURES / "index.html"] = make_page(manifest, text)
    return files


if __name__ == "__main__":
    for path, text in make_files(sys.argv[1]).items():
        path.write_text(text, encoding="utf-8")
