"""Phrase lists in every shape seen in the wild: plain, counted, weighted, one per line, or embedded by name."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from harness.errors import InputError
from harness.inputs.lists import as_source, is_text, read_entries, resolve

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Phrase:
    """An entry and the number its list gives it: a factor in (0, 1], a count above 1, or nothing."""

    text: str
    number: float | None = None


@dataclass(frozen=True)
class PhraseList:
    """A list as read: `name` is the embedded name or the file's stem, `digest` the SHA-256 of its entries.

    `source` finds it again from any folder: the embedded name, or an absolute path. `surprises`: what its author may
    not expect, a line each, with the field and the file as they were named.
    """

    name: str
    source: str
    phrases: tuple[Phrase, ...]
    surprises: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def entries(self) -> tuple[str, ...]:
        return tuple(phrase.text for phrase in self.phrases)

    @cached_property
    def digest(self) -> str:
        # Numbers weigh bans, so they are part of what the list is; where it lies and how it is written is not.
        pairs = [[phrase.text, phrase.number] for phrase in self.phrases]
        return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()

    def as_argument(self) -> list[str] | list[tuple[str, float]]:
        """What a strategy's `phrases` parameter takes: (string, factor) pairs, or strings where there are no factors.

        Numbers all in (0, 1] are factors; any above 1 makes them counts, which weigh nothing.
        """
        pairs = [(phrase.text, phrase.number) for phrase in self.phrases if phrase.number is not None]
        return pairs if pairs and not is_counted(self.phrases) else list(self.entries)


def is_counted(phrases: Iterable[Phrase]) -> bool:
    return any(phrase.number is not None and phrase.number > 1 for phrase in phrases)


def load_phrases(source: str, field: str = "phrases") -> PhraseList:
    """Read an embedded list (`inkling_banned`) or a file: JSON (`["a"]`, `[["a"]]`, `[["a", 0.5]]`, `{"a": 0.5}`) or
    text, one entry a line. White space round an entry is trimmed; of equal entries the first counts.

    Raise InputError under `field`: unreadable, empty, an entry of white space only, a number that is not above 0,
    numbers on some entries only. What may surprise, but can be meant, is for the command to say: `tell_surprises`.
    """
    path = resolve(source, field)
    read = [_checked(entry, source, field) for entry in read_entries(path, source, field)]
    if len({phrase.number is None for phrase in read}) == 2:
        raise InputError(field, source, "only some entries have a number; give every entry one, or none")
    phrases = _distinct(Phrase(phrase.text.strip(), phrase.number) for phrase in read)
    surprises = tuple(f"{field}={source!r}: {surprise}" for surprise in _surprises(read, phrases))
    return PhraseList(path.stem, as_source(path), phrases, surprises)


def tell_surprises(lists: Iterable[PhraseList | None]) -> None:
    """Once each. Whoever reads a list again, a worker or the scorers, has nothing new to say."""
    for line in dict.fromkeys(line for found in lists if found for line in found.surprises):
        log.warning("%s", line)


def _checked(entry: object, source: str, field: str) -> Phrase:
    text, number = entry if isinstance(entry, list) and len(entry) == 2 else (_alone(entry), None)
    if not isinstance(text, str) or isinstance(number, bool) or not isinstance(number, int | float | None):
        raise InputError(field, source, f'entry {entry!r} is none of "phrase", ["phrase"], ["phrase", number]')
    if not is_text(text):
        raise InputError(field, source, f"entry {entry!r} holds half of a surrogate pair; remove it")
    if not text.strip():
        raise InputError(field, source, f"entry {entry!r} is only white space; remove it")
    if number is not None and not number > 0:
        raise InputError(field, source, f"entry {entry!r}: the number must be above 0; remove the entry to ban nothing")
    return Phrase(text, number)


def _alone(entry: object) -> object:
    return entry[0] if isinstance(entry, list) and len(entry) == 1 else entry


def _distinct(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    first: dict[str, Phrase] = {}
    for phrase in phrases:
        first.setdefault(phrase.text, phrase)
    return tuple(first.values())


def _surprises(read: Sequence[Phrase], phrases: Sequence[Phrase]) -> list[str]:
    """What the list's author may not expect, each with the first example."""
    padded = [phrase.text for phrase in read if phrase.text != phrase.text.strip()]
    spaced = [phrase.text for phrase in phrases if re.search(r"\s\s|[^\S ]", phrase.text)]
    found = {
        "white space around {} entries is ignored, first {!r}": padded,
        "{} entries match only text with the very same white space; one space is usual; first {!r}": spaced,
        "{} numbers are counts, since some are above 1: they weigh nothing; first {!r}": _counted(phrases),
        "{} entries differ from an earlier one at most in case, and have another number; first {!r}": _reweighted(read),
    }
    return [says.format(len(texts), _head(texts[0])) for says, texts in found.items() if texts]


def _head(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _counted(phrases: Sequence[Phrase]) -> list[str]:
    return [phrase.text for phrase in phrases] if is_counted(phrases) else []


def _reweighted(read: Sequence[Phrase]) -> list[str]:
    """Where case is ignored, the first of them counts."""
    first: dict[str, float | None] = {}
    for phrase in read:
        first.setdefault(phrase.text.strip().casefold(), phrase.number)
    texts = [phrase.text for phrase in read if first[phrase.text.strip().casefold()] != phrase.number]
    return [] if is_counted(read) else texts
