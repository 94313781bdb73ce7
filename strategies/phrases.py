"""Phrase lists as people write them: strings, [string, number] pairs, or a mapping from string to number."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

PhraseList = Iterable[str | tuple[str, float]] | Mapping[str, float]


@dataclass(frozen=True)
class Phrases:
    """Distinct phrases, and a factor in (0, 1] for each where the list gave factors."""

    texts: tuple[str, ...]
    factors: tuple[float, ...] | None


def parse_phrases(phrases: PhraseList, fold: Callable[[str], str] = str) -> Phrases:
    """Read a list in any of its forms.

    Numbers all in (0, 1] are factors for a phrase's probability; any number above 1 makes them counts, which are
    ignored with a notice. White space round an entry is trimmed with a warning. Of entries that are equal, each
    character taken as `fold` has it, the first counts: found in one place, two would be penalised twice.
    """
    if isinstance(phrases, str):
        raise TypeError(f"phrases: {phrases!r} is one string; use a list of strings, [{phrases!r}]")
    if not isinstance(phrases, Iterable):
        raise TypeError(f"phrases: {phrases!r} is no list; use a list of strings")
    rows = phrases.items() if isinstance(phrases, Mapping) else phrases
    first: dict[str, tuple[str, float | None]] = {}
    for row in rows:
        text, number = (row, None) if isinstance(row, str) else _pair(row)
        text = _trimmed(text)
        first.setdefault("".join(map(fold, text)), (text, number))
    return Phrases(tuple(text for text, _ in first.values()), _factors(first.values()))


def _pair(row: object) -> tuple[str, float]:
    if isinstance(row, Iterable):
        pair = tuple(row)
        if len(pair) == 2 and isinstance(pair[0], str) and _is_number(pair[1]):
            return pair[0], float(pair[1])
    raise TypeError(f"phrases: {row!r} is neither a string nor a [string, number] pair")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _trimmed(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise ValueError(f"phrases: {text!r} holds only white space; remove it from the list")
    if trimmed != text:
        warnings.warn(f"phrases: white space round {text!r} is ignored", stacklevel=4)
    return trimmed


def _factors(phrases: Collection[tuple[str, float | None]]) -> tuple[float, ...] | None:
    given = [(text, number) for text, number in phrases if number is not None]
    if not given:
        return None
    for text, number in phrases:
        if number is None:
            raise ValueError(f"phrases: {text!r} has no number, others have one; give every phrase one, or none")
        if not number > 0:
            raise ValueError(f"phrases: {text!r} has the number {number}; use a factor in (0, 1] or a count above 1")
    factors = tuple(number for _, number in given)
    if max(factors) <= 1:
        return factors
    warnings.warn("phrases: numbers above 1 are counts, not factors; all numbers are ignored", stacklevel=4)
    return None
