"""Which n-grams one set of texts uses more than another: log-odds with an informative Dirichlet prior, and their z.

Monroe, Colaresi & Quinn 2008, "Fightin' Words", eq. 15, 18 (approximated as there), 22. A plain ratio ranks what was
seen once and never highest; z weighs a difference by how surely it was seen.
"""

from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

# What the prior weighs, in observations: a text of this many n-grams has as much say as what is held beforehand.
PRIOR_WEIGHT = 1000.0

Floats = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)


class LogOdds(NamedTuple):
    """`log_ratio` δ in nats, above 0 where the first side uses the n-gram more; `z` = δ over its standard deviation."""

    log_ratio: float
    z: float


def log_odds(
    counts_a: Mapping[K, float],
    counts_b: Mapping[K, float],
    prior: Mapping[K, float] | None = None,
    a0: float = PRIOR_WEIGHT,
) -> dict[K, LogOdds]:
    """Log-odds ratio of every n-gram of either side, in the order of `counts_a`, then `counts_b`.

        δ = ln((y₁+a)/(n₁+a₀−y₁−a)) − ln((y₂+a)/(n₂+a₀−y₂−a)),   z = δ / √(1/(y₁+a) + 1/(y₂+a))

    `prior` holds human frequencies or counts in any scale; a is proportional to them and sums to `a0`. None: both
    sides together. An n-gram that the prior lacks weighs as much as its rarest one. Fewer than two n-grams leave
    nothing to compare with: the answer is empty. Raise ValueError for an `a0`, count or prior that cannot be.
    """
    if not a0 > 0:
        raise ValueError(f"a0={a0}: the prior must weigh more than 0 observations")
    grams = list(dict.fromkeys((*counts_a, *counts_b)))
    y1, y2 = (np.array([side.get(gram, 0.0) for gram in grams], dtype=np.float64) for side in (counts_a, counts_b))
    if (np.minimum(y1, y2) < 0).any():
        raise ValueError("a count is below 0; give how often each n-gram was seen")
    if len(grams) < 2:
        return {}
    weights = _prior_weights(grams, _together(counts_a, counts_b) if prior is None else prior, a0)
    delta = _log_odds(y1, weights, a0) - _log_odds(y2, weights, a0)
    z = delta / np.sqrt(1.0 / (y1 + weights) + 1.0 / (y2 + weights))
    return {gram: LogOdds(float(d), float(s)) for gram, d, s in zip(grams, delta, z, strict=True)}


def _together(counts_a: Mapping[K, float], counts_b: Mapping[K, float]) -> dict[K, float]:
    pooled = dict(counts_a)
    for gram, count in counts_b.items():
        pooled[gram] = pooled.get(gram, 0.0) + count
    return {gram: count for gram, count in pooled.items() if count > 0}


def _prior_weights(grams: list[K], prior: Mapping[K, float], a0: float) -> Floats:
    """[n-grams]: each one's share of `a0`; what is in the prior alone keeps its share."""
    known = np.fromiter(prior.values(), dtype=np.float64, count=len(prior))
    if not (known > 0).all():
        raise ValueError("the prior holds a frequency of 0 or below; leave such n-grams out")
    rarest = float(known.min()) if len(known) else 1.0
    own = np.array([prior.get(gram, rarest) for gram in grams], dtype=np.float64)
    unknown = sum(gram not in prior for gram in grams)
    return np.asarray(a0 * own / (known.sum() + rarest * unknown))


def _log_odds(counts: Floats, weights: Floats, a0: float) -> Floats:
    """[n-grams]: ln of (this n-gram) over (all others), prior included."""
    held = counts + weights
    return np.asarray(np.log(held / (counts.sum() + a0 - held)))
