"""Lexical diversity of one text, made to depend little on its length: MTLD and HD-D."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from math import comb

# McCarthy & Jarvis 2010: a factor is full once the type-token ratio has fallen below this.
FACTOR_RATIO = 0.72
# A few repeated words at the start of a factor say nothing yet.
FACTOR_WORDS = 10
# McCarthy & Jarvis 2007: the size of the samples that HD-D averages over.
HDD_SAMPLE = 42


def mtld(units: Sequence[Hashable]) -> float | None:
    """Mean of forward and backward N / factors (McCarthy & Jarvis 2010). None where no word is repeated: no factor.

    A factor ends when its type-token ratio is below 0.72 and it has 10 words or more; what is left at the end counts as
    (1 − ratio) / (1 − 0.72) of one.
    """
    factors = [_factors(units), _factors(reversed(units))]
    return sum(len(units) / count for count in factors) / 2 if all(factors) else None


def hdd(units: Sequence[Hashable]) -> float | None:
    """HD-D: Σ over types of the chance to be in a random sample of 42 words, over 42. None below 42 words.

    So it is the expected type-token ratio of such a sample, without drawing any (McCarthy & Jarvis 2007).
    """
    total = len(units)
    if total < HDD_SAMPLE:
        return None
    samples = comb(total, HDD_SAMPLE)
    frequencies = Counter(Counter(units).values())
    seen = sum(types * (1.0 - comb(total - f, HDD_SAMPLE) / samples) for f, types in frequencies.items())
    return seen / HDD_SAMPLE


def _factors(units: Iterable[Hashable]) -> float:
    factors = 0.0
    types: set[Hashable] = set()
    length = 0
    for unit in units:
        types.add(unit)
        length += 1
        if length >= FACTOR_WORDS and len(types) < FACTOR_RATIO * length:
            factors += 1.0
            types, length = set(), 0
    return factors + (1.0 - len(types) / length) / (1.0 - FACTOR_RATIO) if length else factors
