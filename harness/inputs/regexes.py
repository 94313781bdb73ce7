"""Lists of regexes: strategies ban what they match, scorers count it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from harness.errors import InputError
from harness.inputs.lists import REGEXES, as_source, is_text, read_entries, resolve
from strategies.compiled import compiled

# What "\b" and "\f" mean in JSON, and what nobody looks for in a text.
_JSON_ESCAPES = {"\b": r"\b", "\f": r"\f"}


@dataclass(frozen=True)
class RegexList:
    """A list as read: `name` is the file's stem, `digest` the SHA-256 of its patterns.

    `source` finds it again from any folder: the embedded name, or an absolute path.
    """

    name: str
    source: str
    entries: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.entries, ensure_ascii=False).encode()).hexdigest()


def load_regexes(source: str, field: str = "regexes") -> RegexList:
    """Read an embedded list (`contrast`) or a file: JSON, one a line, or quoted lines, in the `regex` package's syntax.

    Equal patterns count once. Raise InputError under `field`: unreadable, empty, no text, no regex, a pattern that
    matches the empty string.
    """
    path = resolve(source, field, REGEXES)
    patterns = [_checked(entry, source, field) for entry in read_entries(path, source, field)]
    return RegexList(path.stem, as_source(path), tuple(dict.fromkeys(patterns)))


def _checked(entry: object, source: str, field: str) -> str:
    pattern = entry[0] if isinstance(entry, list) and len(entry) == 1 else entry
    if not isinstance(pattern, str):
        raise InputError(field, source, f'entry {entry!r} is neither "pattern" nor ["pattern"]')
    if not is_text(pattern):
        raise InputError(field, source, f"pattern {pattern!r} holds half of a surrogate pair; remove it")
    if not pattern.strip():
        raise InputError(field, source, f"pattern {pattern!r} is only white space; remove it, or write \\s")
    for char, escape in _JSON_ESCAPES.items():
        if char in pattern:
            raise InputError(field, source, f"pattern {pattern!r} holds a control character; in JSON write \\{escape}")
    try:
        compiled(pattern)
    except ValueError as error:
        raise InputError(field, source, f"pattern {pattern!r} {error}") from None
    return pattern
