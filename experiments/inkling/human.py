"""n-grams as they were written, stop words included: what lists of any length can be made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.scoring.words import words

_ORDERS = (1, 2, 3)
_SENTENCE_ENDS = ".!?\n"


def count_ngrams(texts: Iterable[str]) -> dict[int, Counter[str]]:
    """Counts by order, lower-cased, words joined by one space; no n-gram reaches across the end of a sentence."""
    counts: dict[int, Counter[str]] = {order: Counter() for order in _ORDERS}
    for text in texts:
        for sentence in _sentences(text):
            for order, counter in counts.items():
                counter.update(" ".join(gram) for gram in zip(*(sentence[i:] for i in range(order)), strict=False))
    return counts


def _sentences(text: str) -> list[list[str]]:
    for end in _SENTENCE_ENDS[1:]:
        text = text.replace(end, _SENTENCE_ENDS[0])
    return [words(sentence) for sentence in text.split(_SENTENCE_ENDS[0])]
