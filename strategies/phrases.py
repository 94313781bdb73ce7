"""Phrase lists as people write them: strings, [string, number] pairs, or a mapping from string to number."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PhraseList = Iterable[str | tuple[str, float]] | Mapping[str, float]


@dataclass(frozen=True)
class Phrases:
    """Distinct phrases, and a factor in (0, 1] for each where the list gave factors."""

    texts: tuple[str, ...]
    factors: tuple[float, ...] | None


def parse_phrases(phrases: PhraseList) -> Phrases:
    """Read a list in any of its forms.

    Numbers all in (0, 1] are factors for a phrase's probability; any number above 1 makes them counts, which are
    ignored with a notice. White space round an entry is trimmed with a warning. Of equal entries the first counts.
    """
    if isinstance(phrases, str):
        raise TypeError(f"phrases: {phrases!r} is one string; use a list of strings, [{phrases!r}]")
    rows = phrases.items() if isinstance(phrases, Mapping) else phrases
    numbers: dict[str, float | None] = {}
    for row in rows:
        text, number = (row, None) if isinstance(row, str) else _pair(row)
        numbers.setdefault(_trimmed(text), number)
    return Phrases(tuple(numbers), _factors(numbers))


def _pair(row: object) -> tuple[str, float]:
    if isinstance(row, Iterable):
        pair = tuple(row)
        if len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], int | float):
            return pair[0], float(pair[1])
    raise TypeError(f"phrases: {row!r} is neither a string nor a [string, number] pair")


def _trimmed(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise ValueError(f"phrases: {text!r} holds only white space; remove it from the list")
    if trimmed != text:
        warnings.warn(f"phrases: white space round {text!r} is ignored", stacklevel=4)
    return trimmed


def _factors(numbers: Mapping[str, float | None]) -> tuple[float, ...] | None:
    given = [number for number in numbers.values() if number is not None]
    if not given:
        return None
    wrong = [(text, number) for text, number in numbers.items() if number is not None and not number > 0]
    if wrong:
        raise ValueError(
            f"phrases: {wrong[0][0]!r} has the number {wrong[0][1]}; use a factor in (0, 1] or a count above 1"
        )
    if max(given) > 1:
        warnings.warn("phrases: numbers above 1 are counts, not factors; all numbers are ignored", stacklevel=4)
        return None
    return tuple(1.0 if number is None else number for number in numbers.values())
