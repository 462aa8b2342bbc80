"""No function, class, method or constant of ours stands there that nobody names."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.repository.documents import tracked
from tests.repository.image_tree import ROOT

CALLED_BY_A_FRAMEWORK = {
    r"apps/configuration/.*\.py": r"[A-Z0-9_]+",  # Django's settings
    r"apps/.*/apps\.py": r"\w+Config",  # Django finds the one of each application
    r"(tests/.*/)?conftest\.py": r"pytest_\w+",
    r"(.*/)?tests/.*\.py": r"(test_|Test)\w+",
}
"""Names by file, as regular expressions, that something looks up which is none of ours."""
STILL_OURS = {"property", "cached_property", "staticmethod", "classmethod", "dataclass", "contextmanager"}
"""Decorators that leave a name to those who call it; all others hand it to somebody: a fixture, a rule, a validator."""


def _definitions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        yield from _names(node)
        # What inherits may be called by what it inherits from.
        if isinstance(node, ast.ClassDef) and not node.bases:
            for member in node.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _names(member)


def _names(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            if all(_decorator(each) in STILL_OURS for each in node.decorator_list):
                yield node.name
        case ast.Assign():
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _decorator(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called).rpartition(".")[2]


def unused(texts: dict[str, str]) -> list[str]:
    """`file: name` of what is defined and nowhere else named. texts: what the files say, by their names.

    A name that begins with `_` must be named in its own file, any other anywhere: also in a setting or a document.
    """
    own = {file: Counter(re.findall(r"\w+", text)) for file, text in texts.items()}
    everywhere = sum(own.values(), Counter[str]())
    return sorted(
        f"{file}: {name}"
        for file, text in texts.items()
        if file.endswith(".py")
        for name in _definitions(ast.parse(text))
        if not name.startswith("__")
        and (own[file] if name.startswith("_") else everywhere)[name] == 1
        and not any(re.fullmatch(f, file) and re.fullmatch(n, name) for f, n in CALLED_BY_A_FRAMEWORK.items())
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="ignore")


def test_whatever_is_defined_is_used() -> None:
    found = unused({name: _text(ROOT / name) for name in tracked() if (ROOT / name).is_file()})
    assert not found, "nobody names these; delete them:\n" + "\n".join(found)


def test_what_only_its_definition_names_is_found() -> None:
    module = """
import pytest
from dataclasses import dataclass

LIMIT = 1
_WINDOW: int = 2

@dataclass
class Seat:
    @property
    def is_free(self) -> bool:
        return True

class Child(Seat):
    def called_by_the_parent(self) -> None: ...

def _refused() -> None: ...

@pytest.fixture
def for_tests() -> None: ...
"""
    found = unused({"a.py": module, "b.py": "from a import Seat\n_WINDOW = _WINDOW", "README.md": "`LIMIT` seats"})
    assert found == ["a.py: Child", "a.py: _WINDOW", "a.py: _refused", "a.py: is_free"]
