"""The page of what a ban must get right names tests that exist, for each of its 28 groups."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "CONFORMANCE.md"
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
SHOWN = [(int(group), named) for group, _, tests in ROWS for named in re.findall(r"`(.+?)`", tests)]


@cache
def names(module: str) -> tuple[str, ...]:
    """The tests of a file."""
    tree = ast.parse((TESTS / f"{module}.py").read_text(encoding="utf-8"))
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def test_every_group_stands_there_once_with_a_sentence_and_a_test():
    assert [int(group) for group, _, _ in ROWS] == list(range(1, 29))
    assert all(sentence.endswith(".") for _, sentence, _ in ROWS)
    assert {group for group, _ in SHOWN} == set(range(1, 29))


@pytest.mark.parametrize(("group", "named"), SHOWN, ids=[f"{group}-{named}" for group, named in SHOWN])
def test_what_is_named_exists(group, named):
    module, _, pattern = named.partition("::")
    assert any(fnmatchcase(name, pattern) for name in names(module)), (
        f"group {group}: no test in tests/ is called {named}"
    )


def test_every_numbered_test_belongs_to_its_group():
    """A test of the scripted suite that no line of the page covers would be lost to the reader."""
    covered = {(module, pattern) for module, _, pattern in (named.partition("::") for _, named in SHOWN)}
    for file in sorted((TESTS / "conformance").glob("test_*.py")):
        module = f"conformance/{file.stem}"
        for name in names(module):
            assert any(fnmatchcase(name, pattern) for at, pattern in covered if at == module), f"{module}::{name}"
