"""What the manifests of the addons say, for setup/run and setup/test (needs no Odoo)."""

import ast
import pathlib
import sys


def manifests(repo):
    """Return {addon: manifest} of the addons at the top of the repo."""
    return {
        path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8"))
        for path in sorted(pathlib.Path(repo).glob("*/__manifest__.py"))
    }


def core(repo):
    """Return the modules of Odoo itself that the addons depend on."""
    addons = manifests(repo)
    return sorted({module for manifest in addons.values() for module in manifest["depends"]} - set(addons))


if __name__ == "__main__":
    print(" ".join(core(sys.argv[1])))
