"""n-grams and what is counted over them, for words and tokens alike."""

from collections import Counter
from collections.abc import Hashable, Sequence


def ngrams(units: Sequence[Hashable], n: int) -> list[tuple[Hashable, ...]]:
    """All n-grams in order; none when there are fewer than n units."""
    return list(zip(*(units[start:] for start in range(n)), strict=False))


def moving_type_token_ratio(units: Sequence[Hashable], window: int) -> float | None:
    """MATTR: mean over all windows of types / window (Covington & McFall 2010). None below one window.

    Falling back to the plain ratio for short texts would favour them: it falls with length.
    """
    if len(units) < window:
        return None
    counts = Counter(units[:window])
    types = total = len(counts)
    for entering, leaving in zip(units[window:], units, strict=False):
        types += _enter(counts, entering) - _leave(counts, leaving)
        total += types
    return total / (window * (len(units) - window + 1))


def repeated_share(units: Sequence[Hashable], n: int) -> float | None:
    """rep-n: 1 − distinct n-grams / n-grams (Welleck et al. 2020). None below one n-gram."""
    grams = ngrams(units, n)
    return 1.0 - len(set(grams)) / len(grams) if grams else None


def _enter(counts: Counter[Hashable], unit: Hashable) -> int:
    """Count a unit in; 1 when it is a new type."""
    counts[unit] += 1
    return int(counts[unit] == 1)


def _leave(counts: Counter[Hashable], unit: Hashable) -> int:
    """Count a unit out; 1 when its type is gone."""
    counts[unit] -= 1
    return int(counts[unit] == 0)
