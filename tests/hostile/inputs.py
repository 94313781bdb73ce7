"""Hostile bytes: JSON of any shape, lines of it, records of ours with one thing wrong, and noise."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

# Characters that have broken programs: halves of surrogates, controls, marks that reorder, folds that change length.
CHARS = st.sampled_from(
    [*"aA é\"\\/{}[]:,#=+-@<>&|_*`'’\n\r\t", *("\x00", "\x1b", "\x85", "\u202e", "\u2028", "\ufeff", "İ", "ß", "😀")]
)
TEXT = st.text(CHARS, max_size=12)
NUMBERS = st.one_of(
    st.integers(-3, 3), st.sampled_from([10**400, -(10**25), 1e308]), st.floats(allow_nan=True, allow_infinity=True)
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT, st.just("\ud800"))


def values(keys: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Any]:
    """JSON of any shape."""

    def groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4))

    return st.recursive(SCALARS, groups, max_leaves=8)


def named(*names: str) -> st.SearchStrategy[str]:
    """Keys that a reader looks for, and others."""
    return st.one_of(st.sampled_from(names), TEXT)


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def as_lines(rows: list[object]) -> bytes:
    return b"".join(as_json(row) + b"\n" for row in rows)


def spoilt(record: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The record with a field, wherever it lies, dropped or replaced by anything."""
    paths = list(_paths(record))

    @st.composite
    def change(draw: st.DrawFn) -> dict[str, Any]:
        changed = json.loads(json.dumps(record))
        for path in draw(st.lists(st.sampled_from(paths), min_size=1, max_size=2)):
            _put(changed, path, draw(values()), draw(st.booleans()))
        return changed

    return change()


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, inner in items:
        found += _paths(inner, (*path, key))
    return found


def _put(value: Any, path: tuple[Any, ...], new: object, drop: bool) -> None:
    try:
        for key in path[:-1]:
            value = value[key]
    except (KeyError, IndexError, TypeError):  # an earlier change took the place away
        return
    if isinstance(value, dict) and path[-1] in value:
        if drop:
            del value[path[-1]]
        else:
            value[path[-1]] = new
    elif isinstance(value, list) and isinstance(path[-1], int) and path[-1] < len(value):
        value[path[-1]] = new
