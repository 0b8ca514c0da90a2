"""The wheels that pip installs hold all that an addon needs, and nothing else."""

import ast
import email
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

REPO = pathlib.Path(__file__).parent.parent
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
