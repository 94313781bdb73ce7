"""List files in every shape seen in the wild, as plain entries: JSON, text with one entry a line, quoted lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.config.shipped import DATA
from harness.errors import InputError
from harness.parsing import parse_json
from harness.paths import is_file, user_path

PHRASES, REGEXES = DATA / "phrases", DATA / "regexes"

TABLES = (".csv", ".tsv", ".jsonl", ".parquet")

# A line of a list as programs print it: `"entry",`, the list's brackets left out or beside it.
_QUOTED = re.compile(r'\[?\s*"((?:[^"\\]|\\.)+)"\s*,?\s*\]?')


def resolve(source: str, field: str, shelf: Path = PHRASES) -> Path:
    """The file behind a name on the embedded `shelf`, or a path. Raise InputError when there is none."""
    embedded = shelf / f"{source}.txt"
    if embedded.parent == shelf and is_file(embedded):
        return embedded
    path = user_path(source)
    if not is_file(path):
        names = ", ".join(sorted(file.stem for file in shelf.glob("*.txt")))
        raise InputError(field, source, f"no such file, nor an embedded list; embedded are: {names or 'none'}")
    return path


def read_entries(path: Path, source: str, field: str) -> Sequence[object]:
    """The entries of a file, unchecked: whatever a JSON list holds, `[text, number]` rows of a JSON object, or texts.

    A text file has one entry a line; lines that start with '#' are comments. If all its lines are `"entry",`, the
    quotes go and backslashes stay as they stand, since such files hold regexes that no JSON reader takes.
    Raise InputError: unreadable, empty, no JSON though named so.
    """
    if path.suffix in TABLES:
        raise InputError(
            field, source, f"{path.suffix} files are tables; give a JSON list, or text with one entry a line"
        )
    text = _read_text(path, source, field)
    entries = _json_entries(text, source, field) if _is_json(path, text) else _lines(text)
    if not entries:
        raise InputError(field, source, "the list is empty; give at least one entry")
    return entries


def is_text(entry: str) -> bool:
    """Whether it can be written: JSON may hold half of a surrogate pair, which is no character."""
    return not any("\ud800" <= char <= "\udfff" for char in entry)


def as_source(path: Path) -> str:
    """What finds the file again from any folder: the embedded name, or an absolute path."""
    return path.stem if path.parent in (PHRASES, REGEXES) else str(path.resolve())


def _read_text(path: Path, source: str, field: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(field, source, f"cannot be read ({error}); give a UTF-8 text or JSON file") from None


def _is_json(path: Path, text: str) -> bool:
    """By its name, or because it is: a list saved as .txt. Quoted lines are none, whatever the file is called."""
    body = text.strip()
    if _quoted_lines(text):
        is_torn = body.startswith("[") and not body.endswith("]")
        return is_torn or _parses(text)
    return path.suffix == ".json" or (body.startswith(("[", "{")) and _parses(text))


def _parses(text: str) -> bool:
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def _json_entries(text: str, source: str, field: str) -> Sequence[object]:
    try:
        value: Any = parse_json(text)
    except ValueError as error:
        raise InputError(field, source, f"is not JSON ({error}); mend it or name it .txt, one entry a line") from None
    if isinstance(value, dict):
        return [[text, number] for text, number in value.items()]
    if isinstance(value, list):
        return value
    raise InputError(field, source, f"holds a JSON {type(value).__name__}; give a list or an object")


def _lines(text: str) -> list[str]:
    return _quoted_lines(text) or _entry_lines(text)


def _entry_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _quoted_lines(text: str) -> list[str]:
    """What stands in quotes, if every line is `"entry",`; none otherwise."""
    lines = [line for line in map(str.strip, _entry_lines(text)) if line not in ("", "[", "]")]
    matches = [match for line in lines if (match := _QUOTED.fullmatch(line))]
    return [match[1].replace('\\"', '"') for match in matches] if len(matches) == len(lines) else []
