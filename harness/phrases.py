"""Phrase lists in every shape seen in the wild: plain, counted, weighted, one per line, or embedded by name."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import InputError

EMBEDDED = Path(__file__).parent / "data" / "phrases"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Phrase:
    """An entry and the number its list gives it: a factor in (0, 1], a count above 1, or nothing."""

    text: str
    number: float | None = None


@dataclass(frozen=True)
class PhraseList:
    """A list as read: `name` is the embedded name or the file's stem, `digest` the SHA-256 of its entries.

    `source` finds it again from any folder: the embedded name, or an absolute path.
    """

    name: str
    source: str
    phrases: tuple[Phrase, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(phrase.text for phrase in self.phrases)

    @property
    def digest(self) -> str:
        # Numbers weigh bans, so they are part of what the list is; where it lies and how it is written is not.
        pairs = [[phrase.text, phrase.number] for phrase in self.phrases]
        return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()

    def as_argument(self) -> list[str] | list[tuple[str, float]]:
        """What a strategy's `phrases` parameter takes: strings, or (string, number) pairs when every entry has one."""
        pairs = [(phrase.text, phrase.number) for phrase in self.phrases if phrase.number is not None]
        return pairs if len(pairs) == len(self.phrases) else list(self.entries)


def load_phrases(source: str, field: str = "phrases") -> PhraseList:
    """Read an embedded list (`inkling_banned`) or a file: JSON (`["a"]`, `[["a"]]`, `[["a", 0.5]]`, `{"a": 0.5}`) or
    text, one entry a line, lines that start with '#' being comments.

    Raise InputError under `field`: unreadable, empty, an entry of white space only, a number that is not above 0,
    numbers on some entries only.
    """
    path = resolve(source, field)
    text = _read_text(path, source, field)
    raw = _json_entries(text, source, field) if path.suffix == ".json" else _lines(text)
    read = [_checked(entry, source, field) for entry in raw]
    phrases = tuple(dict.fromkeys(Phrase(phrase.text.strip(), phrase.number) for phrase in read))
    padded = [phrase.text for phrase in read if phrase.text != phrase.text.strip()]
    if padded:
        log.warning("%s=%r: white space around %d entries is ignored, first %r", field, source, len(padded), padded[0])
    if not phrases:
        raise InputError(field, source, "the list is empty; give at least one phrase")
    if len({phrase.number is None for phrase in phrases}) == 2:
        raise InputError(field, source, "only some entries have a number; give every entry one, or none")
    return PhraseList(path.stem, path.stem if path.parent == EMBEDDED else str(path.resolve()), phrases)


def resolve(source: str, field: str = "phrases") -> Path:
    """The file behind an embedded name or a path. Raise InputError when there is none."""
    embedded = EMBEDDED / f"{source}.txt"
    if embedded.parent == EMBEDDED and embedded.is_file():
        return embedded
    path = Path(source).expanduser()
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in EMBEDDED.glob("*.txt")))
        raise InputError(field, source, f"no such file, nor an embedded list; embedded are: {names or 'none'}")
    return path


def _read_text(path: Path, source: str, field: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(field, source, f"cannot be read ({error}); give a UTF-8 text or JSON file") from None


def _lines(text: str) -> Iterator[object]:
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _json_entries(text: str, source: str, field: str) -> Iterable[object]:
    try:
        value: Any = json.loads(text)
    except ValueError as error:
        raise InputError(field, source, f"is not JSON ({error}); mend it or name it .txt, one phrase a line") from None
    if isinstance(value, dict):
        return [[text, number] for text, number in value.items()]
    if isinstance(value, list):
        return value
    raise InputError(field, source, f"holds a JSON {type(value).__name__}; give a list or an object")


def _checked(entry: object, source: str, field: str) -> Phrase:
    text, number = entry if isinstance(entry, list) and len(entry) == 2 else (_alone(entry), None)
    if not isinstance(text, str) or isinstance(number, bool) or not isinstance(number, int | float | None):
        raise InputError(field, source, f'entry {entry!r} is none of "phrase", ["phrase"], ["phrase", number]')
    if not text.strip():
        raise InputError(field, source, f"entry {entry!r} is only white space; remove it")
    if number is not None and not number > 0:
        raise InputError(field, source, f"entry {entry!r}: the number must be above 0; remove the entry to ban nothing")
    return Phrase(text, number)


def _alone(entry: object) -> object:
    return entry[0] if isinstance(entry, list) and len(entry) == 1 else entry
