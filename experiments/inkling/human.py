"""Statistics of the grammar's plain mode: what a "human" of this small world writes, as counts of words and n-grams."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from harness.scoring.words import words

_ORDERS = (1, 2, 3)
_KEPT = 3000  # most frequent n-grams of each order; rarer ones carry no weight in an over-use ratio
_SENTENCE_ENDS = ".!?\n"


def count_ngrams(texts: Iterable[str]) -> dict[int, Counter[str]]:
    """Counts by order, lower-cased, words joined by one space; no n-gram reaches across the end of a sentence."""
    counts: dict[int, Counter[str]] = {order: Counter() for order in _ORDERS}
    for text in texts:
        for sentence in _sentences(text):
            for order, counter in counts.items():
                counter.update(" ".join(gram) for gram in zip(*(sentence[i:] for i in range(order)), strict=False))
    return counts


def write_statistics(texts: list[str], target: Path) -> None:
    """JSON: texts, words, and for each order its total and its most frequent n-grams with their counts."""
    counts = count_ngrams(texts)
    statistics = {
        "source": "experiments/inkling, plain mode of the grammar; MIT licence",
        "texts": len(texts),
        "words": counts[1].total(),
        "ngrams": {
            str(order): {"total": counter.total(), "counts": dict(counter.most_common(_KEPT))}
            for order, counter in counts.items()
        },
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(statistics, indent=0) + "\n", encoding="utf-8")


def _sentences(text: str) -> list[list[str]]:
    for end in _SENTENCE_ENDS[1:]:
        text = text.replace(end, _SENTENCE_ENDS[0])
    return [words(sentence) for sentence in text.split(_SENTENCE_ENDS[0])]
