"""Phrase lists that make rewinds happen: what a model writes often, in front of what it hardly ever writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from random import Random

from experiments.bench.subjects import Subject
from sampler import BacktrackSampler
from strategies import Plain

OFTEN = 10  # words at the head of every list: these are what is found
SHARE = 0.03  # of all tokens, what these words are in a plain text
ROWS, LENGTH = 16, 96  # plain texts that words are counted in

Counts = tuple[Counter[str], int]  # of words, and tokens they were counted in


@cache
def counts(subject: Subject) -> Counts:
    """Words of a first plain run."""
    sampler = BacktrackSampler(subject.backend, Plain(), max_new_tokens=LENGTH, batch_size=ROWS, seed=10**6)
    texts = sampler.generate(subject.ragged(ROWS))
    words = Counter(word.lower() for text in texts for word in re.findall(r"[^\W\d_]{2,}", text.text))
    return words, ROWS * LENGTH


def ban_list(subject: Subject, size: int, share: float = SHARE, often: int = OFTEN) -> list[str]:
    """`size` phrases, the first `often` of them words of this `share`; each list is a beginning of the longer ones."""
    words, tokens = counts(subject)
    return phrase_list(words, size, share * tokens, often)


def phrase_list(words: Counter[str], size: int, wanted: float, count: int = OFTEN) -> list[str]:
    """`count` words that stand about `wanted` times in all, then entries that begin like a text but are never one.

    They are drawn, but always the same: "a b b", of words that are written.
    """
    ranked = sorted(words, key=lambda word: (-words[word], word))
    often = _window(ranked, [words[word] for word in ranked], wanted, count)
    random, rare = Random(0), dict[str, None]()
    others = [word for word in ranked if word not in often]
    while len(often) + len(rare) < size:
        first, twice = random.sample(others, 2)
        rare[f"{first} {twice} {twice}"] = None
    return [*often, *rare][:size]


def _window(ranked: Sequence[str], found: Sequence[int], wanted: float, count: int) -> list[str]:
    """The `count` neighbours in rank that were found nearest to `wanted` times."""
    sums = [sum(found[i : i + count]) for i in range(len(ranked) - count + 1)]
    first = min(range(len(sums)), key=lambda i: abs(sums[i] - wanted))
    return list(ranked[first : first + count])
