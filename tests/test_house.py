"""The layout of the house: a topic is a folder, files and methods stay short, a method is defined once in an addon."""

import ast
import pathlib
import unittest
from collections import defaultdict

REPO = pathlib.Path(__file__).parents[1]
ADDONS = sorted(path.parent for path in REPO.glob("*/__manifest__.py"))
FOLDERS = ("models", "report", "wizards")
LONGEST_FILE = 400
LONGEST_METHOD = 50
# Each topic has its own concern in these; everything else is called by its name.
IN_SEVERAL_TOPICS = {("sale.order", "create"), ("sale.order", "write")}


def get_sources(addon):
    """Return the Python files of an addon but its tests."""
    return [path for path in addon.rglob("*.py") if "tests" not in path.relative_to(addon).parts]


def get_classes(path):
    """Yield (name of the model, class) for the models that a file defines or extends."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            names = {
                item.targets[0].id: ast.literal_eval(item.value)
                for item in node.body
                if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") in ("_name", "_inherit")
            }
            model = names.get("_name") or names.get("_inherit")
            if model:
                yield model if isinstance(model, str) else model[0], node


class TestHouse(unittest.TestCase):
    def test_a_topic_is_a_folder(self):
        for addon in ADDONS:
            for folder in FOLDERS:
                loose = [path.name for path in (addon / folder).glob("*.py") if path.name != "__init__.py"]
                self.assertFalse(loose, f"{addon.name}/{folder}: put these into the folder of their topic")

    def test_files_are_short(self):
        files = [*REPO.glob("*/**/*.py"), *REPO.glob("*.py")]
        long = {
            str(path.relative_to(REPO)): lines
            for path in files
            if ".work" not in path.parts and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
        }
        self.assertFalse(long, f"files over {LONGEST_FILE} lines: divide them by what they do")

    def test_methods_are_short(self):
        long = [
            f"{path.relative_to(REPO)}: {node.name}"
            for addon in ADDONS
            for path in get_sources(addon)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LONGEST_METHOD
        ]
        self.assertFalse(long, f"methods over {LONGEST_METHOD} lines")

    def test_methods_and_fields_are_defined_once(self):
        for addon in ADDONS:
            places = defaultdict(list)
            for path in get_sources(addon):
                for model, node in get_classes(path):
                    for item in node.body:
                        name = getattr(item, "name", None)
                        if isinstance(item, ast.Assign) and ast.unparse(item.value).startswith("fields."):
                            name = item.targets[0].id
                        if name:
                            places[model, name].append(str(path.relative_to(addon)))
            twice = {key: found for key, found in places.items() if len(found) > 1 and key not in IN_SEVERAL_TOPICS}
            self.assertFalse(twice, f"{addon.name}: call the second concern by its name")
