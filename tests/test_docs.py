"""What docs/architecture.md and CONTRIBUTING.md name is there: files, methods, topics, quoted code."""

import pathlib
import re

import pytest

REPO = pathlib.Path(__file__).parent.parent
ADDONS = sorted(path.parent.name for path in REPO.glob("*/__manifest__.py"))
DOCS = ["docs/architecture.md", "CONTRIBUTING.md"]
# A path from the top of the repo, wherever it stands; links are relative to the page.
PATH = re.compile(rf"(?<![\w./])(?:{'|'.join(ADDONS)}|tests|setup|docs)/[\w./-]*[\w/]")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
METHOD = re.compile(r"`(_[a-z]\w*[a-z]|action_\w+|get_\w+)(?:\([^`]*\))?`")
QUOTE = re.compile(r"`([^`]+\.py)`[^`]*```python\n(.*?)```", re.DOTALL)
# Named by the text, and no methods of ours: what Odoo calls, and prefixes.
NO_METHODS = {"_table_query"}


def read(name):
    return (REPO / name).read_text(encoding="utf-8")


def get_blocks(text):
    """Return the paragraphs, rows and items of a text."""
    return re.split(r"\n\n|\n(?=- |\d+\. |\| |\*\*)", text)


def defines(path, method):
    return re.search(rf"^ *def {method}\(", path.read_text(encoding="utf-8"), re.MULTILINE)


def find_sources():
    return [path for addon in ADDONS for path in (REPO / addon).rglob("*.py")]


@pytest.mark.parametrize("name", DOCS)
def test_paths_exist(name):
    text = read(name)
    linked = {pathlib.Path(name).parent / link for link in LINK.findall(text)}
    missing = sorted(str(path) for path in {*PATH.findall(text), *linked} if not (REPO / path).exists())
    assert not missing, f"{name} names what is not there:\n" + "\n".join(missing)


def test_methods_stand_where_the_map_says():
    sources, wrong = find_sources(), []
    for block in get_blocks(read("docs/architecture.md")):
        named = [path for path in map(REPO.joinpath, PATH.findall(block)) if path.suffix == ".py" and path.exists()]
        for method in METHOD.findall(block):
            if method not in NO_METHODS and not any(defines(path, method) for path in named or sources):
                actual = [str(path.relative_to(REPO)) for path in sources if defines(path, method)]
                wrong.append(f"{method}: is in {', '.join(actual) or 'no file'}")
    assert not wrong, "docs/architecture.md says otherwise:\n" + "\n".join(wrong)


def test_every_topic_has_its_row():
    told, addon = set(), None
    for first, topic in re.findall(r"^\| (`\w+`)? ?\| `(\w+)` \|", read("docs/architecture.md"), re.MULTILINE):
        addon = first.strip("`") or addon
        told.add(f"{addon}/models/{topic}")
    there = {str(path.parent.relative_to(REPO)) for path in REPO.glob("*/models/*/__init__.py")}
    assert (sorted(told - there), sorted(there - told)) == ([], []), "(in the table only, in the addons only)"


def test_quoted_code_is_ours():
    quotes = QUOTE.findall(read("CONTRIBUTING.md"))
    assert len(quotes) == 2
    changed = [path for path, code in quotes if not (REPO / path).exists() or code not in read(path)]
    assert not changed, "CONTRIBUTING.md quotes what reads otherwise now"
