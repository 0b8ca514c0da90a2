"""The wheels that pip installs hold all that an addon needs, and nothing else."""

import ast
import email
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest
from docutils.core import publish_doctree
from PIL import Image

REPO = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(REPO / "setup"))
import readme  # noqa: E402

MANIFESTS = {
    path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8"))
    for path in sorted(REPO.glob("*/__manifest__.py"))
}


def build_wheel(source, folder):
    """Build from a copy outside git: from a checkout only committed files would be taken."""
    copy = folder / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, copy],
        check=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def read_metadata(wheel):
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


@pytest.mark.parametrize("addon", MANIFESTS)
def test_wheel_of_addon(addon, tmp_path):
    manifest = MANIFESTS[addon]
    wheel = build_wheel(REPO / addon, tmp_path)
    prefix = f"odoo/addons/{addon}/"
    held = {name.removeprefix(prefix) for name in wheel.namelist() if name.startswith(prefix)}
    needed = {
        str(path.relative_to(REPO / addon))
        for path in (REPO / addon).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - {"pyproject.toml"}
    assert needed - held == set()
    assert {"__manifest__.py", "__init__.py", "README.rst", f"i18n/{addon}.pot", "i18n/zh_CN.po"} <= held
    assert set(manifest.get("data", []) + manifest.get("demo", [])) <= held
    assert any(name.startswith("tests/test_") for name in held)
    assert any(name.startswith("static/description/") for name in held)

    metadata = read_metadata(wheel)
    assert metadata["Name"] == f"odoo-addon-{addon}"
    assert metadata["Version"] == manifest["version"]
    assert "LGPL-3" in (metadata["License"] or metadata["License-Expression"])
    requires = [requirement.replace(" ", "") for requirement in metadata.get_all("Requires-Dist")]
    assert any(requirement.startswith("odoo") and "19.0" in requirement for requirement in requires)
    for dependency in set(manifest["depends"]) & set(MANIFESTS):
        assert any(requirement.startswith(f"odoo-addon-{dependency}") for requirement in requires)


def test_metapackage_lists_every_addon(tmp_path):
    metadata = read_metadata(build_wheel(REPO / "setup" / "_metapackage", tmp_path))
    requires = {requirement.replace(" ", "").replace("_", "-") for requirement in metadata.get_all("Requires-Dist")}
    assert requires == {f"odoo-addon-{addon}==19.0.*".replace("_", "-") for addon in MANIFESTS}


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(REPO))) for path in readme.make_files(REPO)]
)
def test_description_is_made_from_readme_folder(path):
    assert path.read_text(encoding="utf-8") == readme.make_files(REPO)[path], "run ./setup/readme"


@pytest.mark.parametrize("addon", MANIFESTS)
def test_readme_is_valid_and_shows_what_is_there(addon):
    text = (REPO / addon / "README.rst").read_text(encoding="utf-8")
    tree = publish_doctree(text, settings_overrides={"halt_level": 2, "report_level": 2})
    assert tree["title"] == MANIFESTS[addon]["name"]
    pictures = [image["uri"] for image in tree.findall(lambda node: node.tagname == "image")]
    assert pictures
    for picture in pictures + MANIFESTS[addon]["images"]:
        assert (REPO / addon / picture).exists(), picture


@pytest.mark.parametrize("addon", MANIFESTS)
def test_addon_has_an_icon(addon):
    with Image.open(REPO / addon / "static" / "description" / "icon.png") as icon:
        assert icon.size == (256, 256)
        assert icon.getpixel((0, 0))[3] == 0, "transparent corners"
