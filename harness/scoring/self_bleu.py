"""Self-BLEU: how much each text of a set repeats the others (Zhu et al. 2018, Texygen)."""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from harness.scoring.cells import Key, first_by_hash
from harness.scoring.ngrams import ngrams

# BLEU against more references is higher, so the number of texts is capped, and printed as n.
MAX_TEXTS = 50
ORDER = 4
# Smoothing of an n-gram order without a match: Chen & Cherry 2014, method 1.
EPSILON = 0.1

Grams = Counter[tuple[Hashable, ...]]
# The highest count of an n-gram over the texts, which text holds it, and the second highest: whoever holds the first
# meets the second in the others. A plain tuple, since a set of texts has hundreds of thousands.
TopTwo = tuple[int, int, int]
UNSEEN: TopTwo = (0, -1, 0)


def self_bleu(texts: Mapping[Key, Sequence[str]]) -> tuple[float | None, int]:
    """Mean BLEU-4 of each text against all others, and how many texts that is; None for fewer than two.

    Texts shorter than four words are left out; of more than `MAX_TEXTS`, some stand for all.
    """
    long_enough = {key: found for key, found in texts.items() if len(found) >= ORDER}
    chosen = [long_enough[key] for key in first_by_hash(long_enough, MAX_TEXTS)]
    if len(chosen) < 2:
        return None, len(chosen)
    orders = [_clipped_orders(chosen, n) for n in range(1, ORDER + 1)]
    lengths = [len(found) for found in chosen]
    scores = [
        _brevity(lengths, index) * math.exp(sum(math.log(order[index]) for order in orders) / ORDER)
        for index in range(len(chosen))
    ]
    return sum(scores) / len(scores), len(chosen)


def _clipped_orders(texts: Sequence[Sequence[str]], n: int) -> list[float]:
    """Modified n-gram precision of each text against all others."""
    grams: list[Grams] = [Counter(ngrams(found, n)) for found in texts]
    top: dict[tuple[Hashable, ...], TopTwo] = {}
    for owner, counted in enumerate(grams):
        for gram, count in counted.items():
            top[gram] = _with_count(top.get(gram, UNSEEN), count, owner)
    return [_precision(counted, owner, top) for owner, counted in enumerate(grams)]


def _with_count(known: TopTwo, count: int, owner: int) -> TopTwo:
    first, holder, second = known
    if count > first:
        return count, owner, first
    return known if count <= second else (first, holder, count)


def _precision(counted: Grams, owner: int, top: Mapping[tuple[Hashable, ...], TopTwo]) -> float:
    clipped = 0
    for gram, count in counted.items():
        first, holder, second = top[gram]
        clipped += min(count, second if owner == holder else first)
    return (clipped or EPSILON) / counted.total()


def _brevity(lengths: Sequence[int], index: int) -> float:
    """Brevity penalty against the closest reference length, the shorter of two equally close (Papineni et al. 2002)."""
    own = lengths[index]
    others = [*lengths[:index], *lengths[index + 1 :]]
    closest = min(others, key=lambda length: (abs(length - own), length))
    return 1.0 if own >= closest else math.exp(1.0 - closest / own)
